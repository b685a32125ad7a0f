import { guideRows } from './guide';
import type { Evidence } from './steps/step';

/** What became of one step. */
export interface StepResult {
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly began: number;
  readonly ms: number;
  readonly evidence: Evidence;
  /** Absent where the step went well. */
  readonly error?: string;
}

/** One row of the guide after a rehearsal. */
export interface RowResult {
  readonly row: number;
  readonly needs: string;
  readonly shown: boolean;
  /** How it was shown, by each step that did. */
  readonly how: string;
  /** Of the steps that showed it. */
  readonly ms: number;
}

/** What was shown beyond the guide. */
export interface BeyondResult {
  readonly title: string;
  readonly how: string;
  readonly ms: number;
}

export interface EnvironmentReport {
  readonly environment: string;
  readonly passed: boolean;
  /** What was rehearsed, where that is not the guide. @default - the guide, or where there are no rows a restore drill */
  readonly about?: 'sharing';
  /** None of what is not about the guide. */
  readonly rows: readonly RowResult[];
  readonly beyond: readonly BeyondResult[];
  readonly steps: readonly StepResult[];
}

/** The guide's rows out of the steps. A row that no step showed counts as not shown. */
export function reportOf(environment: string, steps: readonly StepResult[]): EnvironmentReport {
  const rows = Object.entries(guideRows).map(([key, needs]): RowResult => {
    const row = Number(key);
    const showing = steps.filter(({ evidence, error }) => error === undefined && evidence[row] !== undefined);
    return {
      row,
      needs,
      shown: showing.length > 0,
      how: showing.map(({ evidence }) => evidence[row]).join('; '),
      ms: Math.round(showing.reduce((sum, { ms }) => sum + ms, 0)),
    };
  });
  const beyond = steps.flatMap(({ title, ms, evidence, error }) => (evidence.beyond === undefined || error !== undefined ? [] : [{ title, how: evidence.beyond, ms: Math.round(ms) }]));
  return { environment, passed: steps.every(({ error }) => error === undefined) && rows.every(({ shown }) => shown), rows, beyond, steps };
}

/** The table for a person. @param width columns of the terminal. */
export function renderReport({ environment, about, rows, beyond, steps, passed }: EnvironmentReport, width: number): string {
  const needsWidth = Math.max(...Object.values(guideRows).map((needs) => needs.length));
  const howWidth = Math.max(30, width - needsWidth - 20);
  const lines = rows.flatMap(({ row, needs, shown, how, ms }) => {
    const [first = '', ...more] = wrap(shown ? how : 'not shown', howWidth);
    return [
      `${shown ? '✔' : '✖'} ${String(row).padStart(2)}  ${needs.padEnd(needsWidth)}  ${first.padEnd(howWidth)}  ${shown ? `${ms} ms` : ''}`.trimEnd(),
      ...more.map((line) => `${' '.repeat(needsWidth + 8)}${line}`),
    ];
  });
  const failed = steps.filter(({ error }) => error !== undefined).map(({ title, error }) => `✖ ${title}: ${error ?? ''}`);
  const [title, well, badly] = about === 'sharing'
    ? ['one Vault for several clusters', `The guests of "${environment}" read their own secrets, and nobody else's.`, `The Vault of "${environment}" is not shared as it should be:`]
    : rows.length > 0
      ? ['the guide, row by row', `All ${rows.length} rows of the guide were shown for "${environment}".`, `"${environment}" does not do what the guide says:`]
      : ['restore drill', `A snapshot of "${environment}" was restored into an empty Vault.`, `No snapshot of "${environment}" was restored:`];
  const more = renderBeyond(beyond, needsWidth + 4, howWidth);
  return ['', `${environment}: ${title}`, ...lines, ...(rows.length > 0 && more.length > 0 ? ['', 'Beyond the guide'] : []), ...more, '', passed ? well : badly, ...failed].join('\n');
}

function renderBeyond(beyond: readonly BeyondResult[], titleWidth: number, howWidth: number): string[] {
  return beyond.flatMap(({ title, how, ms }) => {
    const [firstTitle = '', ...moreTitle] = wrap(title, titleWidth - 2);
    const [firstHow = '', ...moreHow] = wrap(how, howWidth);
    const rest = Array.from({ length: Math.max(moreTitle.length, moreHow.length) }, (_, index) => `  ${(moreTitle[index] ?? '').padEnd(titleWidth)}  ${moreHow[index] ?? ''}`.trimEnd());
    return [`✔ ${firstTitle.padEnd(titleWidth)}  ${firstHow.padEnd(howWidth)}  ${ms} ms`, ...rest];
  });
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
