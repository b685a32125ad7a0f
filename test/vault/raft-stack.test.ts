import { Match } from 'aws-cdk-lib/assertions';
import type { EnvironmentInput } from '../../lib/environment/input';
import { environments } from '../environments';
import { manifest, resource, resources } from '../manifests';
import { synthesize } from '../synthesize';

const { existing, prod } = environments as Record<'existing' | 'prod', EnvironmentInput>;
if (!('import' in existing.cluster)) throw new Error('existing imports its cluster');
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555';
const SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:kept-AbCdEf';
const { template } = synthesize({
  prod,
  // What an earlier stack left, on a cluster that has one of the two add-ons.
  again: {
    ...existing,
    production: true,
    cluster: { import: { ...existing.cluster.import, addons: { 'cert-manager': 'v1.19.1-eksbuild.1' } } },
    vault: { raft: { replicas: 1, kmsKeyArn: KEY, recovery: { secret: { arn: SECRET, kmsKeyArn: KEY } }, snapshots: { bucket: { name: 'kept', versioning: 'Enabled' } } } },
  },
  open: { ...existing, cluster: { import: { ...existing.cluster.import, name: 'open', addons: {} } }, vault: { mode: 'raft', raft: { tls: false } } },
});
const vault = template('prod-Vault');
const again = template('again-Vault');
const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource';
const ADDON = 'AWS::EKS::Addon';

describe('the seal', () => {
  const key = resource(vault, 'AWS::KMS::Key', 'RaftSealKey');

  test('is a key that rotates, outlives its stack, and is deleted after 30 days at the earliest', () => {
    expect(key).toMatchObject({ DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true, PendingWindowInDays: 30 } });
    expect(resource(vault, 'AWS::KMS::Alias').Properties).toMatchObject({ AliasName: 'alias/vault-seal-gloo-prod' });
  });

  test("may be used by Vault's pods, and by nobody else here", () => {
    expect(resource(vault, 'AWS::IAM::Policy', 'RaftSealUse').Properties).toMatchObject({
      Roles: ['vault-server-gloo-prod'],
      PolicyDocument: { Statement: [{ Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt'], Resource: { 'Fn::GetAtt': [key.logicalId, 'Arn'] } }] },
    });
    const others = resources(vault, 'AWS::IAM::Policy').filter(({ logicalId }) => !logicalId.startsWith('RaftSealUse'));
    for (const { Properties } of others) expect(JSON.stringify(Properties)).not.toContain(key.logicalId);
  });

  test('is the key in Vault’s configuration', () => {
    expect(JSON.stringify(resource(vault, 'Custom::AWSCDK-EKS-HelmChart').Properties.Values)).toContain(key.logicalId);
    expect(String(resource(again, 'Custom::AWSCDK-EKS-HelmChart').Properties.Values)).toContain(`kms_key_id = \\"${KEY}\\"`);
  });
});

describe('recovery keys', () => {
  test('have a secret that the template leaves empty, under another key than the seal’s, and that outlives the stack', () => {
    const secret = resource(vault, 'AWS::SecretsManager::Secret');
    expect(secret.DeletionPolicy).toBe('Retain');
    expect(Object.keys(secret.Properties).sort()).toEqual(['Description', 'KmsKeyId']);
    expect(JSON.stringify(secret.Properties.KmsKeyId)).toContain(resource(vault, 'AWS::KMS::Key', 'RaftBackupKey').logicalId);
  });

  test('are the function’s to write, through Secrets Manager alone', () => {
    vault.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
            Resource: { Ref: resource(vault, 'AWS::SecretsManager::Secret').logicalId },
          }),
          Match.objectLike({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Condition: { StringEquals: { 'kms:ViaService': { 'Fn::Join': ['', ['secretsmanager.us-east-1.', { Ref: 'AWS::URLSuffix' }]] } } } }),
        ]),
      },
    });
  });
});

test('what an earlier stack left is taken over, and nothing is made in its place', () => {
  again.resourceCountIs('AWS::SecretsManager::Secret', 0);
  again.resourceCountIs('AWS::S3::Bucket', 0);
  expect(resources(again, 'AWS::KMS::Key', 'RaftSeal')).toEqual([]);
  expect(resource(again, 'AWS::IAM::Policy', 'RaftSealUse').Properties).toMatchObject({ Roles: ['vault-server-platform'], PolicyDocument: { Statement: [{ Resource: KEY }] } });
  expect(resource(again, 'Custom::VaultConfiguration').Properties).toMatchObject({ initialisation: { secretArn: SECRET, replicas: '1', pod: 'https:vault-0:8200' } });
});

test('what holds data is applied so that the next stack finds it, and stays', () => {
  for (const id of ['Namespace', 'StorageClass', 'CertificateAuthority']) {
    expect(resource(vault, MANIFEST, id)).toMatchObject({ DeletionPolicy: 'Retain', Properties: { Overwrite: true } });
  }
});

test('the volumes are encrypted, bound in the pod’s zone, and kept', () => {
  expect(manifest(vault, 'StorageClass')).toMatchObject([
    { metadata: { name: 'vault-gp3' }, provisioner: 'ebs.csi.aws.com', parameters: { type: 'gp3', encrypted: 'true' }, reclaimPolicy: 'Retain', volumeBindingMode: 'WaitForFirstConsumer' },
  ]);
});

