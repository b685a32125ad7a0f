import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError } from '../../lib/vault/client/errors';
import type { Kube } from '../doctor/kube';
import { NotKnown } from '../doctor/finding';
import { committedIn, faultsOf, lacks, order, refusal } from './judge';
import { podPath, type VaultPod, type VaultPods } from './pods';

/** All that a rolling restart needs of the world. */
export interface RollPorts {
  readonly namespace: string;
  readonly look: () => Promise<VaultPods>;
  readonly kube: Pick<Kube, 'evict'>;
  /** Milliseconds. @default {@link POD_LIMIT} */
  readonly limit?: number;
  /** Milliseconds between two looks. @default {@link LOOK_EVERY} */
  readonly every?: number;
  /** Ends the waiting. */
  readonly interrupted: AbortSignal;
}

/** A restart that came off. */
export interface Restarted {
  readonly pod: string;
  readonly led: boolean;
  readonly version: string;
  /** Milliseconds from its eviction to its being well. */
  readonly took: number;
}

/** Milliseconds that a pod has until it is well again: to stop (60 s), to find its volume and node, to be unsealed and to catch up. */
export const POD_LIMIT = 5 * 60_000;
const LOOK_EVERY = 1000;

/**
 * The pods that a rolling restart is about, in its order.
 * @param all also those that run what is deployed.
 * @throws ConfigurationError where Vault is not well, or cannot miss a pod.
 */
export function planned(now: VaultPods, all: boolean): readonly VaultPod[] {
  if (now.wanted === undefined) throw new ConfigurationError("The StatefulSet's controller has not seen its last change yet; run it again in a moment.");
  const pods = order(now, all);
  if (pods.length === 0) return pods;
  const words = refusal(now);
  if (words !== undefined) throw new ConfigurationError(words);
  refuseUnwell(now);
  return pods;
}

/**
 * Restarts one pod and waits until it is well.
 * @param name of the pod.
 * @throws ConfigurationError where Vault is not well before, a disruption budget forbids it, or the pod is not well in time: the others are left as they are.
 */
export async function restart({ look, kube, namespace, limit = POD_LIMIT, every = LOOK_EVERY, interrupted }: RollPorts, name: string): Promise<Restarted> {
  const before = await look();
  refuseUnwell(before);
  const pod = before.pods.find((each) => each.name === name);
  if (pod?.uid === undefined || 'silent' in pod.vault) throw new Error(`There is no pod ${name} that is well.`);
  const led = pod.vault.leads;
  const from = performance.now();
  const evicted = await kube.evict(podPath(namespace, name), { uid: pod.uid });
  if (evicted === 'budget') throw new ConfigurationError(`A disruption budget lets no pod of Vault go at this moment: somebody else is restarting one, a node is drained, or it counts one as not Ready. Run it again: kubectl get poddisruptionbudget -n ${namespace}`);
  const committed = committedIn(before);
  for (const deadline = from + limit; ; await sleep(every, undefined, { signal: interrupted })) {
    const now = await lookAgain(look);
    const lack = now instanceof NotKnown ? now.message : lacks(now, { name, uid: pod.uid }, committed);
    const state = now instanceof NotKnown ? undefined : now.pods.find((each) => each.name === name)?.vault;
    if (lack === undefined && state && !('silent' in state)) return { pod: name, led, version: state.version, took: performance.now() - from };
    if (performance.now() > deadline) {
      throw new ConfigurationError(
        `${name} was evicted and is not well after ${Math.round(limit / 1000)} s: ${lack ?? 'it does not answer'}. The other pods were left as they are. ` +
          `See why (kubectl describe pod -n ${namespace} ${name}; kubectl logs -n ${namespace} ${name} -c vault), and run it again: it goes on with what is left.`,
      );
    }
  }
}

/** An API server that is away for a moment is waited for as a pod is. */
function lookAgain(look: RollPorts['look']): Promise<VaultPods | NotKnown> {
  return look().catch((error: unknown) => {
    if (error instanceof NotKnown) return error;
    throw error;
  });
}

function refuseUnwell(now: VaultPods): void {
  const faults = faultsOf(now);
  if (faults.length > 0) throw new ConfigurationError(`Not all of Vault is well, and a restart could cost its majority: ${faults.join('; ')}. No pod was restarted by this. See npx gloo-vault doctor`);
}
