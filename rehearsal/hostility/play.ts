import { isDeepStrictEqual } from 'node:util';
import { LONGEST_MESSAGE } from '../../lib/vault/client/errors';
import type { Contents } from '../vault/contents';
import { drift } from './drifts';
import { faultFor, type FaultKind } from './faults';
import type { Outcome } from './function-run';
import type { Ground } from './ground';
import { startOf, type Trial } from './trial';
import { VARIANTS, type Variant } from './variants';

/** What came of a trial. */
export interface Play {
  /** Whether the hostile run came to its end, or ended in an error. */
  readonly ended: 'well' | 'in an error';
  readonly requests: number;
  readonly faults: readonly FaultKind[];
  /** That it knew, and must not say. */
  readonly secrets: number;
  /** What is not as it has to be. */
  readonly broken: readonly string[];
  /** Requests of the hostile run with what happened to them, and what it said. */
  readonly account: readonly string[];
}

/** Errors that a run may end in: those that say what to do. */
const CLEAR = ['ConfigurationError', 'Forbidden', 'Setback'];

/** What Vault holds after runs that nothing happened to, by their steps; the same in every Vault. */
export class Undisturbed {
  private readonly known = new Map<string, Contents>();

  async after(ground: Ground, steps: readonly Variant[]): Promise<Contents> {
    const key = steps.join(' > ');
    const known = this.known.get(key);
    if (known) return known;
    await configured(ground, steps);
    const found = await ground.contents();
    this.known.set(key, found);
    return found;
  }

  /** Which of the configurations that were made in one step it is. */
  nameOf(found: Contents): Variant | undefined {
    return VARIANTS.find((variant) => isDeepStrictEqual(this.known.get(variant), found));
  }
}

/** Configured without a fault, step by step. @throws what a run says that fails all the same */
async function configured(ground: Ground, steps: readonly Variant[]): Promise<void> {
  await ground.reset();
  ground.holds = undefined;
  let previous: Variant | undefined;
  for (const step of steps) {
    const { error } = await ground.run(previous === undefined ? create(ground, step) : update(ground, previous, step));
    if (error !== undefined) throw new Error(`A run that nothing happened to ended in: ${error}`);
    previous = step;
  }
}

const create = (ground: Ground, to: Variant) => ({ RequestType: 'Create', ResourceProperties: ground.properties(to) }) as const;
const update = (ground: Ground, from: Variant, to: Variant) => ({ RequestType: 'Update', ResourceProperties: ground.properties(to), OldResourceProperties: ground.properties(from), PhysicalResourceId: 'x' }) as const;

/** Plays one trial in a Vault, which is left for the next one. */
export async function play(ground: Ground, trial: Trial, undisturbed: Undisturbed): Promise<Play> {
  const { seed, hostility } = trial;
  const wanted = await wantedAfter(ground, trial, undisturbed);
  await prepare(ground, trial);
  const start = startOf(trial);
  const secrets = start === undefined ? [] : mountsOf(ground.properties(start)).map((mount) => `${mount}/data/kept`);
  for (const secret of secrets) await ground.observer.write(secret, { data: { seed } });
  ground.forget();
  const before = trial.kind === 'check' ? await ground.contents() : undefined;
  const event = eventOf(ground, trial);
  const outcome = await ground.run(event, (passage) => faultFor(seed, hostility, passage));
  const { seen, faults } = ground.proxy;
  const broken = [...brokenRun(outcome)];
  if (before && !isDeepStrictEqual(await ground.contents(), before)) broken.push('a Check has written something');
  const second = await ground.run(nextOf(ground, trial, event));
  if (second.error !== undefined) broken.push(`the second run, that nothing happened to, ended in ${second.errorName ?? ''}: ${second.error}`);
  const found = await ground.contents();
  broken.push(...brokenState(ground, trial, found, wanted));
  const roots = await ground.rootTokens();
  if (roots > 0) broken.push(`${roots} root tokens are left`);
  for (const secret of secrets) if (!isDeepStrictEqual((await ground.observer.read(secret))?.data, { seed })) broken.push(`the secret ${secret} is lost`);
  const leaks = ground.secrets.leaks(ground.said().join('\n'));
  if (leaks.length > 0) broken.push(`said ${leaks.join(', ')}`);
  if (broken.length === 0) ground.holds = undisturbed.nameOf(found);
  return { ended: outcome.error === undefined ? 'well' : 'in an error', requests: seen.length, faults, secrets: ground.secrets.count, broken, account: [...seen, ...outcome.log, outcome.error ?? 'came to its end', 'second run:', ...second.log] };
}

