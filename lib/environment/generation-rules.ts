import { generationSuffix, LONGEST_ROLE_NAME, names } from '../identity/names';
import type { Fault } from './faults';
import { clusterOf, valueAt, type Rule } from './rule';
import type { CommonFields } from './schema';
import { quote } from './words';

/** Names of roles end in the cluster's, and those of later generations in their number after that. */
export const generationRoom: Rule<CommonFields> = (environment, sound, report) => {
  const kind = environment.cluster?.create === undefined ? 'import' : 'create';
  if (!sound(['identity', 'generation'], ['cluster', kind, 'name'])) return;
  const { name } = clusterOf(environment.cluster);
  for (const each of [environment.identity.generation].flat()) {
    const role = names.authRole(name, each);
    if (role.length <= LONGEST_ROLE_NAME) continue;
    report(
      ['identity', 'generation'],
      `${each} makes the role ${quote(role)} of ${role.length} characters, and IAM allows ${LONGEST_ROLE_NAME}: a cluster's name of ${name.length} characters leaves no room for "${generationSuffix(each)}"; ` +
        `allowed: ${LONGEST_ROLE_NAME - name.length < names.authRole('', 2).length ? '1' : '1 to 9'}.`,
    );
  }
};

/** Two environments of one account whose clusters have other names, and whose auth roles the same: `x` in generation 2, and `x-2`. */
export function sharedAuthRoles(input: Readonly<Record<string, unknown>>): readonly Fault[] {
  const seen = new Map<string, { readonly environment: string; readonly cluster: string }>();
  return Object.entries(input).flatMap(([environment, value]): readonly Fault[] => {
    const [account, cluster] = [valueAt(value, ['account']), valueAt(value, ['cluster', 'create', 'name']) ?? valueAt(value, ['cluster', 'import', 'name'])];
    if (typeof account !== 'string' || typeof cluster !== 'string') return [];
    const given = [valueAt(value, ['identity', 'generation']) ?? 1].flat();
    return given.flatMap((each): readonly Fault[] => {
      if (typeof each !== 'number') return [];
      const role = names.authRole(cluster, each);
      const key = JSON.stringify([account, role]);
      const other = seen.get(key);
      if (other === undefined) seen.set(key, { environment, cluster });
      if (other === undefined || other.cluster === cluster) return [];
      return [{ path: [environment, 'identity', 'generation'], message: `${each} makes the role ${quote(role)}, which is that of environment ${quote(other.environment)} too, in the same account; take another generation for one of the two.` }];
    });
  });
}
