import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../lib/environment/environment';
import { glooAuthRole, names } from '../../lib/identity/names';
import { EVENT_SOURCE } from '../../lib/vault/client/tell';
import type { ReceivedEvent } from '../aws/events';
import { ForeignObjects } from '../foreign-objects';
import type { GlooProcess } from '../gloo/gloo-process';
import type { Invocation } from '../lambda/invoke';
import { Observer } from '../observer';
import { devVault } from '../vault-under-test';
import { DEV_ROOT_TOKEN } from '../vault/vault-process';
import type { ConfigurationProperties, World } from '../world';
import { logIn } from './gloo';
import { replicas } from './raft';
import { metricsOf } from './snapshots';
import { demand, demandEqual, observerOf, type Stage, type Step } from './step';

/** Milliseconds: runs that get into each other's way begin anew. */
const RUN_LIMIT = 120_000;
const RULE = 'ConfigurationDriftCheck';
/** A key of somebody's, which no log and no event may repeat. */
const STATIC_KEY = 'AKIAREHEARSALDRIFT00';
const LIMIT = 60_000;
const MARK = /deployment\/[0-9a-f]{12}/;

/** What a schedule does about a Vault that is not as it was configured, as the environment has it. */
export function driftSteps({ vault }: Environment): readonly Step[] {
  const { action } = vault.drift;
  if (action === 'off') return [];
  return [action === 'repair' ? repairStep : reportStep, atOnceStep, ...(vault.raft ? [sealedStep] : action === 'repair' ? [restartStep] : [])];
}

const repairStep: Step = {
  title: 'The schedule repairs what somebody changed, and leaves what others made',
  run: async (stage) => {
    const { world } = stage;
    const foreign = new ForeignObjects(observerOf(stage), world.environment);
    await foreign.make();
    demandEqual('Drift of a Vault that nobody has touched', (await look(world)).counts, [0, 0]);
    const gloo = await startGloo(stage);
    const changes = await changeByHand(stage);
    for (const deadline = Date.now() + LIMIT; gloo.report().failures === 0; await sleep(20)) demand(Date.now() < deadline, 'Gloo does not notice that its policy is empty');
    const since = performance.now();
    const { counts, events, ended, requests } = await look(world);
    await gloo.settled();
    const healed = performance.now() - since;
    const report = gloo.report();
    await world.stopGloo();
    demandEqual('Findings, and how many were repaired', counts, [changes.length, changes.length]);
    demandEvents(world, events, changes, 'repaired');
    demandUnseen(ended, events);
    await demandAsConfigured(stage);
    demandEqual('Drift after the repair', (await look(world)).counts, [0, 0]);
    demandEqual("What of others' objects was changed", await foreign.changed(), []);
    await foreign.remove();
    return { beyond: `${changes.length} objects changed by hand, ${counts[1]} repaired by ${requests} requests, an event each; Gloo lists again ${seconds(healed)} after the run began, ${report.failures} of its lists failed before; what another team has in Vault is as it was` };
  },
};

const reportStep: Step = {
  title: 'The schedule says what somebody changed, and leaves it',
  run: async (stage) => {
    const { world } = stage;
    const observer = observerOf(stage);
    const foreign = new ForeignObjects(observer, world.environment);
    await foreign.make();
    demandEqual('Drift of a Vault that nobody has touched', (await look(world)).counts, [0, 0]);
    const changes = await changeByHand(stage);
    const before = await Promise.all(changes.map((path) => observer.read(path)));
    const { counts, events, ended, requests } = await look(world);
    demandEqual('Findings, and how many were repaired', counts, [changes.length, 0]);
    demandEvents(world, events, changes, 'reported');
    demandUnseen(ended, events);
    demandEqual('What was changed, after the schedule', await Promise.all(changes.map((path) => observer.read(path))), before);
    await deploy(world, world.configurationProperties, world.configurationProperties);
    await demandAsConfigured(stage);
    demandEqual('Drift after a deployment', (await look(world)).counts, [0, 0]);
    demandEqual("What of others' objects was changed", await foreign.changed(), []);
    await foreign.remove();
    const said = ended.log.find((line) => line.startsWith('drift: role ')) ?? '';
    return { beyond: `${changes.length} objects changed by hand: "${said}" and so on by ${requests} requests, an event each, nothing written; a deployment mends them; what another team has in Vault is as it was` };
  },
};

