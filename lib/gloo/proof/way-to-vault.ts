import { Peer } from 'aws-cdk-lib/aws-ec2';
import type { VaultFunctionProps } from '../../vault/vault-function';
import type { VaultProperties } from './properties';

/** For a function that goes Gloo's way: what it needs at the API server, of a Vault in the cluster. It lists, and logs in, renews and revokes by PUT. What its tokens may do in Vault is what Gloo may. */
export function proxyRule(vault: VaultProperties): VaultFunctionProps['rules'] {
  return 'service' in vault ? { [vault.namespace]: [{ resource: 'services/proxy', names: [vault.service], verbs: ['get', 'update'] }] } : {};
}

/** What the same function needs of the network, for a Vault in another cluster. */
export function networkRule(vault: VaultProperties): Pick<VaultFunctionProps, 'reaches'> {
  if ('service' in vault) return {};
  // A load balancer has its addresses of AWS, and a security group takes no name.
  return { reaches: { peer: Peer.anyIpv4(), port: Number(new URL(vault.address).port || 443), what: 'Vault of another cluster' } };
}
