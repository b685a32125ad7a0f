import type { VaultPod, VaultPods, VaultState } from './pods';

/** A majority that can lose one. */
export const LEAST_REPLICAS = 3;

/** What is wrong with one pod, or with all of them together, in words that stand after "not all of Vault is well: ". Empty where all is well. */
export function faultsOf({ pods, voters }: VaultPods): readonly string[] {
  const leaders = pods.filter((pod) => stateOf(pod)?.leads);
  const led = leaders.length === 1 ? [] : [leaders.length === 0 ? 'no pod leads' : `${leaders.map(({ name }) => name).join(' and ')} both say that they lead`];
  const missing = voters === undefined ? [] : pods.filter(({ name }) => !voters.includes(name)).map(({ name }) => `${name} does not vote in Raft`);
  return [...pods.flatMap(podFaults), ...led, ...missing];
}

function podFaults({ name, uid, ready, vault }: VaultPod): readonly string[] {
  if (uid === undefined) return [`there is no pod ${name}`];
  if ('silent' in vault) return [`${name} does not answer (${vault.silent})`];
  if (!vault.initialized) return [`${name} is not initialised`];
  if (vault.sealed) return [`${name} is sealed`];
  if (!vault.led) return [`${name} knows of no leader`];
  return ready ? [] : [`${name} is not Ready`];
}

/** Why no pod of such a Vault may be restarted by turns, if so. */
export function refusal({ pods }: VaultPods): string | undefined {
  if (pods.length >= LEAST_REPLICAS) return undefined;
  return `Vault has ${pods.length} replica${pods.length === 1 ? '' : 's'}, and a majority that can miss one takes ${LEAST_REPLICAS}: while the pod restarts, Gloo reads no secret. Nothing was done.`;
}

/**
 * The pods to restart, standbys first and the leader last.
 * @param all also those that run what is deployed.
 */
export function order({ pods, wanted }: VaultPods, all: boolean): readonly VaultPod[] {
  const chosen = pods.filter(({ revision }) => all || revision !== wanted);
  const leads = (pod: VaultPod) => stateOf(pod)?.leads === true;
  return [...chosen.filter((pod) => !leads(pod)), ...chosen.filter(leads)];
}

/**
 * What a restarted pod still lacks, if anything.
 * @param before the pod as it was when it was evicted.
 * @param committed entry of Raft's log that it has to have caught up with.
 */
export function lacks(now: VaultPods, before: Pick<VaultPod, 'name' | 'uid'>, committed: number): string | undefined {
  const pod = now.pods.find(({ name }) => name === before.name);
  if (pod?.uid === undefined) return `there is no pod ${before.name} yet`;
  if (pod.uid === before.uid) return `the old pod ${before.name} is still there`;
  if (now.wanted !== undefined && pod.revision !== now.wanted) return `${before.name} was made from ${pod.revision ?? 'no revision'}, and ${now.wanted} is wanted`;
  const state = stateOf(pod);
  const faults = faultsOf(now);
  if (faults.length > 0) return faults.join('; ');
  return state && state.applied < committed ? `${before.name} has applied Raft's log up to ${state.applied}, and ${committed} is committed` : undefined;
}

/** Entry of Raft's log that a majority keeps, as far as any pod knows. */
export function committedIn({ pods }: VaultPods): number {
  return Math.max(0, ...pods.map((pod) => stateOf(pod)?.committed ?? 0));
}

const stateOf = ({ vault }: VaultPod): VaultState | undefined => ('silent' in vault ? undefined : vault);
