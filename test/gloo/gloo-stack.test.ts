import { environments } from '../environments';
import type { EnvironmentInput } from '../../lib/environment/input';
import { importedRaft, withValue } from '../environment/inputs';
import { helmRelease, manifest, resource, resources } from '../manifests';
import { synthesize } from '../synthesize';

const { template } = synthesize({
  plain: { account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'plain' } } },
  older: { account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'older' } }, gloo: { namespace: 'gateway', chartVersion: '1.21.3' } },
  prod: environments.prod as EnvironmentInput,
  unsecured: withValue(importedRaft(), 'vault.raft', { tls: false }),
});
const plain = template('plain-Gloo');

test("Gloo's chart, at its version, in a namespace that stands alone", () => {
  expect(helmRelease(plain).Properties).toMatchObject({
    Release: 'gloo',
    Chart: 'gloo',
    Repository: 'https://storage.googleapis.com/solo-public-helm',
    Version: '1.22.1',
    Namespace: 'gloo-system',
  });
  expect(manifest(plain, 'Namespace')).toMatchObject([{ kind: 'Namespace', metadata: { name: 'gloo-system' } }]);
  expect(helmRelease(plain).DependsOn).toContain(resource(plain, 'Custom::AWSCDK-EKS-KubernetesResource', 'Namespace').logicalId);
});

test('another version and namespace', () => {
  expect(helmRelease(template('older-Gloo')).Properties).toMatchObject({ Version: '1.21.3', Namespace: 'gateway' });
  expect(manifest(template('older-Gloo'), 'Namespace')).toMatchObject([{ metadata: { name: 'gateway' } }]);
});

test('waits for its pods and takes a failed release back, in less time than kubectl’s function has', () => {
  const { Wait, Atomic, Timeout } = helmRelease(plain).Properties;
  expect([Wait, Atomic, Timeout]).toEqual([true, true, '600s']);
  expect(resource(template('plain-Cluster'), 'AWS::Lambda::Function', 'EksClusterKubectlProviderHandler').Properties.Timeout).toBeGreaterThan(600);
});

test("reads its secrets from Vault with its own role, by the chart's values alone", () => {
  const { values } = helmRelease(plain);
  expect(values).toMatchObject({
    settings: { secretOptions: { sources: [{ vault: { address: 'http://vault.vault:8200' } }, { kubernetes: {} }] } },
    gloo: { serviceAccount: { extraAnnotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/dev-role-iam-plain' } } },
  });
  plain.resourceCountIs('AWS::SecretsManager::Secret', 0);
  expect(JSON.stringify(values)).not.toMatch(/accessKey|secretKey|accessToken|"token"/i);
});

describe('with a Vault with replicas', () => {
  const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource';
  const prod = template('prod-Gloo');
  const address = (values: unknown) => (values as { settings: { secretOptions: { sources: { vault?: { address: string } }[] } } }).settings.secretOptions.sources[0]?.vault?.address;
  const variables = (values: unknown) => (values as { gloo: { deployment: { customEnv: { name: string }[] } } }).gloo.deployment.customEnv;

  test('the leader is asked, by a name of its certificate', () => {
    expect(address(helmRelease(prod).values)).toBe('https://vault-active.vault:8200');
  });

  test('its authority is trusted from a Secret in Gloo’s namespace, which a certificate there fills', () => {
    const { valueFrom } = variables(helmRelease(prod).values).find(({ name }) => name === 'VAULT_CACERT_BYTES') as unknown as { valueFrom: { secretKeyRef: { name: string; key: string } } };
    expect(valueFrom).toEqual({ secretKeyRef: { name: 'vault-client-tls', key: 'ca.crt' } });
    expect(manifest(prod, 'Certificate')).toMatchObject([
      {
        kind: 'Certificate',
        metadata: { name: 'vault-client-tls', namespace: 'gloo-system' },
        spec: { secretName: valueFrom.secretKeyRef.name, usages: ['digital signature', 'client auth'], issuerRef: { kind: 'ClusterIssuer', name: 'vault-ca' } },
      },
    ]);
  });

  test('pods that read the Secret come after the certificate that fills it, and that after its namespace', () => {
    const certificate = resource(prod, MANIFEST, 'Certificate');
    expect(helmRelease(prod).DependsOn).toContain(certificate.logicalId);
    expect(certificate.DependsOn).toContain(resource(prod, MANIFEST, 'Namespace').logicalId);
  });

  test('nobody but those who may is served its metrics: a port of its Service, no way from outside', () => {
    expect(helmRelease(prod).values).toMatchObject({ gloo: { deployment: { stats: { enabled: true, serviceMonitorEnabled: true } } } });
    for (const { Properties } of resources(prod, MANIFEST)) expect(Properties.Manifest).not.toMatch(/"kind":"(Service|Ingress)"/);
  });

  test('it keeps trying for as long as a Vault pod takes to come back', () => {
    expect(variables(helmRelease(prod).values)).toEqual(
      expect.arrayContaining([
        { name: 'VAULT_MAX_RETRIES', value: '30' },
        { name: 'VAULT_CLIENT_TIMEOUT', value: '300' },
      ]),
    );
  });

  test('the namespace outlives the stack in production', () => {
    expect(resource(prod, MANIFEST, 'Namespace').DeletionPolicy).toBe('Retain');
    expect(resource(plain, MANIFEST, 'Namespace').DeletionPolicy).toBe('Delete');
  });

  test('without TLS the leader is asked in plain, and no authority is there to trust', () => {
    const unsecured = template('unsecured-Gloo');
    expect(address(helmRelease(unsecured).values)).toBe('http://vault-active.vault:8200');
    expect(variables(helmRelease(unsecured).values).map(({ name }) => name)).not.toContain('VAULT_CACERT_BYTES');
    expect(resources(unsecured, MANIFEST, 'Certificate')).toEqual([]);
  });
});

test('with a dev-mode Vault there is no certificate, and no authority to trust', () => {
  expect(resources(plain, 'Custom::AWSCDK-EKS-KubernetesResource', 'Certificate')).toEqual([]);
  expect(JSON.stringify(helmRelease(plain).values)).not.toContain('VAULT_CACERT');
});
