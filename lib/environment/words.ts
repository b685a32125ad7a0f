import { closest, distance } from 'fastest-levenshtein';

/** A value as an error shows it: on one line, at most 100 characters of it, and never the inside of a list or mapping. */
export function quote(value: unknown): string {
  if (typeof value === 'string') {
    const shown = value.length > 100 ? `${value.slice(0, 99)}…` : value;
    return JSON.stringify(shown).replace(
      /[\p{C}\p{Zl}\p{Zp}]/gu,
      (hidden) => `\\u{${hidden.codePointAt(0)?.toString(16)}}`,
    );
  }
  if (Array.isArray(value)) return 'a list';
  if (value === null || value === undefined || typeof value === 'boolean' || typeof value === 'number') return String(value);
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

/** ` Did you mean "kubernetesVersion"?`, or nothing where no word is near. */
export function suggestion(word: string, words: readonly string[]): string {
  if (words.length === 0 || word.length > 100) return '';
  const nearest = closest(word, words);
  return distance(word.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, Math.floor(nearest.length / 3))
    ? ` Did you mean ${quote(nearest)}?`
    : '';
}

/** `a, b or c`. */
export function joinOr(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
