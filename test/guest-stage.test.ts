import { decodeProperties } from '../lib/gloo/proof/properties';
import { createCertificateAuthority } from '../rehearsal/certificate-authority';
import { authority, guest, sharing } from './environment/sharing';
import { withValue } from './environment/inputs';
import { environments } from './environments';
import { helmRelease, manifest, resource, resources } from './manifests';
import { synthesize } from './synthesize';

const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource';
const PROOF = 'Custom::GlooLoginProof';
const FUNCTION = 'AWS::Lambda::Function';
const { stacks, template } = synthesize({ ...sharing(), orders: withValue(guest('orders', '10.2.0.0/16'), 'gloo', { discovery: true, healing: false, loginProof: false }) });
const gloo = template('payments-Gloo');
/** Where a ConfigMap's key, not a Secret's, has the authority. */
const trust = { name: 'VAULT_CACERT_BYTES', valueFrom: { configMapKeyRef: { name: 'vault-authority', key: 'ca.crt' } } };
const wordsIn = (stack: string) => JSON.stringify(template(stack).toJSON());

test('a guest has no Vault of its own, and nothing that only one with a Vault needs', () => {
  expect([...stacks.keys()].filter((name) => !name.startsWith('prod-'))).toEqual(['payments-Cluster', 'payments-Identity', 'payments-Gloo', 'orders-Cluster', 'orders-Identity', 'orders-Gloo']);
  expect(resources(template('payments-Identity'), 'AWS::IAM::Role').map(({ Properties }) => Properties.RoleName).filter((name) => name !== undefined)).toEqual(['dev-role-iam-payments', 'gloo-gate-payments']);
  expect(resources(template('payments-Cluster'), 'AWS::EKS::Addon').map(({ Properties }) => Properties.AddonName).sort()).toEqual(['coredns', 'kube-proxy', 'vpc-cni']);
  for (const name of ['payments-Cluster', 'payments-Identity', 'payments-Gloo']) expect(wordsIn(name)).not.toMatch(/cert-manager|vault-server-|vault-config-|helm\.releases\.hashicorp/);
  expect(stacks.get('payments-Gloo')?.dependencies.map(({ stackName }) => stackName).sort()).toEqual(['payments-Cluster', 'payments-Identity']);
});

test("Gloo's values lead to the owner's Vault, by the guest's own mount, over TLS of the authority that the owner says", () => {
  const { values } = helmRelease(gloo);
  expect(values).toMatchObject({
    settings: {
      secretOptions: {
        sources: [{ vault: { address: 'https://vault.internal.example.com:8200', aws: { iamServerIdHeader: 'vault.gloo.example.com', mountPath: 'aws', region: 'us-east-1' }, pathPrefix: 'payments' } }, { kubernetes: {} }],
      },
    },
    gloo: { deployment: { customEnv: [{ name: 'VAULT_MAX_RETRIES' }, { name: 'VAULT_CLIENT_TIMEOUT' }, trust] } },
  });
  expect(manifest(gloo, 'VaultAuthority')).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', immutable: false, metadata: { name: 'vault-authority', namespace: 'gloo-system' }, data: { 'ca.crt': authority } }]);
  expect(helmRelease(gloo).DependsOn).toContain(resource(gloo, MANIFEST, 'VaultAuthority').logicalId);
  expect(helmRelease(template('orders-Gloo')).values).toMatchObject({ discovery: { deployment: { customEnv: expect.arrayContaining([trust]) as unknown } } });
});

test('another authority makes other pods and another proof, for both read it once', async () => {
  const { caPem } = await createCertificateAuthority('another');
  const other = synthesize(withValue(sharing(), 'prod.vault.shared.caCertificate', caPem) as ReturnType<typeof sharing>).template('payments-Gloo');
  const annotation = (of: typeof gloo) => (helmRelease(of).values as { gloo: { deployment: { extraGlooAnnotations: Record<string, string> } } }).gloo.deployment.extraGlooAnnotations['gloo-vault/authority'];
  expect(annotation(gloo)).toMatch(/^[0-9a-f]{16}$/);
  expect(annotation(other)).not.toBe(annotation(gloo));
  expect(resource(other, PROOF).logicalId).not.toBe(resource(gloo, PROOF).logicalId);
});

describe('the functions that go Gloo’s way', () => {
  test('are told address, authority and owner, and go to Vault directly', () => {
    const { Properties } = resource(gloo, PROOF);
    const told = decodeProperties({ ...Properties, cluster: { ...(Properties.cluster as object), endpoint: 'https://cluster.example', certificateAuthority: 'an authority' } });
    expect(told.vault).toEqual({ address: 'https://vault.internal.example.com:8200', authority });
    expect(told.logins).toMatchObject([{ owner: 'prod', pathPrefix: 'payments', roleArn: 'arn:aws:iam::111122223333:role/dev-role-iam-payments' }]);
    expect(JSON.stringify(resource(gloo, 'AWS::Events::Rule', 'Healing').Properties)).toContain('https://vault.internal.example.com:8200');
  });

  test('are in the VPC, though everybody may call the API server, and get out to 443 and Vault’s port alone', () => {
    for (const name of ['LoginProof', 'Healing']) {
      const { VpcConfig } = resource(gloo, FUNCTION, `${name}Function`).Properties as { VpcConfig: { SubnetIds: unknown[] } };
      expect(VpcConfig.SubnetIds).toHaveLength(2);
      const group = resource(gloo, 'AWS::EC2::SecurityGroup', name);
      const ports = (group.Properties.SecurityGroupEgress as { FromPort: number; ToPort: number; CidrIp: string }[]).map(({ FromPort, ToPort, CidrIp }) => [FromPort, ToPort, CidrIp]);
      expect(ports).toEqual([[443, 443, '0.0.0.0/0'], [8200, 8200, '0.0.0.0/0']]);
    }
    expect(resource(gloo, FUNCTION, 'DrainFunction').Properties.VpcConfig).toBeUndefined();
  });

  test('have no right to a Vault at the API server', () => {
    for (const name of ['LoginProofAccess', 'HealingAccess']) {
      const roles = manifest(gloo, name).filter(({ kind }) => kind === 'Role');
      expect(roles.map(({ metadata }) => (metadata as { namespace: string }).namespace)).toEqual(['gloo-system']);
      expect(JSON.stringify(roles)).not.toContain(':8200');
    }
  });

  test('need no VPC where there are none', () => {
    for (const name of ['LoginProof', 'Healing']) expect(resources(template('orders-Gloo'), FUNCTION, name)).toEqual([]);
  });
});

test('an imported cluster has them in the subnets that it says', () => {
  const vpc = { id: 'vpc-0a1b2c3d4e5f60718', availabilityZones: ['us-east-1a', 'us-east-1b'], privateSubnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'] };
  const imported = { ...guest('platform', '10.9.0.0/16'), cluster: { import: { ...(environments.existing?.cluster as { import: object }).import, vpc } } };
  const { template: of } = synthesize({ ...sharing(), platform: withValue(imported, 'vault.clientCidrs', ['10.99.0.0/16']) });
  expect(resource(of('platform-Gloo'), FUNCTION, 'LoginProofFunction').Properties).toMatchObject({ VpcConfig: { SubnetIds: vpc.privateSubnetIds } });
});
