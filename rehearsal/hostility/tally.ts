import type { FaultKind } from './faults';

/** What trials came to. */
export interface Tally {
  readonly runs: number;
  /** Hostile runs that came to their end all the same. */
  readonly ended: number;
  /** The others, each in one clear error. */
  readonly refused: number;
  readonly requests: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Secrets that were searched for in all that runs said. */
  readonly secrets: number;
  /** Each with how to repeat it. */
  readonly failures: readonly string[];
}

export const NOTHING: Tally = { runs: 0, ended: 0, refused: 0, requests: 0, faults: {}, secrets: 0, failures: [] };

export function sum(one: Tally, other: Tally): Tally {
  const kinds = [...new Set([...Object.keys(one.faults), ...Object.keys(other.faults)])] as FaultKind[];
  return {
    runs: one.runs + other.runs,
    ended: one.ended + other.ended,
    refused: one.refused + other.refused,
    requests: one.requests + other.requests,
    faults: Object.fromEntries(kinds.map((kind) => [kind, (one.faults[kind] ?? 0) + (other.faults[kind] ?? 0)])),
    secrets: one.secrets + other.secrets,
    failures: [...one.failures, ...other.failures],
  };
}

/** One line. */
export function summary({ runs, ended, refused, requests, faults, secrets, failures }: Tally, seconds: number): string {
  const kinds = Object.entries(faults).sort(([, a], [, b]) => b - a);
  const total = kinds.reduce((all, [, count]) => all + count, 0);
  return (
    `${runs} hostile runs, ${requests} requests, ${total} faults (${kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')}): ` +
    `${ended} came to their end, ${refused} ended in an error, ${runs - failures.length} were whole after a second run; ${secrets} secrets searched for in all that was said; ${Math.round(seconds)} s`
  );
}
