import type { Finding } from '../../gloo-secret/findings';
import { say, type Io } from '../../io';

const MARKS = { list: '✖', secret: '✖', warning: '▲' } as const;

/** Of a name that somebody chose elsewhere, nothing reaches a terminal but what it shows. */
export const printable = (text: string): string => text.replace(/\p{C}/gu, (hidden) => `\\u{${hidden.codePointAt(0)?.toString(16)}}`);

/** A finding for a person: what is wrong, and below it what to do. */
export function lines({ effect, secret, what, mend }: Finding): readonly string[] {
  return [printable(`${MARKS[effect]} ${secret}: ${what}`), printable(`    ${mend}`)];
}

/** Findings beside a result. */
export function sayFindings(io: Pick<Io, 'stderr'>, findings: readonly Finding[]): void {
  for (const line of findings.flatMap(lines)) say(io, line);
}

export function printJson(io: Pick<Io, 'stdout'>, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** `1 secret`, `2 secrets`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
