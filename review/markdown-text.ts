/** Text as GitHub shows it word for word: no mention, no link, no HTML comes of it. On one line. */
export function code(text: string): string {
  const line = text.replace(/\s+/g, ' ').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD') || ' ';
  const fence = '`'.repeat(longestRun(line) + 1);
  const space = /^`|`$/.test(line) ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}

/** Lines in a block of code that none of them can end. */
export function fenced(language: string, lines: readonly string[]): readonly string[] {
  const clean = lines.map((line) => line.replace(/[\r\n\p{Zl}\p{Zp}]+/gu, ' '));
  const fence = '`'.repeat(Math.max(3, longestRun(clean.join('\n')) + 1));
  return [`${fence}${language}`, ...clean, fence];
}

/** A row of a table. A bar ends a cell even inside code. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replace(/\|/g, '\\|').replace(/\n/g, ' ')).join(' | ')} |`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
