import { createHash } from 'node:crypto';

type Word = string | number;

/** A number from 0 up to 1 for a seed and words: the same every time, whatever else was asked for before. */
export function chance(seed: number, ...words: readonly Word[]): number {
  return createHash('sha256').update(JSON.stringify([seed, ...words])).digest().readUInt32BE(0) / 2 ** 32;
}

/** One of several, in the same manner. */
export function choice<T>(from: readonly [T, ...T[]], seed: number, ...words: readonly Word[]): T {
  return from[Math.floor(chance(seed, ...words) * from.length)] ?? from[0];
}