describe('certificates', () => {
  const certificates = (stack: string, id: string) => resources(template(stack), MANIFEST, id).flatMap(({ Properties }) => JSON.parse(Properties.Manifest as string) as Record<string, unknown>[]);

  test('are for the names that Gloo, the replicas and a pod’s own command line use', () => {
    const [server] = certificates('prod-Vault', 'Certificate').filter(({ metadata }) => (metadata as { name: string }).name === 'vault-tls');
    expect(server).toMatchObject({
      kind: 'Certificate',
      metadata: { namespace: 'vault' },
      spec: {
        secretName: 'vault-tls',
        dnsNames: ['vault-active.vault', 'vault-active.vault.svc', 'vault-active.vault.svc.cluster.local', '*.vault-internal'],
        ipAddresses: ['127.0.0.1'],
        duration: '2160h',
        renewBefore: '720h',
        usages: ['digital signature', 'server auth'],
        issuerRef: { kind: 'ClusterIssuer', name: 'vault-ca' },
      },
    });
    expect(certificates('prod-Gloo', 'Certificate')).toMatchObject([{ metadata: { namespace: 'gloo-system' }, spec: { secretName: 'vault-client-tls', issuerRef: { name: 'vault-ca' } } }]);
  });

  test('are signed by an authority whose key never changes by itself', () => {
    const authority = certificates('prod-Vault', 'CertificateAuthority').find(({ kind }) => kind === 'Certificate');
    expect(authority).toMatchObject({ metadata: { namespace: 'cert-manager' }, spec: { isCA: true, duration: '87600h', privateKey: { rotationPolicy: 'Never' } } });
  });

  test('are issued for the two namespaces alone', () => {
    const [policy, binding] = certificates('prod-Vault', 'AuthorityGuard');
    expect(policy).toMatchObject({
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [{ apiGroups: ['cert-manager.io'], operations: ['CREATE', 'UPDATE'], resources: ['certificaterequests'] }] },
        validations: [{ expression: "object.metadata.namespace in ['vault', 'gloo-system']" }],
      },
    });
    expect(binding).toMatchObject({ spec: { policyName: 'vault-ca-requests', validationActions: ['Deny'] } });
  });
});

describe('add-ons', () => {
  const names = (stack: string) => resources(template(stack), ADDON).map(({ Properties }) => Properties.addonName ?? Properties.AddonName).sort();

  test('a new cluster gets both, an imported one what it lacks, and cert-manager only where there is TLS', () => {
    expect(names('prod-Cluster')).toEqual(['aws-ebs-csi-driver', 'cert-manager', 'coredns', 'kube-proxy', 'vpc-cni']);
    expect(names('again-Identity')).toEqual(['aws-ebs-csi-driver']);
    expect(names('open-Identity')).toEqual(['aws-ebs-csi-driver']);
  });

  test('the EBS driver’s role trusts its own service account alone', () => {
    const role = resource(template('again-Identity'), 'AWS::IAM::Role', 'AddonsEbsCsiRole');
    expect(JSON.stringify(role.Properties.AssumeRolePolicyDocument)).toContain('system:serviceaccount:kube-system:ebs-csi-controller-sa');
  });
});

test('the pods start after seal, volumes and certificate; the configuration after the pods; Gloo after its own certificate', () => {
  const chart = resource(vault, 'Custom::AWSCDK-EKS-HelmChart');
  for (const id of ['StorageClass', 'Certificate', 'NetworkPolicy', 'ServiceAccount']) {
    expect(chart.DependsOn).toEqual(expect.arrayContaining(resources(vault, MANIFEST, id).filter(({ logicalId }) => !logicalId.startsWith('CertificateAuthority')).map(({ logicalId }) => logicalId)));
  }
  expect(chart.DependsOn).toContain(resource(vault, 'AWS::IAM::Policy', 'RaftSealUse').logicalId);
  expect(resource(vault, 'Custom::VaultConfiguration').DependsOn).toContain(chart.logicalId);
  const gloo = template('prod-Gloo');
  expect(resource(gloo, 'Custom::AWSCDK-EKS-HelmChart').DependsOn).toContain(resource(gloo, MANIFEST, 'Certificate').logicalId);
});

test('without TLS there is no certificate, and Gloo speaks plain HTTP', () => {
  const plain = template('open-Vault');
  expect(resources(plain, MANIFEST, 'Certificate')).toEqual([]);
  expect(resources(plain, MANIFEST, 'AuthorityGuard')).toEqual([]);
  expect(JSON.stringify(resource(template('open-Gloo'), 'Custom::AWSCDK-EKS-HelmChart').Properties.Values)).toContain('http://vault-active.vault:8200');
});

test('the network policy lets Vault out to names, its replicas, the API server and AWS, and not to the instance metadata', () => {
  const [{ spec }] = manifest(vault, 'NetworkPolicy') as unknown as [{ spec: { policyTypes: string[]; egress: unknown[] } }];
  const pods = { 'app.kubernetes.io/name': 'vault', 'app.kubernetes.io/instance': 'vault', component: 'server' };
  const tcp = (...ports: number[]) => ports.map((port) => ({ port, protocol: 'TCP' }));
  expect(spec.policyTypes.sort()).toEqual(['Egress', 'Ingress']);
  expect(spec.egress).toEqual([
    {
      to: [{ podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } }, namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
      ports: [{ port: 53, protocol: 'UDP' }, ...tcp(53)],
    },
    { to: [{ podSelector: { matchLabels: pods } }], ports: tcp(8200, 8201) },
    ...['10.0.3.0/27', '10.0.3.32/27', '10.0.3.64/27'].map((cidr) => ({ to: [{ ipBlock: { cidr } }], ports: tcp(443) })),
    { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }], ports: tcp(443) },
  ]);
});
