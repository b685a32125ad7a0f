import type { Environment } from '../../lib/environment/environment';
import { isMapping } from '../../lib/environment/fields';
import { VAULT_RELEASE, vaultAddresses } from '../../lib/vault/addresses';
import { RAFT_PEERS } from '../../lib/vault/configuration/handler/raft-peers';
import type { VaultClient } from '../../lib/vault/client/vault-client';
import { NotKnown } from '../doctor/finding';
import type { Kube, KubeObject } from '../doctor/kube';
import type { Ports } from '../doctor/ports';

/** What the pod's own Vault says. */
export interface VaultState {
  readonly initialized: boolean;
  readonly sealed: boolean;
  readonly leads: boolean;
  readonly version: string;
  /** Last entry of Raft's log that it knows to be kept by a majority, and the last that it has applied. */
  readonly committed: number;
  readonly applied: number;
  /** Whether it knows who leads. */
  readonly led: boolean;
}

/** A pod of Vault's StatefulSet. */
export interface VaultPod {
  /** `vault-0`. */
  readonly name: string;
  /** Undefined while there is none of the name. */
  readonly uid?: string;
  /** Hash of the pod template that it was made from. */
  readonly revision?: string;
  readonly ready: boolean;
  /** Or why it does not answer. */
  readonly vault: VaultState | { readonly silent: string };
}

/** Vault's pods, and what they should be. */
export interface VaultPods {
  /** In the order of their names. */
  readonly pods: readonly VaultPod[];
  /** Hash of the pod template that a new pod is made from; undefined while the controller has not seen the last change. */
  readonly wanted?: string;
  /** Who votes in Raft's majority; undefined where it was not to be found out. */
  readonly voters?: readonly string[];
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** What the StatefulSet wants its pods to be made from. @throws NotKnown where there is none. */
export async function wantedRevision(kube: Kube, namespace: string): Promise<string | undefined> {
  const set = await kube.find(`/apis/apps/v1/namespaces/${namespace}/statefulsets/${VAULT_RELEASE}`);
  if (set === undefined) throw new NotKnown(`there is no StatefulSet ${namespace}/${VAULT_RELEASE}`, 'Deploy the Vault stack: npx cdk deploy.');
  const { metadata, status } = set as { readonly metadata?: KubeObject; readonly status?: KubeObject };
  return number(status?.observedGeneration) < number(metadata?.generation) ? undefined : text(status?.updateRevision);
}

/** A pod as the API server has it, without what its Vault says. */
export async function podObject(kube: Kube, namespace: string, name: string): Promise<Omit<VaultPod, 'vault'>> {
  const pod = await kube.find(podPath(namespace, name));
  const metadata = isMapping(pod?.metadata) ? pod.metadata : {};
  const labels = isMapping(metadata.labels) ? metadata.labels : {};
  const { conditions } = isMapping(pod?.status) ? pod.status : {};
  const ready = Array.isArray(conditions) && conditions.some((each) => isMapping(each) && each.type === 'Ready' && each.status === 'True');
  const [uid, revision] = [text(metadata.uid), text(labels['controller-revision-hash'])];
  // One that is on its way out is as good as gone: the next one of its name is yet to come.
  if (metadata.deletionTimestamp !== undefined) return { name, ready: false };
  return { name, ready, ...(uid === undefined ? {} : { uid }), ...(revision === undefined ? {} : { revision }) };
}

/** Path of a pod. */
export function podPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}

/** Names of Vault's pods. */
export function podNames({ vault }: Pick<Environment, 'vault'>): readonly string[] {
  return vault.raft ? vaultAddresses(vault).pods.map((spelling) => spelling.split(':')[1] ?? spelling) : [`${VAULT_RELEASE}-0`];
}

/** Looks at all pods, each by the API server and by its own Vault; a login to Vault only tells who votes. */
export async function lookAtPods({ environment, kube, vault, vaultToken }: Pick<Ports, 'environment' | 'kube' | 'vault' | 'vaultToken'>): Promise<VaultPods> {
  const { namespace } = environment.vault;
  const server = await kube();
  const [wanted, pods, voters] = await Promise.all([
    wantedRevision(server, namespace),
    Promise.all(
      vaultAddresses(environment.vault).pods.map(async (spelling): Promise<VaultPod> => {
        const name = spelling.split(':')[1] ?? spelling;
        const [object, state] = await Promise.all([podObject(server, namespace, name), vault({ kind: 'pods', namespace, name: spelling }).then(stateOf)]);
        return { ...object, vault: state };
      }),
    ),
    votersOf(vault, vaultToken),
  ]);
  return { pods, ...(wanted === undefined ? {} : { wanted }), ...(voters ? { voters } : {}) };
}

/** Every state is answered with 200, which is no failure of the request. Source: Vault, "/sys/health" and "/sys/leader", neither of which takes a token. */
async function stateOf(client: VaultClient): Promise<VaultPod['vault']> {
  try {
    const health = await client.get('sys/health?standbycode=200&perfstandbyok=true&sealedcode=200&uninitcode=200');
    if (!health.ok) return { silent: `${health.status} ${health.reason}`.trim() };
    const { initialized, sealed, standby, version } = health.body;
    const state = { initialized: initialized === true, sealed: sealed === true, leads: standby === false && sealed === false, version: String(version) };
    // A sealed Vault says nothing of who leads.
    const leader = state.sealed ? undefined : await client.get('sys/leader');
    const { raft_committed_index: committed, raft_applied_index: applied, leader_address: address } = leader?.ok ? leader.body : {};
    return { ...state, committed: number(committed), applied: number(applied), led: typeof address === 'string' && address !== '' };
  } catch (error) {
    if (error instanceof NotKnown) throw error;
    return { silent: error instanceof Error ? error.message : String(error) };
  }
}

async function votersOf(vault: Ports['vault'], vaultToken: Ports['vaultToken']): Promise<readonly string[] | undefined> {
  try {
    const answer = await (await vault()).get(RAFT_PEERS, await vaultToken());
    if (!answer.ok) return undefined;
    const config = isMapping(answer.body.data) && isMapping(answer.body.data.config) ? answer.body.data.config : {};
    if (!Array.isArray(config.servers)) return undefined;
    return config.servers.filter(isMapping).filter(({ voter }) => voter === true).map(({ node_id: id }) => String(id)).sort();
  } catch {
    // No operator of this Vault, or no leader at this moment: what the pods say of themselves has to do.
    return undefined;
  }
}
