import { rolesWithIds, tenantsOf } from '../../../lib/vault/configuration/tenants';
import { properties } from './example';
import { guests } from './guests';

test('the own Gloo comes first, as the properties have it', () => {
  const { secretsEngine, policy, roles, session } = properties;
  expect(tenantsOf(properties)).toEqual([{ secretsEngine, policy, roles, session, ids: true }]);
});

test("a guest's policy is of its mount alone, and its roles are of its account", () => {
  expect(tenantsOf({ ...properties, guests }).slice(1)).toEqual([
    {
      secretsEngine: { mountPath: 'payments', maxVersions: '0' },
      policy: { name: 'payments', paths: { 'payments/metadata/gloo/gloo.solo.io/v1/Secret/*': ['list'], 'payments/data/gloo/gloo.solo.io/v1/Secret/*': ['read'] } },
      roles: [
        { name: 'dev-role-iam-payments', principalArn: 'arn:aws:iam::111122223333:role/dev-role-iam-payments' },
        { name: 'dev-role-iam-payments-2', principalArn: 'arn:aws:iam::111122223333:role/dev-role-iam-payments-2' },
      ],
      session: { maxTtl: '900', period: '0' },
      ids: true,
      sign: 'Secrets of Gloo in payments (111122223333)',
    },
    expect.objectContaining({ roles: [{ name: 'dev-role-iam-orders', principalArn: 'arn:aws:iam::444455556666:role/dev-role-iam-orders' }], ids: false }),
  ]);
});

test('of another account, no role is looked up', () => {
  expect(rolesWithIds({ ...properties, guests })).toEqual(['arn:aws:iam::111122223333:role/dev-role-iam-trial', 'arn:aws:iam::111122223333:role/dev-role-iam-payments', 'arn:aws:iam::111122223333:role/dev-role-iam-payments-2']);
});