/** KV mounts of properties, its own first. */
function mountsOf({ secretsEngine, guests = [] }: Record<string, unknown>): readonly string[] {
  return [secretsEngine, ...(guests as unknown[])].map((each) => (each as { mountPath: string }).mountPath);
}

function eventOf(ground: Ground, trial: Trial) {
  const ResourceProperties = ground.properties(trial.to);
  switch (trial.kind) {
    case 'first':
    case 'again':
      return create(ground, trial.to);
    case 'update':
      return update(ground, trial.from, trial.to);
    case 'delete':
      return { RequestType: 'Delete', ResourceProperties, PhysicalResourceId: 'x' } as const;
    case 'check':
      return { RequestType: 'Check', ResourceProperties } as const;
    case 'repair':
      return { RequestType: 'Repair', ResourceProperties } as const;
  }
}

function nextOf(ground: Ground, trial: Trial, event: ReturnType<typeof eventOf>) {
  if (trial.kind === 'update' && trial.then === 'rollback') return update(ground, trial.to, trial.from);
  return trial.kind === 'check' ? ({ ...event, RequestType: 'Repair' } as const) : event;
}

async function prepare(ground: Ground, trial: Trial): Promise<void> {
  const start = startOf(trial);
  if (start === undefined || ground.holds !== start) await configured(ground, start === undefined ? [] : [start]);
  ground.holds = undefined;
  if (!('drift' in trial)) return;
  const { policy, roles, provisioner } = ground.properties(trial.to) as { policy: { name: string }; roles: [{ name: string }]; provisioner: { name: string } };
  await drift(trial.drift, ground.observer, { gloo: roles[0].name, policy: policy.name, provisioner: provisioner.name, accessKey: 'AKIAEXAMPLEOFNOBODYS', secretKey: 'ofNobodys/K7MDENG+bPxRfiCYEXAMPLEKEY' });
}

async function wantedAfter(ground: Ground, trial: Trial, undisturbed: Undisturbed): Promise<Contents | undefined> {
  switch (trial.kind) {
    case 'delete':
      return undefined;
    case 'update':
      return undisturbed.after(ground, [trial.from, trial.to, ...(trial.then === 'rollback' ? [trial.from] : [])]);
    case 'first':
    case 'again':
    case 'check':
    case 'repair':
      return undisturbed.after(ground, [trial.to]);
  }
}

/** One clear error, or none. */
export function* brokenRun({ error, errorName = '' }: Outcome): Generator<string> {
  if (error === undefined) return;
  if (!CLEAR.includes(errorName)) yield `ended in a ${errorName}, which is no clear error: ${error}`;
  if (error.length < 20 || /[\n\r\u2028\u2029]/.test(error)) yield `the error is not one line: ${JSON.stringify(error)}`;
  if (Buffer.byteLength(error) > LONGEST_MESSAGE) yield `the error has ${Buffer.byteLength(error)} bytes`;
}

/** What a second run leaves that has to be as if nothing had happened. */
function brokenState(ground: Ground, trial: Trial, found: Contents, wanted: Contents | undefined): string[] {
  if (wanted === undefined) return leftBehind(found, ground.properties(trial.to));
  const of = trial.kind === 'update' && trial.then === 'rollback' ? (all: Contents) => ofOne(all, ground.properties(trial.from)) : (all: Contents) => all;
  return isDeepStrictEqual(of(found), of(wanted)) ? [] : [`Vault holds ${JSON.stringify(of(found))} and not ${JSON.stringify(of(wanted))}`];
}

/** After a Delete: mounts stay, and of the rest at most the function's own policy, which without its role is nobody's. */
function leftBehind({ policies, auth }: Contents, properties: Record<string, unknown>): string[] {
  const { name } = properties.provisioner as { name: string };
  const left = [...Object.keys(policies).filter((policy) => policy !== name), ...Object.keys(auth).filter((path) => path.includes('/role/'))];
  return left.length === 0 ? [] : [`a Delete has left ${left.join(', ')}`];
}

/** Without the mounts of other properties, which a rollback leaves: made or not, with what they were given by then. */
function ofOne({ audit, engines, methods, policies, auth }: Contents, properties: Record<string, unknown>): Contents {
  const { mountPath: method } = properties.authMethod as { mountPath: string };
  const mounts = mountsOf(properties);
  return {
    audit,
    engines: engines.filter((each) => mounts.some((mount) => each.startsWith(`${mount}: `))),
    methods: methods.filter((each) => each.startsWith(`${method}: `)),
    policies,
    auth: Object.fromEntries(Object.entries(auth).filter(([path]) => path.startsWith(`auth/${method}/`) || path.includes('/role/'))),
  };
}
