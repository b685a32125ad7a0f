import { Match } from 'aws-cdk-lib/assertions';
import type { EnvironmentInput } from '../../lib/environment/input';
import { importedRaft } from '../environment/inputs';
import { environments } from '../environments';
import { helmRelease, manifest, resource, resources } from '../manifests';
import { synthesize } from '../synthesize';

const environment = (name: string, more: Partial<EnvironmentInput> = {}): EnvironmentInput => ({ account: '111122223333', region: 'us-east-1', cluster: { create: { name } }, ...more });
const { template, stacks } = synthesize({
  plain: environment('plain'),
  moved: environment('moved', { vault: { namespace: 'secrets', networkPolicy: false }, gloo: { namespace: 'gateway' } }),
  prod: environments.prod as EnvironmentInput,
  trial: importedRaft(),
});
const plain = template('plain-Vault');
const moved = template('moved-Vault');
const prod = template('prod-Vault');
const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource';

describe('the namespace', () => {
  test('stands alone in its manifest: deleting one deletes what is in it', () => {
    expect(manifest(plain, 'Namespace')).toMatchObject([{ kind: 'Namespace', metadata: { name: 'vault' } }]);
    expect(manifest(moved, 'Namespace')).toMatchObject([{ kind: 'Namespace', metadata: { name: 'secrets' } }]);
  });

  test('goes with a development environment, and outlives a production one', () => {
    expect(resource(plain, MANIFEST, 'Namespace').DeletionPolicy).toBe('Delete');
    for (const name of ['prod-Vault', 'prod-Gloo']) expect(resource(template(name), MANIFEST, 'Namespace').DeletionPolicy).toBe('Retain');
  });

  test('outlives any Vault with replicas: deleting it deletes the claims of the volumes', () => {
    expect(resource(template('trial-Vault'), MANIFEST, 'Namespace').DeletionPolicy).toBe('Retain');
  });

  test('is there before all that lives in it', () => {
    const namespace = resource(plain, MANIFEST, 'Namespace').logicalId;
    for (const prefix of ['ServiceAccount', 'NetworkPolicy', 'ConfigurationAccess']) expect(resource(plain, MANIFEST, prefix).DependsOn).toContain(namespace);
  });
});

test('no manifest is pruned: a renamed id must not delete what replaced it', () => {
  for (const stack of [plain, moved, template('plain-Gloo')]) stack.resourcePropertiesCountIs(MANIFEST, { PruneLabel: Match.anyValue() }, 0);
});

describe("Vault's chart", () => {
  test('in its release, at its version, in the namespace', () => {
    expect(helmRelease(plain).Properties).toMatchObject({
      Release: 'vault',
      Chart: 'vault',
      Repository: 'https://helm.releases.hashicorp.com',
      Version: '0.34.1',
      Namespace: 'vault',
    });
    expect(helmRelease(moved).Properties).toMatchObject({ Release: 'vault', Namespace: 'secrets' });
    plain.resourcePropertiesCountIs('Custom::AWSCDK-EKS-HelmChart', { CreateNamespace: true }, 0);
  });

  test('does not wait and is not rolled back: Helm knows nothing of Vault, the configuration does', () => {
    plain.resourcePropertiesCountIs('Custom::AWSCDK-EKS-HelmChart', { Wait: true }, 0);
    plain.resourcePropertiesCountIs('Custom::AWSCDK-EKS-HelmChart', { Atomic: true }, 0);
  });

  test('comes after its service account and its network policy: a dev-mode Vault starts with a token that everyone knows', () => {
    expect(helmRelease(plain).DependsOn).toEqual(expect.arrayContaining([resource(plain, MANIFEST, 'ServiceAccount').logicalId, resource(plain, MANIFEST, 'NetworkPolicy').logicalId]));
  });
});

test("the service account is Vault's own role's, and not the chart's", () => {
  expect(manifest(moved, 'ServiceAccount')).toMatchObject([
    {
      kind: 'ServiceAccount',
      metadata: {
        name: 'vault',
        namespace: 'secrets',
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/vault-server-moved', 'eks.amazonaws.com/sts-regional-endpoints': 'true' },
      },
    },
  ]);
  expect(helmRelease(moved).values).toMatchObject({ server: { serviceAccount: { create: false, name: 'vault' } } });
});

describe('nobody outside the cluster reaches Vault', () => {
  test("the control plane's subnets, Gloo's namespace and Vault's own pods are let in", () => {
    const blocks = resources(template('plain-Cluster'), 'AWS::EC2::Subnet', 'EksNetworkVpcControlPlane').map(({ Properties }) => Properties.CidrBlock);
    const [policy] = manifest(plain, 'NetworkPolicy') as { spec: { ingress: { from: { ipBlock?: { cidr: string } }[] }[] } }[];
    expect(policy?.spec.ingress.flatMap(({ from }) => from.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []))).toEqual(blocks);
    expect(blocks).toHaveLength(2);
  });

  test('off, there is none', () => {
    expect(resources(moved, MANIFEST, 'NetworkPolicy')).toEqual([]);
  });

  test('no load balancer, no node port, no ingress', () => {
    for (const stack of [plain, template('plain-Gloo')]) {
      stack.resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 0);
      for (const { Properties } of resources(stack, MANIFEST)) expect(Properties.Manifest).not.toMatch(/"kind":"(Service|Ingress)"|LoadBalancer|NodePort/);
    }
    expect(JSON.stringify(helmRelease(plain).values)).not.toMatch(/LoadBalancer|NodePort|ingress/);
  });
});

