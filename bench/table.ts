import { judge, type Figure, type Summary, type Unmeasured } from './figure';
import type { Machine } from './machine';
import type { PartOfSynth } from './synth';

/** All that a run of the bench found. */
export interface Report {
  readonly machine: Machine;
  readonly figures: readonly (Figure | Unmeasured)[];
  /** CPU seconds of a synth by part, of the app and of the least app. */
  readonly synthParts: readonly PartOfSynth[];
  /** Bytes of the handler bundle by package, the largest first. */
  readonly bundleParts: readonly BundlePart[];
}

export interface BundlePart {
  readonly part: string;
  readonly bytes: number;
}

/** The tables for a person: what was measured, on what, and where the time and the bytes go. */
export function renderReport({ machine, figures, synthParts, bundleParts }: Report): string {
  const missed = figures.filter((figure) => 'samples' in figure && judge(figure).within === false).length;
  const unmeasured = figures.filter((figure) => !('samples' in figure)).length;
  const verdict = `${missed === 0 ? 'No limit is missed' : `${missed} ${missed === 1 ? 'limit is' : 'limits are'} missed`}${unmeasured === 0 ? '.' : `; ${unmeasured} not measured.`}`;
  return [
    machineLines(machine),
    columns([['', 'median (min–max)', 'beside it', 'ratio', 'limit'], ...figures.map(figureRow)]),
    notes(figures),
    synthParts.length === 0 ? '' : columns([["Where a synth's CPU seconds go", 'app', 'least app'], ...synthParts.map(({ part, app, least }) => [`  ${part}`, app.toFixed(2), least.toFixed(2)])]),
    bundleParts.length === 0 ? '' : columns([['What the handler bundle is made of', 'kB'], ...bundleParts.map(({ part, bytes }) => [`  ${part}`, (bytes / 1000).toFixed(1)])]),
    verdict,
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}

/** The same for a program: each figure with its verdict. */
export function reportAsJson(report: Report): unknown {
  return { ...report, figures: report.figures.map((figure) => ('samples' in figure ? { ...figure, ...judge(figure), beside: figure.beside && { ...figure.beside, ...judge(figure).beside } } : figure)) };
}

function machineLines({ cores, cpu, memoryGiB, load, platform, node, versions }: Machine): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${cores} cores (${cpu}), ${memoryGiB} GiB, load ${load.toFixed(1)} at the start, ${platform}, Node ${node}\n${list.join(', ')}`;
}

function figureRow(figure: Figure | Unmeasured): string[] {
  if (!('samples' in figure)) return [`? ${figure.title}`, 'not measured'];
  const { value, beside, ratio, within, compared } = judge(figure);
  const mark = within === undefined ? ' ' : within ? '✔' : '✖';
  return [
    `${mark} ${figure.title}`,
    words(value, figure.unit),
    figure.beside && beside ? `${spread(beside, figure.unit)} ${figure.beside.what}` : '',
    // A limit on an excess is there because the ratio says nothing: what is beside is next to nothing.
    ratio === undefined || figure.limit?.on === 'excess' ? '' : `× ${ratio.toFixed(2)}`,
    limitWords(figure, compared),
  ];
}

function limitWords({ limit, unit }: Figure, compared: number | undefined): string {
  if (!limit) return '';
  switch (limit.on) {
    case 'value':
      return `≤ ${limit.atMost} ${unit}`;
    case 'ratio':
      return `≤ × ${limit.atMost}`;
    case 'excess':
      return `≤ +${limit.atMost} ${unit}${compared === undefined ? '' : `, is ${compared < 0 ? '−' : '+'}${digits(Math.abs(compared), unit)}`}`;
  }
}

const counted: Partial<Record<Figure['unit'], string>> = { requests: 'request', reads: 'read', writes: 'write' };

function words(value: Summary, unit: Figure['unit']): string {
  return `${spread(value, unit)} ${value.median === 1 ? (counted[unit] ?? unit) : unit}`;
}

function spread({ median, min, max }: Summary, unit: Figure['unit']): string {
  const [low, high] = [digits(min, unit), digits(max, unit)];
  return low === high ? digits(median, unit) : `${digits(median, unit)} (${low}–${high})`;
}

const decimals: Record<Figure['unit'], number> = { 'CPU s': 2, s: 1, ms: 1, kB: 1, requests: 0, reads: 0, writes: 0 };

function digits(value: number, unit: Figure['unit']): string {
  return value.toFixed(Number.isInteger(value) ? 0 : decimals[unit] || 1);
}

/** What the table has no room for; what is so of several figures, once. */
function notes(figures: readonly (Figure | Unmeasured)[]): string {
  const said = new Set<string>();
  return figures
    .flatMap((figure) => {
      const words = 'samples' in figure ? figure.note : `not measured: ${figure.reason}`;
      if (words === undefined || said.has(words)) return [];
      said.add(words);
      return [`${figure.title}: ${words}`];
    })
    .join('\n');
}

/** Columns as wide as their widest cell. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => widths.map((width, column) => (row[column] ?? '').padEnd(width)).join('  ').trimEnd()).join('\n');
}
