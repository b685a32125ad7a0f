import { toMessage, type Mask } from '../../lib/vault/client/errors';
import { NotKnown, unknown, type Finding, type Status } from './finding';
import type { Check, Ports } from './ports';

export interface Diagnosis extends Finding {
  readonly id: string;
  readonly title: string;
}

/** A check on its way. */
export interface Look {
  readonly id: string;
  readonly title: string;
  /** Never rejects: what kept a check from finding out is what it found. */
  readonly diagnosis: Promise<Diagnosis>;
}

/** All checks side by side: one that cannot be made, or hangs until its limit, stops no other. */
export function diagnose(checks: readonly Check[], ports: Ports, mask: Mask): readonly Look[] {
  return checks.map(({ id, title, look }) => ({
    id,
    title,
    diagnosis: Promise.resolve()
      .then(() => look(ports))
      .catch((error: unknown) => unknown(toMessage(error, mask), ...(error instanceof NotKnown ? error.mends : [])))
      .then(({ status, found, mends, details }) => ({
        id,
        title,
        status,
        found: mask.apply(found),
        mends: mends.map((mend) => mask.apply(mend)),
        ...(details ? { details: details.map((each) => mask.apply(each)) } : {}),
      })),
  }));
}

/** What to do, in the order of the checks, failures before the rest; nothing twice. */
export function mendsOf(diagnoses: readonly Diagnosis[]): readonly string[] {
  const order: readonly Status[] = ['failure', 'warning', 'unknown'];
  return [...new Set(order.flatMap((status) => diagnoses.filter((each) => each.status === status).flatMap(({ mends }) => mends)))];
}

/** How it stands: `unknown` where nothing at all could be found out. */
export function overall(diagnoses: readonly Diagnosis[]): Status {
  const has = (status: Status) => diagnoses.some((each) => each.status === status);
  if (has('failure')) return 'failure';
  if (diagnoses.every(({ status }) => status === 'unknown')) return 'unknown';
  return has('warning') || has('unknown') ? 'warning' : 'ok';
}
