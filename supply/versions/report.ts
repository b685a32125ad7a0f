import Table from 'cli-table3';
import type { Answer } from './ask';

/** A table of what is published and not pinned, and what was not answered. */
export function renderAnswer({ proposals, unanswered }: Answer): string {
  const lines: string[] = [];
  if (proposals.length > 0) {
    const table = new Table({ head: ['what', 'pinned', 'published', '', ''], style: { head: [], border: [] }, wordWrap: true, wrapOnWordBoundary: false, colWidths: [30, 24, 24, 10, 46] });
    table.push(...proposals.map(({ what, now, published, kind, note = '' }) => [what, now, published, kind, note]));
    lines.push(table.toString());
  }
  lines.push(...unanswered.map((each) => `Not known: ${each}`));
  const others = proposals.filter(({ kind }) => kind === 'other').length;
  if (others > 0) lines.push(`${others} of what is pinned is published with another content. Nothing of it is taken over.`);
  else if (proposals.length === 0) lines.push(unanswered.length === 0 ? 'All is the newest, and as it was pinned.' : 'All that was answered is the newest, and as it was pinned.');
  return lines.join('\n');
}

/** As the app's other commands have it: 0 nothing is wrong, 1 something is, 3 could not find out. */
export function exitCodeOf({ proposals, unanswered }: Answer): number {
  if (proposals.some(({ kind }) => kind === 'other')) return 1;
  return unanswered.length > 0 ? 3 : 0;
}
