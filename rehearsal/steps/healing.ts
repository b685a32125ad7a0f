import { setTimeout as sleep } from 'node:timers/promises';
import { glooAuthRole, glooServiceAccounts } from '../../lib/identity/names';
import type { GlooProcess } from '../gloo/gloo-process';
import type { Observer } from '../observer';
import type { World } from '../world';
import { accessInWords } from './refusals';
import { metricsOf } from './snapshots';
import { demand, demandEqual, observerOf, type Step } from './step';

/** Milliseconds: of a shortened lease, Gloo's three tries and a rollout. */
const LIMIT = 30_000;

/** What one run of the healing function said and did. */
interface Run {
  readonly lost: unknown;
  readonly restarted: unknown;
  readonly said: readonly string[];
  /** At the API server. */
  readonly requests: number;
}

/** A cluster with its Gloo, and the functions that its schedules run. */
export interface Patient extends Pick<World, 'apiServer' | 'runSchedule'> {
  /** Path of the role in Vault that its Gloo logs in to. */
  readonly role: string;
  readonly gloo: GlooProcess;
  /** Others, which lose nothing. */
  readonly others: readonly GlooProcess[];
  /** Who may come in at the API server, for the message of a failure. */
  readonly access: () => string;
}

/** A Gloo that logs in no more is noticed and healed, and not before that helps. */
export const healingSteps: readonly Step[] = [
  {
    title: 'Gloo that lost its login is restarted, once a login works again',
    run: async (stage) => {
      const { world } = stage;
      const { gloo: settings, vault } = world.environment;
      const [gloo, ...others] = await Promise.all(glooServiceAccounts(settings).map((name) => world.startGloo(name as 'gloo' | 'discovery')));
      demand(gloo, 'The environment has no Gloo');
      const { apiServer } = world;
      const patient: Patient = { gloo, others, apiServer, role: `auth/${vault.auth.mountPath}/role/${glooAuthRole(world.environment)}`, runSchedule: (rule, timeoutMs) => world.runSchedule(rule, timeoutMs), access: () => accessInWords(world) };
      const beyond = await healed(patient, observerOf(stage), world);
      await world.stopGloo();
      return { beyond };
    },
  },
];

/**
 * Takes a Gloo's login from it, and sees its healing function notice and heal that.
 * @param owner of the Vault, whose configuration function writes the role again.
 * @returns what was seen, in words.
 */
export async function healed(patient: Patient, observer: Observer, owner: Pick<World, 'configure' | 'configurationProperties'>): Promise<string> {
  const { gloo, others } = patient;
  await gloo.settled();
  const well = await heal(patient);
  demandFound('while all is well', well, [0, 0]);

  // Its token is gone, and Vault refuses it another one until its three tries are over.
  gloo.clear();
  await observer.delete(patient.role);
  await observer.write('auth/token/revoke', { token: gloo.token });
  const lostAt = performance.now();
  await until('the loop that renews has ended', () => !gloo.renewing);
  const noticing = performance.now();
  const refused = await heal(patient);
  const noticed = performance.now() - noticing;
  demandFound('while no login works', refused, [1, 0]);
  const hop = refused.said.find((line) => line.includes('at the hop "login"'));
  demand(hop, `While no login works, the function does not name the hop: ${refused.said.join('; ')}`);

  // What mends it: a deployment, or the repair of drift.
  const mended = await owner.configure({ RequestType: 'Update', OldResourceProperties: owner.configurationProperties, PhysicalResourceId: 'healing' }, { timeoutMs: LIMIT * 2 });
  demand(!mended.error, `The configuration did not write the role again: ${mended.error?.message ?? ''}`);
  const mendedAt = performance.now();
  await sleep(500);
  demand(!gloo.renewing && gloo.secrets.length === 0, 'Gloo came in by itself, so that nothing is shown');
  const healing = await heal(patient);
  demandFound('once a login works', healing, [1, 1]);
  await until('Gloo reads its secrets again', () => gloo.renewing && gloo.secrets.length > 0);
  const after = performance.now() - mendedAt;
  const { failures, emptyLists, longestGap } = gloo.report();

  demandFound('after it', await heal(patient), [0, 0]);
  demand(others.every(({ running, renewing }) => running && renewing), 'Another Gloo lost its login too, which nobody took');
  return (
    `named by a run in ${seconds(noticed)} (a rule calls it every minute): "${hop}"; not restarted while that fails; ` +
    `with the role back, Gloo reads again after ${seconds(after)}; its users had ${emptyLists} empty lists and ${failures} failures in ${seconds(performance.now() - lostAt)}, ` +
    `${seconds(longestGap)} without a secret; ${well.requests} requests where all is well, ${refused.requests} and ${healing.requests} where not`
  );
}

async function heal({ apiServer, runSchedule, access }: Patient): Promise<Run> {
  const before = apiServer.requests.length;
  const ended = await runSchedule('HealingEveryMinute', LIMIT * 2);
  demand(!ended.error, `The healing function failed: ${ended.error?.message ?? ''} [${access()}]`);
  const { GlooLoginLost, GlooRestarted } = metricsOf(ended);
  const said = ended.log.filter((line) => !line.startsWith('{'));
  demand(GlooLoginLost !== undefined, `The healing function does not know whether Gloo's login is lost: ${said.join('; ')}`);
  return { lost: GlooLoginLost, restarted: GlooRestarted, said, requests: apiServer.requests.length - before };
}

function demandFound(when: string, { lost, restarted, said }: Run, wanted: readonly [number, number]): void {
  const what = 'Lost logins and restarts';
  demandEqual(said.length === 0 ? `${what} ${when}` : `${what} ${when} (${said.join('; ')})`, [lost, restarted], wanted);
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (const deadline = performance.now() + LIMIT; !condition(); await sleep(50)) demand(performance.now() < deadline, `After ${LIMIT} ms it is not so that ${what}`);
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
