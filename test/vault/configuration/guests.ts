import type { VaultConfigurationProperties } from '../../../lib/vault/configuration/properties';

/** Two guests: one of the same account that moves to another role, and one of another account. */
export const guests: NonNullable<VaultConfigurationProperties['guests']> = [
  { cluster: 'payments', account: '111122223333', mountPath: 'payments', maxVersions: '0', policy: 'payments', roles: ['dev-role-iam-payments', 'dev-role-iam-payments-2'], session: { maxTtl: '900', period: '0' } },
  { cluster: 'orders', account: '444455556666', mountPath: 'orders', maxVersions: '3', policy: 'orders', roles: ['dev-role-iam-orders'], session: { maxTtl: '0', period: '900' } },
];
