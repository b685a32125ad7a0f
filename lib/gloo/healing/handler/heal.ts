import { attempts, type Reach, type Run } from '../../../vault/client/attempts';
import { Setback } from '../../../vault/client/errors';
import { look } from '../../../vault/client/look';
import { metricLine, type MetricName } from '../../../vault/client/metrics';
import { tell } from '../../../vault/client/tell';
import type { BusEvent } from '../../../vault/client/event-bus';
import { METRICS_PATH, sessionSeen, type GlooSession } from '../../gloo-session';
import { proveLogin } from '../../proof/hops';
import { placeOf } from '../../proof/properties';
import { HopFailure, HopSetback } from '../../proof/refused';
import { ServiceAccountTokens } from '../../proof/service-account-tokens';
import { HEALING_GROUP, type HealingInput } from '../input';
import { Deployments } from './deployments';
import { refusalToRestart } from './restart';
import { isUnchanged, looksFor, verdictOn } from './verdict';

/** Milliseconds. */
export interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** What of a run bears on one Deployment. */
interface Patient {
  readonly run: Run;
  readonly reach: Reach;
  readonly clock: Clock;
  readonly vault: HealingInput['vault'];
  readonly deployment: HealingInput['deployments'][number];
}

interface Finding {
  /** Undefined where nothing is known of it. */
  readonly lost?: boolean;
  readonly restarted?: boolean;
  /** Of one that is lost, what others are told. */
  readonly event?: BusEvent;
}

/** What a rule on the bus matches, beside the source. */
const DETAIL_TYPE = 'Gloo login';

/** Between two looks at a Gloo that may log in by itself. */
const LOOK_EVERY = 2_000;

/**
 * Looks once whether each Deployment of Gloo's still has its login to Vault. One that has lost it for good is restarted,
 * once the very login that it will make has come off from here: a Gloo that starts while it fails crash-loops, which is
 * worse. What was found goes into one line of metrics, and each that is lost is an event.
 * @throws when none of them could be looked at.
 */
export async function heal(run: Run, { cluster, vault, deployments }: HealingInput, clock: Clock): Promise<void> {
  await attempts(run, cluster, async (reach) => {
    const found = await Promise.allSettled(deployments.map((deployment) => healOne({ run, reach, clock, vault, deployment })));
    const findings = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    const failures = found.flatMap((each) => (each.status === 'rejected' ? [each.reason as Error] : []));
    for (const failure of failures) if (!(failure instanceof Setback)) throw failure;
    run.log(metricLine(cluster.name, metricsOf(findings, failures.length > 0)));
    await tell(run, findings.flatMap(({ event }) => event ?? []).map(({ detailType, detail }) => ({ detailType, detail: { cluster: cluster.name, ...detail } })));
    const [failure, ...others] = failures;
    if (failure && findings.length === 0) throw failure;
    for (const each of failure ? [failure, ...others] : []) run.log(each.message);
  });
}

/** @param partly one of them could not be looked at, so that nobody knows whether all is well. */
function metricsOf(findings: readonly Finding[], partly: boolean): Partial<Record<MetricName, number>> {
  const known = findings.filter(({ lost }) => lost !== undefined);
  const lost = known.some((finding) => finding.lost);
  return { ...(lost || (known.length > 0 && !partly) ? { GlooLoginLost: lost ? 1 : 0 } : {}), GlooRestarted: findings.filter(({ restarted }) => restarted).length };
}

