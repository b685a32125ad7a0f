import { environments } from '../environments';
import { input, withValue } from './inputs';

const { existing } = environments;
if (!existing || !('import' in existing.cluster)) throw new Error('existing imports its cluster');

/** PEM of a certificate authority. */
export const authority = Buffer.from(existing.cluster.import.certificateAuthority, 'base64').toString('utf8');

/** The environment `prod` with its Vault open to guests. */
export const owner = () => withValue(input('prod'), 'vault.shared', { hostname: 'vault.internal.example.com', caCertificate: authority });

/** An environment on a new cluster that reads from the Vault of `prod`. */
export function guest(name: string, vpcCidr: string): Record<string, unknown> {
  return {
    account: '111122223333',
    region: 'us-east-1',
    cluster: { create: { name, vpcCidr } },
    vault: { sharedFrom: 'prod', kv: { mountPath: name }, policy: { name } },
  };
}

/** One Vault, and two clusters beside the one that it is in. */
export const sharing = () => ({ prod: owner(), payments: guest('payments', '10.1.0.0/16'), orders: guest('orders', '10.2.0.0/16') });
