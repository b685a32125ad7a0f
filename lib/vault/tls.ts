import type { Vault } from '../environment/environment';
import { VAULT_RELEASE } from './addresses';

/** Secrets that cert-manager fills, and where Vault's pods have theirs. */
export const TLS = {
  /** In Vault's namespace: `tls.crt`, `tls.key`, `ca.crt` of the server. */
  serverSecret: 'vault-tls',
  /** In Gloo's namespace: what Gloo trusts is its `ca.crt`. */
  clientSecret: 'vault-client-tls',
  /** In Gloo's namespace, where Vault is in another cluster: the ConfigMap with the authority that the environment says. */
  authorityConfigMap: 'vault-authority',
  /** Key of the client's Secret, and of the ConfigMap, that holds the certificate authority's PEM. */
  authorityKey: 'ca.crt',
  /** Folder of the server's Secret in the pods. */
  directory: '/vault/tls',
} as const;

/** What the server's certificate is for: Gloo, the replicas among themselves, the command line in a pod, and other clusters. */
export function serverNames({ namespace, shared }: Pick<Vault, 'namespace' | 'shared'>): { readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[] } {
  const leader = `${VAULT_RELEASE}-active.${namespace}`;
  return { dnsNames: [leader, `${leader}.svc`, `${leader}.svc.cluster.local`, `*.${VAULT_RELEASE}-internal`, ...(shared ? [shared.hostname] : [])], ipAddresses: ['127.0.0.1'] };
}
