import { isInstalled } from '../versions';
import type { Environment, GuestEnvironment } from './environment';
import { EnvironmentError, faultsOf, line, type Fault } from './faults';
import { always } from './fields';
import { sharedAuthRoles } from './generation-rules';
import { environmentName } from './names';
import { resolveEnvironment, resolveGuest } from './resolve';
import { guestRules, joinMissing, rules, sharedClusters } from './rules';
import { environmentSchema, guestSchema, type Fields, type GuestFields } from './schema';
import { crowding, readsFromAnother, sharingFaults } from './sharing-rules';
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
 * Environments as the stacks read them, from what a user wrote: an {@link EnvironmentInput} or a {@link GuestInput} by each name.
 * @returns those with a Vault of their own, each with its guests: see {@link withGuests}.
 * @throws EnvironmentError with all faults of all environments.
 */
export function parseEnvironments(input: Readonly<Record<string, unknown>>, context: ParseContext = {}): readonly Environment[] {
  const { source = 'bin/environments.ts', isInstalled: installed = isInstalled } = context;
  const parsed = Object.entries(input).map(([name, value]) => parseEnvironment(name, value, installed));
  const faults = [...parsed.flatMap((each) => each.faults), ...sharedClusters(input), ...sharedAuthRoles(input), ...sharingFaults(input)].map((fault) => line(fault));
  if (parsed.length === 0) faults.push('environments: has none; give at least one.');
  if (faults.length > 0) throw new EnvironmentError(source, faults);
  const guests = parsed.flatMap(({ name, guest }) => (guest ? [{ name, fields: guest }] : []));
  const environments = parsed.flatMap(({ name, fields }) => {
    if (fields === undefined) return [];
    const its = guests.filter((guest) => guest.fields.vault.sharedFrom === name);
    return [resolveEnvironment(name, fields, its.map((guest) => resolveGuest(guest.name, guest.fields, { name, fields }, installed)), installed)];
  });
  const crowded = environments.flatMap(crowding).map((fault) => line(fault));
  if (crowded.length > 0) throw new EnvironmentError(source, crowded);
  return environments;
}

/** Every environment, the guests of each behind it: the order of a first deployment. */
export function withGuests(environments: readonly Environment[]): readonly (Environment | GuestEnvironment)[] {
  return environments.flatMap((environment) => [environment, ...environment.guests]);
}

interface Parsed {
  readonly name: string;
  readonly faults: readonly Fault[];
  /** One of the two, where there are no faults. */
  readonly fields?: Fields;
  readonly guest?: GuestFields;
}

function parseEnvironment(name: string, value: unknown, installed: (packageName: string) => boolean): Parsed {
  const nameFault = environmentName(name);
  const faults: Fault[] = nameFault === undefined ? [] : [{ path: [name], message: `${quote(name)} ${nameFault}` }];
  const faulty = (issues: Parameters<typeof faultsOf>[0]): Parsed => ({ name, faults: [...faults, ...joinMissing(faultsOf(issues, []), value).map((fault) => ({ ...fault, path: [name, ...fault.path] }))] });
  if (readsFromAnother(value)) {
    const { data, error } = guestSchema.superRefine(guestRules(installed), always).safeParse(value);
    return data === undefined ? faulty(error.issues) : { name, faults, guest: data };
  }
  const { data, error } = environmentSchema.superRefine(rules(installed), always).safeParse(value);
  return data === undefined ? faulty(error.issues) : { name, faults, fields: data };
}
