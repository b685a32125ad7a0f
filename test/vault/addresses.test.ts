import type { Raft } from '../../lib/environment/environment';
import { vaultAddresses } from '../../lib/vault/addresses';

const raft = (replicas: Raft['replicas'], tls: boolean): Raft => ({ replicas, tls, storageSize: 10, recovery: { shares: 5, threshold: 3 }, snapshots: { everyHours: 6, retentionDays: 35 } });

test('a dev-mode Vault is its one Service', () => {
  expect(vaultAddresses({ namespace: 'secrets' })).toEqual({ url: 'http://vault.secrets:8200', service: 'http:vault:8200', pods: ['http:vault-0:8200'] });
});

test('of replicas, the leader is asked', () => {
  expect(vaultAddresses({ namespace: 'vault', raft: raft(3, true) })).toEqual({
    url: 'https://vault-active.vault:8200',
    service: 'https:vault-active:8200',
    pods: ['https:vault-0:8200', 'https:vault-1:8200', 'https:vault-2:8200'],
  });
});

test('the scheme is one for all', () => {
  expect(vaultAddresses({ namespace: 'vault', raft: raft(1, false) })).toEqual({ url: 'http://vault-active.vault:8200', service: 'http:vault-active:8200', pods: ['http:vault-0:8200'] });
});
