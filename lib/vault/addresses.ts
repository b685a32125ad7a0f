import type { Vault } from '../environment/environment';

/** Where Vault is, for who is inside the cluster and for who comes through the API server. */
export interface VaultAddresses {
  /** For Gloo: `http://vault.vault:8200`, or the leader's, `https://vault-active.vault:8200`. */
  readonly url: string;
  /** The Service as the API server's proxy and RBAC spell it: `http:vault:8200`, `https:vault-active:8200`. */
  readonly service: string;
  /** The pods in the same spelling, `https:vault-0:8200` first. */
  readonly pods: readonly string[];
}

/** Where other clusters find it. */
export const sharedVaultUrl = (hostname: string) => `https://${hostname}:8200`;

/** Release, and so the name of Vault's Service: CDK would generate one. */
export const VAULT_RELEASE = 'vault';

/**
 * With replicas, the leader is asked: a standby hands on or redirects to an address that only pods reach. Services and
 * pods are the chart's.
 */
export function vaultAddresses({ namespace, raft }: Pick<Vault, 'namespace' | 'raft'>): VaultAddresses {
  const scheme = raft?.tls ? 'https' : 'http';
  const name = raft ? `${VAULT_RELEASE}-active` : VAULT_RELEASE;
  return {
    url: `${scheme}://${name}.${namespace}:8200`,
    service: `${scheme}:${name}:8200`,
    pods: Array.from({ length: raft?.replicas ?? 1 }, (_, index) => `${scheme}:${VAULT_RELEASE}-${index}:8200`),
  };
}
