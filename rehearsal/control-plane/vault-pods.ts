import type { KubernetesObjects } from '../kubernetes-objects';
import type { RaftVault } from '../raft-vault';
import type { RaftService } from '../vault/raft-services';
import type { VaultPod } from './cluster-contents';
import { podAddresses } from './network-namespace';

/** The pods of Vault's chart, each with an address of its own in the namespace of this process. */
export function podsOf(objects: KubernetesObjects): VaultPod[] {
  const names = podNames(objects);
  const addresses = podAddresses(names.length);
  return names.map((name, index) => ({ name, address: addresses[index] ?? '' }));
}

/** Names of the pods of Vault's chart. */
export function podNames(objects: KubernetesObjects): string[] {
  const replicas = objects.vaultPods().map(({ name }) => name);
  return replicas.length > 0 ? replicas : [`${objects.release('vault').release}-0`];
}

/** Names of the pods that a Service leads to now: with replicas as their labels and readiness say, else the one, once it runs. */
export function podsBehind(service: string, pods: readonly VaultPod[], { raft, origin }: { readonly raft?: RaftVault; readonly origin?: string }): string[] {
  if (raft) {
    const addresses = raft.services.endpoints(service as RaftService);
    return raft.nodes.filter(({ address }) => addresses.includes(address)).map(({ name }) => name);
  }
  return origin === undefined ? [] : pods.map(({ name }) => name);
}
