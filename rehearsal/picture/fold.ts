import { isRefused, type Exchange } from './exchange';

/** Exchanges that are alike, one after the other. */
export interface Run {
  readonly kind: 'run';
  readonly first: Exchange;
  readonly count: number;
}

/** Those that are not shown one by one, by their kinds. */
export interface Rest {
  readonly kind: 'rest';
  readonly count: number;
  /** The most frequent first. */
  readonly kinds: readonly Run[];
  /** Of kinds that are not named. */
  readonly others: number;
}

/** Rows that are shown of the beginning, of the end, and of what was refused in between. */
const SHOWN = { first: 24, last: 6, refused: 10 };
const KINDS = 6;

/** Few rows out of any number of exchanges: what is alike is counted, and of many just the ends and the refusals are shown. */
export function fold(exchanges: readonly Exchange[]): readonly (Run | Rest)[] {
  const runs = inRuns(exchanges);
  if (runs.length <= SHOWN.first + SHOWN.last + SHOWN.refused) return runs;
  const middle = runs.slice(SHOWN.first, -SHOWN.last);
  const refused = new Set(middle.filter(({ first }) => isRefused(first)).slice(0, SHOWN.refused));
  const rows: (Run | Rest)[] = runs.slice(0, SHOWN.first);
  let hidden: Run[] = [];
  const hide = () => {
    if (hidden.length === 1) rows.push(...hidden);
    else if (hidden.length > 1) rows.push(restOf(hidden));
    hidden = [];
  };
  for (const run of middle) {
    if (refused.has(run)) {
      hide();
      rows.push(run);
    } else hidden.push(run);
  }
  hide();
  return [...rows, ...runs.slice(-SHOWN.last)];
}

function inRuns(exchanges: readonly Exchange[]): Run[] {
  const runs: Run[] = [];
  for (const first of exchanges) {
    const last = runs.at(-1);
    if (last && kindOf(last.first) === kindOf(first)) runs[runs.length - 1] = { ...last, count: last.count + 1 };
    else runs.push({ kind: 'run', first, count: 1 });
  }
  return runs;
}

function restOf(runs: readonly Run[]): Rest {
  const kinds = new Map<string, Run>();
  for (const { first, count } of runs) {
    const key = kindOf(first);
    const known = kinds.get(key);
    kinds.set(key, { kind: 'run', first: known?.first ?? first, count: (known?.count ?? 0) + count });
  }
  const sorted = [...kinds.values()].sort((one, other) => other.count - one.count);
  return { kind: 'rest', count: total(runs), kinds: sorted.slice(0, KINDS), others: total(sorted.slice(KINDS)) };
}

const total = (runs: readonly Run[]) => runs.reduce((sum, { count }) => sum + count, 0);

/** All in which two may differ and be alike nevertheless is left out: when, and how long. */
const kindOf = ({ from, who, proxied, to, request, status, code }: Exchange) => JSON.stringify([from, who, proxied, to, request, status, code]);
