import { isInstalled } from '../versions';
import type { Environment } from './environment';
import { EnvironmentError, faultsOf, line, type Fault } from './faults';
import { always } from './fields';
import { sharedAuthRoles } from './generation-rules';
import { environmentName } from './names';
import { resolveEnvironment } from './resolve';
import { joinMissing, rules, sharedClusters } from './rules';
import { environmentSchema } from './schema';
import { quote } from './words';

export interface ParseContext {
  /**
   * Whether an npm package can be required.
   * @default - asks Node
   */
  readonly isInstalled?: (packageName: string) => boolean;
  /**
   * The file that holds the environments, for the error.
   * @default 'bin/environments.ts'
   */
  readonly source?: string;
}

/**
 * Environments as the stacks read them, from what a user wrote: an {@link EnvironmentInput} by each name.
 * @throws EnvironmentError with all faults of all environments.
 */
export function parseEnvironments(input: Readonly<Record<string, unknown>>, context: ParseContext = {}): readonly Environment[] {
  const { source = 'bin/environments.ts', isInstalled: installed = isInstalled } = context;
  const parsed = Object.entries(input).map(([name, value]) => parseEnvironment(name, value, installed));
  const faults = [...parsed.flatMap((each) => each.faults), ...sharedClusters(input), ...sharedAuthRoles(input)].map(line);
  if (parsed.length === 0) faults.push('environments: has none; give at least one.');
  if (faults.length > 0) throw new EnvironmentError(source, faults);
  return parsed.flatMap(({ environment }) => environment ?? []);
}

function parseEnvironment(
  name: string,
  value: unknown,
  installed: (packageName: string) => boolean,
): { readonly environment?: Environment; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const nameFault = environmentName(name);
  if (nameFault !== undefined) faults.push({ path: [name], message: `${quote(name)} ${nameFault}` });
  const { data, error } = environmentSchema.superRefine(rules(installed), always).safeParse(value);
  faults.push(...joinMissing(faultsOf(error?.issues ?? [], []), value).map((fault) => ({ ...fault, path: [name, ...fault.path] })));
  return data === undefined || faults.length > 0 ? { faults } : { environment: resolveEnvironment(name, data, installed), faults };
}
