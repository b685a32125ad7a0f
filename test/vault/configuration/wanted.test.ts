import { sharing } from '../../environment/sharing';
import { parseEnvironments } from '../../../lib/environment/parse';
import { vaultConfigurationProperties } from '../../../lib/vault/configuration/wanted';
import { environments } from '../../environments';
import { resource } from '../../manifests';
import { synthesize } from '../../synthesize';

const { template } = synthesize(environments);

/** Properties of the template, without what only a deployment knows: the cluster's, the secret that it makes, and what drives CloudFormation. */
function inTemplate(name: string): Record<string, unknown> {
  const { ServiceToken, ServiceTimeout, revision, contents, cluster, ...rest } = resource(template(`${name}-Vault`), 'Custom::VaultConfiguration').Properties;
  expect([ServiceToken, ServiceTimeout, revision, contents, cluster]).not.toContain(undefined);
  const { initialisation, ...wanted } = rest as { initialisation?: Record<string, unknown> };
  if (initialisation === undefined) return wanted;
  const { secretArn, ...known } = initialisation;
  expect(secretArn).toBeDefined();
  return { ...wanted, initialisation: known };
}

test.each(parseEnvironments(environments).map((environment) => [environment.name, environment] as const))('what the template of %s says, without a synth', (name, environment) => {
  expect(vaultConfigurationProperties(environment)).toEqual(inTemplate(name));
});

test("operators' ARNs without their paths, so that as many as are allowed fit into the 8192 characters of EventBridge", () => {
  const operators = Array.from({ length: 20 }, (_, index) => `arn:aws:iam::111122223333:role/${'p'.repeat(500)}/${'r'.repeat(62)}${index + 10}`);
  const { prod } = environments;
  const [environment] = parseEnvironments({ prod: { ...prod, identity: { generation: [98, 99] }, vault: { ...prod?.vault, operators } } });
  if (!environment) throw new Error('parseEnvironments made nothing of one environment.');
  const wanted = vaultConfigurationProperties(environment);
  expect(wanted.operators?.principalArns[0]).toBe(`arn:aws:iam::111122223333:role/${'r'.repeat(62)}10`);
  // The cluster's certificate and endpoint are known to a deployment alone.
  expect(JSON.stringify({ RequestType: 'Check', ResourceProperties: wanted }).length + 2500).toBeLessThan(8192);
});

test("another partition's names and endpoints", () => {
  const [china] = parseEnvironments({ china: { account: '111122223333', region: 'cn-north-1', cluster: { create: { name: 'cn' } } } });
  if (!china) throw new Error('parseEnvironments made nothing of one environment.');
  expect(vaultConfigurationProperties(china)).toMatchObject({
    authMethod: { stsEndpoint: 'https://sts.cn-north-1.amazonaws.com.cn', stsRegion: 'cn-north-1' },
    roles: [{ principalArn: 'arn:aws-cn:iam::111122223333:role/dev-role-iam-cn' }],
    provisioner: { principalArn: 'arn:aws-cn:iam::111122223333:role/vault-config-cn' },
  });
});

test('guests by what each has of its own', () => {
  const { payments, ...others } = sharing();
  const [prod] = parseEnvironments({ ...others, payments: { ...payments, identity: { generation: [1, 2] }, account: '444455556666', production: true } });
  expect(prod && vaultConfigurationProperties(prod).guests).toEqual([
    { cluster: 'orders', account: '111122223333', mountPath: 'orders', maxVersions: '0', policy: 'orders', roles: ['dev-role-iam-orders'], session: { maxTtl: '900', period: '0' } },
    { cluster: 'payments', account: '444455556666', mountPath: 'payments', maxVersions: '0', policy: 'payments', roles: ['dev-role-iam-payments', 'dev-role-iam-payments-2'], session: { maxTtl: '0', period: '900' } },
  ]);
});
