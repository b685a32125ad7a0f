import { mendsOf, overall, type Diagnosis } from './diagnose';
import type { Status } from './finding';

const SYMBOLS: Readonly<Record<Status, string>> = { ok: '✔', warning: '⚠', failure: '✖', unknown: '?' };

/** One check on one line. */
export function line({ status, title, found }: Diagnosis): string {
  return `${SYMBOLS[status]} ${text({ status, title, found })}`;
}

/** The same without its symbol. */
export function text({ status, title, found }: Pick<Diagnosis, 'status' | 'title' | 'found'>): string {
  return `${title}: ${status === 'unknown' ? 'not known, ' : ''}${found}`;
}

/** What stands under the list: the details of what is wrong, how many of what, and what to do. */
export function summary(environment: string, diagnoses: readonly Diagnosis[]): string {
  const count = (status: Status, one: string, many: string) => {
    const number = diagnoses.filter((each) => each.status === status).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
  };
  const counts = [...count('failure', 'failure', 'failures'), ...count('warning', 'warning', 'warnings'), ...count('unknown', 'not known', 'not known'), ...count('ok', 'ok', 'ok')];
  const mends = mendsOf(diagnoses);
  const todo = mends.length === 0 ? '' : `\n\nWhat to do:\n${mends.map((mend, index) => `${String(index + 1).padStart(2)}. ${mend}`).join('\n')}`;
  const seen = diagnoses.flatMap(({ title, details = [] }) => (details.length === 0 ? [] : [`${title}, in detail:\n${details.map((each) => `    ${each}`).join('\n')}\n\n`]));
  return `${seen.join('')}${environment}: ${counts.join(', ')}.${todo}`;
}

/** For machines. */
export function json(environment: string, diagnoses: readonly Diagnosis[]): string {
  return JSON.stringify({ environment, status: overall(diagnoses), checks: diagnoses, mends: mendsOf(diagnoses) }, undefined, 2);
}