async function healOne(patient: Patient): Promise<Finding> {
  const { run, reach, clock, deployment } = patient;
  const { name, login } = deployment;
  const of = `${login.namespace}/${name}`;
  const deployments = new Deployments(reach.apiServer);
  const before = await deployments.read(login.namespace, name);
  if (!before || before.replicas === 0) {
    run.log(`${of}: ${before ? 'it is scaled to 0 pods' : 'there is no such Deployment'}, so there is no login to look at`);
    return {};
  }
  const looks = looksFor(before.replicas);
  const sessions = await sessionsOf(patient, looks);
  if (sessions.length === 0) return {};
  const verdicts = sessions.map((session) => ({ session, verdict: verdictOn(session, clock.now() / 1000) }));
  const suspects = verdicts.filter(({ verdict }) => verdict.kind === 'ended' || verdict.kind === 'doubtful');
  const [first] = suspects;
  if (!first) return { lost: false };
  run.log(`${of} has no login to Vault: ${inWords(first.session, clock)}`);

  const refusal = await refusalOf(patient);
  if (refusal !== undefined) {
    return lostFinding(patient, false, `${refusal} ${of} is not restarted: a Gloo that starts now would crash-loop.`);
  }
  const patience = Math.max(...suspects.map(({ verdict }) => (verdict.kind === 'doubtful' ? verdict.seconds : 0)));
  if (!(await staysAway(patient, suspects.map(({ session }) => session), patience, looks))) {
    run.log(`${of}: it still tries to log in by itself, and is left to it`);
    return { lost: false };
  }
  const obstacle = await restart(patient, deployments).catch((error: unknown) => {
    if (!(error instanceof Setback)) throw error;
    return error.message;
  });
  if (obstacle === undefined) return lostFinding(patient, true, `${of} is restarted: a login comes off now, and its own loop that renews has ended`);
  return lostFinding(patient, false, `${of} would log in now, and needs a restart for it, but ${obstacle}`);
}

function lostFinding({ run, deployment: { name, login } }: Patient, restarted: boolean, found: string): Finding {
  run.log(found);
  return { lost: true, restarted, event: { detailType: DETAIL_TYPE, detail: { namespace: login.namespace, deployment: name, action: restarted ? 'restarted' : 'left', found } } };
}

/** @returns what it was not restarted for. @throws Setback */
async function restart({ clock, deployment: { name, login } }: Patient, deployments: Deployments): Promise<string | undefined> {
  // Read again, for a look takes its time and others restart it too.
  const now = await deployments.read(login.namespace, name);
  if (!now) return 'its Deployment is gone';
  const refusal = refusalToRestart(now, clock.now());
  if (refusal !== undefined) return refusal;
  return (await deployments.restart(now, clock.now())) ? undefined : 'somebody changed its Deployment at this moment: that is left to roll out';
}

/** Sessions that looks through Gloo's Service showed; why there is none goes into the log. */
async function sessionsOf({ run, reach, deployment: { name, metrics, login } }: Patient, looks: number): Promise<readonly GlooSession[]> {
  const client = reach.vault({ kind: 'services', namespace: login.namespace, name: metrics });
  const seen: (GlooSession | string)[] = [];
  // One after the other: the proxy picks a pod for each.
  for (let index = 0; index < looks; index += 1) seen.push(sessionSeen(await look(client, METRICS_PATH, { what: `${login.namespace}/${name}`, group: HEALING_GROUP })));
  const sessions = seen.filter((each) => typeof each !== 'string');
  const reason = seen.find((each) => typeof each === 'string');
  if (sessions.length === 0 && reason !== undefined) run.log(reason);
  return sessions;
}

/** Whether one of the suspects is there, as it was, when all the time is over in which it would have come in by itself. */
async function staysAway(patient: Patient, suspects: readonly GlooSession[], seconds: number, looks: number): Promise<boolean> {
  const { clock } = patient;
  for (const end = clock.now() + seconds * 1000; ; ) {
    const left = end - clock.now();
    if (left > 0) await clock.sleep(Math.min(LOOK_EVERY, left));
    const sessions = await sessionsOf(patient, looks);
    if (!sessions.some((session) => suspects.some((suspect) => isUnchanged(suspect, session)))) return false;
    if (left <= 0) return true;
  }
}

/** Why Gloo could not log in now; undefined where it could. */
async function refusalOf({ run, reach, vault, deployment: { login } }: Patient): Promise<string | undefined> {
  try {
    await proveLogin(
      {
        tokens: new ServiceAccountTokens(reach.apiServer),
        aws: reach.aws,
        env: run.env,
        credentials: run.aws,
        vault: reach.vault(placeOf(vault)),
        mask: run.mask,
      },
      login,
      (hop, said) => run.log(`${login.namespace}/${login.serviceAccount}: ${hop}: ${said}`),
    );
    return undefined;
  } catch (error) {
    if (error instanceof HopFailure || error instanceof HopSetback) return error.message;
    throw error;
  }
}

function inWords({ loginFailures, renewalFailures, lastEvent }: GlooSession, clock: Clock): string {
  const seconds = Math.max(0, Math.round(clock.now() / 1000 - lastEvent));
  return `since its start ${counted(loginFailures, 'login')} and ${counted(renewalFailures, 'renewal')} failed, the last one ${seconds} s ago`;
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