/** Four deployments, there and back, each with the schedule of the one before at once. */
const atOnceStep: Step = {
  title: 'Deployments and the schedule at the same time',
  run: async (stage) => {
    const { world } = stage;
    const observer = observerOf(stage);
    const { auth, policy } = world.environment.vault;
    const role = `auth/${auth.mountPath}/role/${glooAuthRole(world.environment)}`;
    const here = world.configurationProperties;
    const there = { ...here, policy: { name: policy.name, paths: { ...(here.policy as { paths: object }).paths, 'rehearsal/*': ['read'] } } };
    const gloo = await startGloo(stage);
    const marks = new Set<string>();
    const said: string[] = [];
    // Between the start of one process and what the other does first.
    for (const [round, offset] of [0, 150, -150, 300].entries()) {
      const [from, to] = round % 2 === 0 ? [here, there] : [there, here];
      await observer.write(role, { token_policies: ['default'] });
      const scheduled = sleep(Math.max(0, -offset)).then(() => world.runSchedule(RULE, RUN_LIMIT));
      await Promise.all([sleep(Math.max(0, offset)).then(() => deploy(world, to, from)), scheduled]);
      const { error, log } = await scheduled;
      demand(!error, `The schedule beside a deployment failed: ${error?.message ?? ''}`);
      said.push(...log.filter((line) => line.startsWith('not compared')));
      const held = await observer.read(`sys/policies/acl/${policy.name}`);
      demandEqual(`The policy ${policy.name} has what the last deployment gave it, which`, String(held?.policy).includes('rehearsal/*'), to === there);
      demandEqual('token_policies of the role after it', (await observer.read(role))?.token_policies, [policy.name]);
      marks.add(MARK.exec(String((await observer.read(`sys/policies/acl/${names.configurationRole(world.environment.cluster.name)}`))?.policy))?.[0] ?? 'none');
    }
    demandEqual('Marks of the two configurations', marks.size, 2);
    demandEqual('Drift in the end', (await look(world)).counts, [0, 0]);
    await gloo.settled();
    const { failures } = gloo.report();
    await world.stopGloo();
    demandEqual("Failures of Gloo's meanwhile", failures, 0);
    return { beyond: `4 deployments, each beside a schedule and a role that somebody had changed: Vault is as the last one says each time, ${said.length} schedules gave way, no failure of Gloo's` };
  },
};

const restartStep: Step = {
  title: 'A dev-mode Vault that was restarted is whole again by the next schedule',
  run: async (stage) => {
    const { world } = stage;
    const { vault, gloo: settings } = world.environment;
    const gloo = await startGloo(stage);
    await devVault(world).restart();
    stage.observer = await Observer.of(() => world.vault.place(), DEV_ROOT_TOKEN);
    const since = performance.now();
    const { counts, events, ended, requests } = await look(world);
    const took = performance.now() - since;
    demandEqual('What was repaired of what was found', counts[1], counts[0]);
    demand(ended.log.some((line) => line.includes('every secret below') && line.includes('has to be written again')), 'The log does not say that the secrets are gone');
    demand(events.some(({ detail }) => String(detail.found).includes('has to be written again')), 'No event says that the secrets are gone');
    demand(!(await stage.observer.knows(DEV_ROOT_TOKEN)), 'The root token that everybody knows still works');
    await demandAsConfigured(stage);
    demandEqual('Drift after that', (await look(world)).counts, [0, 0]);
    await stage.observer.write(`${vault.kv.mountPath}/data/gloo/gloo.solo.io/v1/Secret/${settings.namespace}/rehearsal`, {
      data: { metadata: { name: 'rehearsal', namespace: settings.namespace }, header: { headers: { 'x-rehearsal': randomUUID() } } },
    });
    // One whose renewal ended is given a new pod, as gloo.healing does.
    await gloo.restart();
    await gloo.settled();
    const { failures, longestGap } = gloo.report();
    await world.stopGloo();
    stage.gloo = await logIn(stage, 'gloo');
    return { beyond: `${counts[1]} objects made again in ${seconds(took)} by ${requests} requests, root token revoked, log and event say that secrets have to be written again; then Gloo reads; its failures: ${failures}, longest time without a list: ${seconds(longestGap)}` };
  },
};

const sealedStep: Step = {
  title: 'A schedule while Vault is away or sealed writes nothing, and is no drift',
  run: async (stage) => {
    const { world } = stage;
    const raft = replicas(world);
    await Promise.all(raft.nodes.map((node) => node.kill()));
    const away = await notCompared(world, 'away');
    const key = sealKey(world);
    world.aws.keys.disableKey(key);
    await Promise.all(raft.nodes.map((node) => node.start()));
    const sealed = await Promise.all(raft.nodes.map((_, index) => raft.sealStatus(index)));
    demandEqual('Sealed nodes', sealed.filter((status) => status.sealed).length, raft.nodes.length);
    const asleep = await notCompared(world, 'sealed');
    world.aws.keys.enableKey(key);
    await Promise.all(raft.nodes.map((node) => node.restart()));
    await raft.waitForLeader(LIMIT);
    for (const deadline = Date.now() + LIMIT; ; await sleep(200)) {
      const refused = await logIn(stage, 'gloo').then(() => undefined, (error: Error) => error.message);
      if (refused === undefined) break;
      demand(Date.now() < deadline, `${LIMIT} ms after KMS decrypts again, Gloo does not log in: ${refused}`);
    }
    demandEqual('Drift when Vault is back', (await look(world)).counts, [0, 0]);
    return { beyond: `"${away.slice(0, 90)} …", "${asleep.slice(0, 90)} …"; the next one compares` };
  },
};

