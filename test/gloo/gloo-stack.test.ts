import { helmRelease, manifest, resource } from '../manifests';
import { synthesize } from '../synthesize';

const { template } = synthesize({
  plain: { account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'plain' } } },
  older: { account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'older' } }, gloo: { namespace: 'gateway', chartVersion: '1.21.3' } },
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
  expect(helmRelease(plain).DependsOn).toEqual([resource(plain, 'Custom::AWSCDK-EKS-KubernetesResource', 'Namespace').logicalId]);
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