test('a production environment cannot be deleted by mistake, a development one can', () => {
  const protectedOnes = [...stacks.values()].filter(({ terminationProtection }) => terminationProtection).map(({ stackName }) => stackName);
  expect(protectedOnes).toEqual(['prod-Cluster', 'prod-Identity', 'prod-Vault', 'prod-Gloo', 'prod-Monitoring']);
});

describe('a Vault with replicas', () => {
  const release = resource(prod, 'Custom::AWSCDK-EKS-HelmChart');
  const idOf = (type: string, prefix: string) => resource(prod, type, prefix).logicalId;

  test("starts when its seal can be used, its certificate is asked for, and its volumes' class and network policy are there", () => {
    const certificate = resources(prod, MANIFEST).find(({ Properties }) => String(Properties.Manifest).includes('"secretName":"vault-tls"'));
    const before = ['ServiceAccount', 'StorageClass', 'NetworkPolicy'].map((prefix) => idOf(MANIFEST, prefix));
    expect(release.DependsOn).toEqual(expect.arrayContaining([...before, certificate?.logicalId, idOf('AWS::IAM::Policy', 'RaftSealUse'), idOf('AWS::KMS::Key', 'RaftSeal')]));
  });

  test('is configured after its chart, and what takes snapshots comes after that', () => {
    const configuration = resource(prod, 'Custom::VaultConfiguration');
    expect(configuration.DependsOn).toContain(release.logicalId);
    expect(resource(prod, 'AWS::Events::Rule', 'SnapshotsSchedule').DependsOn).toContain(configuration.logicalId);
  });

  test('labels its pods, so its service account has a token', () => {
    expect(manifest(prod, 'ServiceAccount')).toMatchObject([{ automountServiceAccountToken: true }]);
    expect(manifest(plain, 'ServiceAccount')).toMatchObject([{ automountServiceAccountToken: false }]);
  });

  test('opens no connection but those that it needs', () => {
    expect(manifest(prod, 'NetworkPolicy')).toMatchObject([{ spec: { policyTypes: expect.arrayContaining(['Egress', 'Ingress']) as unknown } }]);
    expect(manifest(plain, 'NetworkPolicy')).toMatchObject([{ spec: { policyTypes: ['Ingress'] } }]);
  });

  test('is asked for by one chart release, which does not wait for it', () => {
    const { Properties } = release;
    // With the key's ARN in it, the values are put together at deployment.
    const { 'Fn::Join': [, parts] } = Properties.Values as { 'Fn::Join': [string, unknown[]] };
    const values = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'ARN')).join('')) as unknown;
    expect(Properties).toMatchObject({ Release: 'vault', Chart: 'vault', Version: '0.34.1', Namespace: 'vault' });
    expect(Properties.Wait).toBeUndefined();
    expect(values).toMatchObject({ global: { tlsDisable: false }, server: { ha: { enabled: true, replicas: 3, raft: { enabled: true } } } });
    expect(JSON.stringify(values)).not.toMatch(/devRootToken|LoadBalancer|NodePort|ingress/i);
  });

  test.each(['prod', 'trial'])('leaves behind what its data cannot be read without: %s', (name) => {
    const stack = template(`${name}-Vault`);
    const kept = Object.entries(stack.toJSON().Resources as Record<string, { DeletionPolicy?: string }>).filter(([, each]) => each.DeletionPolicy === 'Retain').map(([logicalId]) => logicalId.replace(/[0-9A-F]{8}$/, ''));
    expect(kept.sort()).toEqual(['AuthorityGuard', 'CertificateAuthority', 'Namespace', 'RaftBackupKey', 'RaftRecoveryKeysSecret', 'RaftSealKey', 'SnapshotsBucket', 'StorageClass'].map((id) => expect.stringMatching(id) as unknown));
  });
});

describe('a dev-mode Vault', () => {
  test('has nothing of all that', () => {
    for (const type of ['AWS::KMS::Key', 'AWS::SecretsManager::Secret', 'AWS::S3::Bucket']) plain.resourceCountIs(type, 0);
    expect(resources(plain, 'AWS::Events::Rule').map(({ logicalId }) => logicalId)).toEqual([expect.stringMatching(/^ConfigurationDriftCheck/)]);
    expect(resources(plain, MANIFEST).map(({ logicalId }) => logicalId.replace(/Resource.*|[0-9A-F]{8}$/, '')).sort()).toEqual(['ConfigurationAccess', 'Namespace', 'NetworkPolicy', 'ServiceAccount'].map((id) => expect.stringMatching(id) as unknown));
    expect(stacks.has('plain-Monitoring')).toBe(false);
  });
});