interface Look {
  /** Findings, and how many of them were repaired. */
  readonly counts: readonly [number, number];
  readonly events: readonly ReceivedEvent[];
  readonly ended: Invocation;
  /** At the API server. */
  readonly requests: number;
}

async function look(world: World): Promise<Look> {
  const [seen, asked] = [world.aws.events.received.length, world.apiServer.requests.length];
  const ended = await world.runSchedule(RULE, RUN_LIMIT);
  demand(!ended.error, `The schedule failed: ${ended.error?.message ?? ''}`);
  const { Drift, DriftRepaired } = metricsOf(ended);
  return { counts: [Number(Drift), Number(DriftRepaired)], events: world.aws.events.received.slice(seen), ended, requests: world.apiServer.requests.length - asked };
}

/** A run that finds no Vault. @returns its one line. */
async function notCompared(world: World, state: 'away' | 'sealed'): Promise<string> {
  const seen = world.aws.events.received.length;
  const { error, log } = await world.runSchedule(RULE, RUN_LIMIT);
  demand(!error, `The schedule failed where Vault is away: ${error?.message ?? ''}`);
  const [line = ''] = log;
  demand(log.length === 1 && line.startsWith(`not compared: Vault is ${state}`), `The schedule says of a Vault that is ${state}: ${log.join(' | ')}`);
  demandEqual('Events', world.aws.events.received.length, seen);
  return line;
}

/** @returns the paths of what somebody has changed. */
async function changeByHand(stage: Stage): Promise<readonly string[]> {
  const { vault, region, partition } = stage.world.environment;
  const observer = observerOf(stage);
  const { auth, policy } = vault;
  const changes: readonly (readonly [string, object])[] = [
    [`sys/policies/acl/${policy.name}`, { policy: JSON.stringify({ path: {} }) }],
    // What a login rests on stays as it is, or nobody would come in to repair it.
    [
      `auth/${auth.mountPath}/config/client`,
      { access_key: STATIC_KEY, secret_key: randomUUID(), iam_server_id_header_value: auth.serverIdHeader, sts_endpoint: `https://sts.${region}.${partition.dnsSuffix}`, sts_region: region },
    ],
    [`auth/${auth.mountPath}/role/${glooAuthRole(stage.world.environment)}`, { token_policies: ['default'], token_max_ttl: 0 }],
  ];
  // The role first: Vault reads IAM as the one that its client is, which the key there is not.
  for (const [path, payload] of [...changes].reverse()) await observer.write(path, payload);
  return changes.map(([path]) => path);
}

function demandEvents(world: World, events: readonly ReceivedEvent[], paths: readonly string[], action: 'reported' | 'repaired'): void {
  demandEqual('Paths of the events', events.map(({ detail }) => detail.path).sort(), [...paths].sort());
  for (const { source, detailType, detail } of events) {
    demandEqual('An event', [source, detailType, detail.cluster, detail.action], [EVENT_SOURCE, 'Vault drift', world.environment.cluster.name, action]);
  }
}

function demandUnseen({ log }: Invocation, events: readonly ReceivedEvent[]): void {
  const said = [...log, JSON.stringify(events)].join('\n');
  demand(!said.includes(STATIC_KEY) && !/\bhv[sbr]\.[\w-]{8}/.test(said), 'Log or events of the schedule hold what is secret');
}

async function demandAsConfigured(stage: Stage): Promise<void> {
  const { vault } = stage.world.environment;
  const observer = observerOf(stage);
  const role = await observer.read(`auth/${vault.auth.mountPath}/role/${glooAuthRole(stage.world.environment)}`);
  demandEqual("token_policies of Gloo's role", role?.token_policies, [vault.policy.name]);
  demandEqual('The static key in Vault', (await observer.read(`auth/${vault.auth.mountPath}/config/client`))?.access_key, '');
  demand(Object.keys((JSON.parse(String((await observer.read(`sys/policies/acl/${vault.policy.name}`))?.policy)) as { path: object }).path).length > 0, `The policy ${vault.policy.name} is still empty`);
}

async function deploy(world: World, to: ConfigurationProperties, from: ConfigurationProperties): Promise<void> {
  const ended = await world.configure({ RequestType: 'Update', ResourceProperties: to, OldResourceProperties: from, PhysicalResourceId: 'again' }, { timeoutMs: RUN_LIMIT });
  demand(!ended.error, `The deployment failed: ${ended.error?.message ?? ''}`);
}

async function startGloo({ world }: Stage): Promise<GlooProcess> {
  const gloo = await world.startGloo();
  await gloo.settled();
  gloo.clear();
  return gloo;
}

function sealKey({ deployment }: World): string {
  const key = deployment.ofType('AWS::KMS::Key').find(({ logicalId }) => /SealKey/.test(logicalId));
  demand(key, 'The templates have no key of the seal');
  return key.physicalId;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
