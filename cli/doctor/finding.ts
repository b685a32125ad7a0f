/** `unknown`: it could not be found out, which says nothing of what was looked at. */
export type Status = 'ok' | 'warning' | 'failure' | 'unknown';

/** What a check found. Never a secret. */
export interface Finding {
  readonly status: Status;
  /** What was seen, or why nothing was, on one line. */
  readonly found: string;
  /** What to do, in its order; none where all is well. */
  readonly mends: readonly string[];
  /** More of what was seen, a line each, for who wants to know it all. @default - nothing more */
  readonly details?: readonly string[];
}

export const ok = (found: string): Finding => ({ status: 'ok', found, mends: [] });
export const warning = (found: string, ...mends: readonly string[]): Finding => ({ status: 'warning', found, mends });
export const failure = (found: string, ...mends: readonly string[]): Finding => ({ status: 'failure', found, mends });
export const unknown = (found: string, ...mends: readonly string[]): Finding => ({ status: 'unknown', found, mends });

const WORST_FIRST: readonly Status[] = ['failure', 'unknown', 'warning', 'ok'];

/**
 * Several findings as one: as bad as the worst of them, which comes first; what is well is said only where all is.
 * @param nothing where there are none.
 */
export function joined(findings: readonly Finding[], nothing: Finding): Finding {
  const [worst] = WORST_FIRST.filter((status) => findings.some((finding) => finding.status === status));
  if (worst === undefined) return nothing;
  const said = WORST_FIRST.flatMap((status) => findings.filter((finding) => finding.status === status && (status !== 'ok' || worst === 'ok')));
  const details = said.flatMap(({ details: each = [] }) => each);
  return { status: worst, found: said.map(({ found }) => found).join('; '), mends: [...new Set(said.flatMap(({ mends }) => mends))], ...(details.length === 0 ? {} : { details }) };
}

/** A check could not be made, and the reason says what would help. */
export class NotKnown extends Error {
  override readonly name = 'NotKnown';
  readonly mends: readonly string[];

  constructor(why: string, ...mends: readonly string[]) {
    super(why);
    this.mends = mends;
  }
}
