import { METRICS_PATH, sessionSeen } from '../../gloo/gloo-session';
import { parseObject } from '../../vault/client/answers';
import { attempts, type Run } from '../../vault/client/attempts';
import { Setback } from '../../vault/client/errors';
import { look, type Sight } from '../../vault/client/look';
import { metricLine, type MetricName } from '../../vault/client/metrics';
import { WATCH_GROUP, type WatchInput } from '../watch-input';
import { keyState } from './seal-key';

type Values = Partial<Record<MetricName, number>>;
type Log = Run['log'];

/**
 * Looks once at Vault's pods, its leader, the seal's key and Gloo's metrics, side by side, and writes what it saw as one
 * line of metrics. It reads, and has no token of Vault's. What cannot be reached is a metric too.
 * @throws when the API server cannot be asked at all; what is known of the key is written even then.
 */
export async function watch(run: Run, input: WatchInput): Promise<void> {
  const { cluster, vault, gloo, sealKeyArn } = input;
  await attempts(run, cluster, async (reach) => {
    const see = (kind: 'services' | 'pods', namespace: string, name: string, path: string) => look(reach.vault({ kind, namespace, name }), path, { what: `${namespace}/${name}`, group: WATCH_GROUP });
    const [key, leader, session, ...pods] = await Promise.all([
      sealKey(keyState(reach.aws, run.aws, sealKeyArn, run.env), run.log),
      see('services', vault.namespace, vault.service, '/v1/sys/health'),
      see('services', gloo.namespace, gloo.service, METRICS_PATH),
      ...vault.pods.map((pod) => see('pods', vault.namespace, pod, '/v1/sys/seal-status')),
    ] as const);
    const sights = [leader, session, ...pods];
    for (const sight of sights) if (sight.kind !== 'answer') run.log(sight.reason);
    const refused = sights.flatMap((sight) => (sight.kind === 'refused' ? [sight.reason] : []));
    const nothing = refused.length === sights.length;
    run.log(metricLine(cluster.name, nothing ? key : { ...key, ...podsOf(pods, run.log), ...leaderOf(leader), ...glooOf(session, run.log) }));
    if (nothing) throw new Setback('passing', `Nothing was seen through the API server, at ${cluster.endpoint}. ${refused[0] ?? ''}`);
  });
}

/** Nothing where KMS does not say: a missing value is not a usable key, and not a lost one. */
async function sealKey(state: Promise<string>, log: Log): Promise<Values> {
  try {
    const found = await state;
    if (found !== 'Enabled') log(`the seal's key is in the state ${found}`);
    return { SealKeyUsable: found === 'Enabled' ? 1 : 0 };
  } catch (error) {
    if (!(error instanceof Setback)) throw error;
    log(error.message);
    return {};
  }
}

function podsOf(pods: readonly Sight[], log: Log): Values {
  const states = pods.map((sight) => {
    const { initialized, sealed } = (sight.kind === 'answer' && parseObject(sight.answer.body)) || {};
    if (typeof sealed !== 'boolean' || typeof initialized !== 'boolean') return 'unreachable';
    return sealed || !initialized ? 'sealed' : 'open';
  });
  if (states.includes('sealed')) log(`pods of Vault, in their order: ${states.join(', ')}`);
  const count = (state: (typeof states)[number]) => states.filter((each) => each === state).length;
  return { SealedPods: count('sealed'), UnreachablePods: count('unreachable') };
}

/** `sys/health` has status 200 on the active node alone. Source: Vault, "/sys/health (API)". */
function leaderOf(sight: Sight): Values {
  const leads = sight.kind === 'answer' && sight.answer.status === 200 && parseObject(sight.answer.body)?.sealed === false;
  return { Leader: leads ? 1 : 0 };
}

/** Without its page, nothing is known of Gloo's logins. */
function glooOf(sight: Sight, log: Log): Values {
  const session = sessionSeen(sight);
  if (typeof session !== 'string') return { GlooReachable: 1, GlooLoggedOut: session.loggedOut ? 1 : 0, GlooLoginFailures: session.loginFailures, GlooRenewalFailures: session.renewalFailures };
  // What was not reached is in the log already.
  if (sight.kind === 'answer') log(session);
  return { GlooReachable: 0 };
}
