import { vaultAddresses } from '../../lib/vault/addresses';
import { serverNames } from '../../lib/vault/tls';

test('the certificate is for the leader’s Service by every name, for the replicas, and for a command line in a pod', () => {
  expect(serverNames({ namespace: 'secrets' })).toEqual({
    dnsNames: ['vault-active.secrets', 'vault-active.secrets.svc', 'vault-active.secrets.svc.cluster.local', '*.vault-internal'],
    ipAddresses: ['127.0.0.1'],
  });
});

test('the name that Gloo asks for is among them', () => {
  const raft = { replicas: 3, tls: true, storageSize: 10, recovery: { shares: 5, threshold: 3 }, snapshots: { everyHours: 6, retentionDays: 35 } } as const;
  const { hostname } = new URL(vaultAddresses({ namespace: 'secrets', raft }).url);
  expect(serverNames({ namespace: 'secrets' }).dnsNames).toContain(hostname);
});
