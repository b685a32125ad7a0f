import type { Party } from './exchange';

export const PARTY_WORDS: Readonly<Record<Party, string>> = { operator: 'People', function: 'Lambda', 'api-server': 'API server', vault: 'Vault', gloo: 'Gloo', aws: 'AWS' };

/** Milliseconds as a person reads them: `4 ms`, `2.3 s`, `45 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 100) return `${seconds < 20 ? Number((ms / 1000).toFixed(1)) : seconds} s`;
  return `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? '' : ` ${seconds % 60} s`}`;
}

/** `1 request`, `12 requests`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** An element's id: letters, digits and hyphens of the words. */
export function idOf(...words: readonly (string | number)[]): string {
  return words.join('-').replace(/[^A-Za-z0-9]+/g, '-');
}
