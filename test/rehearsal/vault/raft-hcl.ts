/** Names that the certificate of Vault's pods has. */
export const DNS_NAMES = ['vault-active.vault', 'vault-active.vault.svc', 'vault-active.vault.svc.cluster.local', '*.vault-internal', '127.0.0.1'];

const SECRET = '/vault/userconfig/vault-server-tls';

export interface RaftHcl {
  readonly nodes?: number;
  readonly listener?: string;
  readonly storage?: string;
  readonly rest?: string;
}

/** A configuration of Vault's pods as the Helm value `server.ha.raft.config` has it; the parts are added to their blocks. */
export function raftHcl({ nodes = 3, listener = '', storage = '', rest = '' }: RaftHcl = {}): string {
  const join = (index: number) => `  retry_join {
    leader_api_addr = "https://vault-${index}.vault-internal:8200"
    leader_ca_cert_file = "${SECRET}/ca.crt"
  }`;
  return `ui = false
# the listener's address = "[::]:1" is not this one
listener "tcp" {
  address = "[::]:8200"
  cluster_address = "[::]:8201"
  tls_cert_file = "${SECRET}/tls.crt"
  tls_key_file = "${SECRET}/tls.key"
  tls_min_version = "tls12" // { an open brace in a comment
  ${listener}
}
storage "raft" {
  path = "/vault/data"
  ${storage}
${Array.from({ length: nodes }, (_, index) => join(index)).join('\n')}
}
service_registration "kubernetes" {}
${rest}
`;
}
