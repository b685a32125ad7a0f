import { App, Stack, type RemovalPolicy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { WITHOUT_VALIDATION } from '../../lib/app-props';
import type { Environment, Raft } from '../../lib/environment/environment';
import { parseEnvironments } from '../../lib/environment/parse';
import { RaftGround } from '../../lib/vault/raft-ground';
import { fullRaft, takenOver } from '../environment/inputs';
import { environments } from '../environments';
import { resource, resources } from '../manifests';

interface Applied {
  readonly objects: readonly { kind: string; metadata: { name: string; namespace?: string }; spec: Record<string, unknown> }[];
  readonly removalPolicy: RemovalPolicy | undefined;
  readonly construct: Construct;
  /** Ids of what is applied before. */
  readonly after: () => readonly string[];
}

function ground(input: unknown, change: Partial<Raft> = {}) {
  const [parsed] = parseEnvironments({ prod: input });
  const environment = parsed as Environment;
  const stack = new Stack(new App(WITHOUT_VALIDATION), 'Vault', { env: { account: environment.account, region: environment.region } });
  const applied = new Map<string, Applied>();
  const namespace = new Construct(stack, 'Namespace');
  const made = new RaftGround(stack, 'Raft', {
    environment,
    raft: { ...(environment.vault.raft as Raft), ...change },
    namespace,
    apply: (id, chart: Chart, removalPolicy) => {
      const construct = new Construct(stack, id);
      const after = () => construct.node.dependencies.map((each) => (each as Construct).node.id);
      applied.set(id, { objects: chart.toJson() as Applied['objects'], removalPolicy, construct, after });
      return construct;
    },
  });
  return { ground: made, applied, needs: made.needs.map((each) => (each as Construct).node.id), template: Template.fromStack(stack), stack };
}

const whole = ground(environments.prod);
const values = JSON.stringify(whole.stack.resolve(whole.ground.helmValues));

test('is there before the pods: the right on the seal’s key, the storage class, the certificate', () => {
  expect(whole.needs).toEqual(['Seal', 'StorageClass', 'Certificate']);
});

test('the pods are sealed by the key, in their region, as the version of Vault in the chart', () => {
  expect(whole.stack.resolve(whole.ground.sealKeyArn)).toEqual({ 'Fn::GetAtt': [resource(whole.template, 'AWS::KMS::Key', 'RaftSeal').logicalId, 'Arn'] });
  expect(values).toContain(resource(whole.template, 'AWS::KMS::Key', 'RaftSeal').logicalId);
  expect(values).toContain('region = \\"us-east-1\\"');
  expect(values).toContain('hashicorp/vault:2.0.4@sha256:5be49781');
});

test('what is at rest has another key than the seal, which outlives the stack too', () => {
  expect(resource(whole.template, 'AWS::KMS::Key', 'RaftBackupKey')).toMatchObject({ DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } });
  expect(resource(whole.template, 'AWS::SecretsManager::Secret').Properties.KmsKeyId).toEqual(whole.stack.resolve(whole.ground.backupKey.keyArn));
});

test('the storage class stays: claims that are left name it', () => {
  expect(whole.applied.get('StorageClass')).toMatchObject({ removalPolicy: 'retain', objects: [{ kind: 'StorageClass', metadata: { name: 'vault-gp3' } }] });
});

describe('certificates', () => {
  const { applied } = whole;

  test('are asked for only when the authority is guarded and there', () => {
    expect(applied.get('CertificateAuthority')?.after()).toEqual(['AuthorityGuard']);
    expect(applied.get('Certificate')?.after()).toEqual(['Namespace', 'CertificateAuthority']);
  });

  test('the authority stays, for a running Gloo trusts no other, and so does its guard', () => {
    expect(applied.get('CertificateAuthority')?.removalPolicy).toBe('retain');
    expect(applied.get('AuthorityGuard')?.removalPolicy).toBe('retain');
    expect(applied.get('Certificate')?.removalPolicy).toBeUndefined();
  });

  test("the guard lets Vault's and Gloo's namespaces through", () => {
    const moved = ground({ ...environments.prod, vault: { namespace: 'secrets' }, gloo: { namespace: 'gateway' } });
    expect(JSON.stringify(moved.applied.get('AuthorityGuard')?.objects)).toContain("object.metadata.namespace in ['secrets', 'gateway']");
    expect(moved.applied.get('Certificate')?.objects).toMatchObject([{ metadata: { name: 'vault-tls', namespace: 'secrets' }, spec: { dnsNames: expect.arrayContaining(['vault-active.secrets']) as unknown } }]);
  });

  test('there are none without TLS', () => {
    const plain = ground(environments.prod, { tls: false });
    expect(plain.needs).toEqual(['Seal', 'StorageClass']);
    expect([...plain.applied.keys()]).toEqual(['StorageClass']);
  });
});

describe('what there is', () => {
  const taken = ground(fullRaft());

  test('is taken over: no key to seal with and no secret is made', () => {
    expect(resources(taken.template, 'AWS::KMS::Key', 'RaftSeal')).toEqual([]);
    taken.template.resourceCountIs('AWS::SecretsManager::Secret', 0);
    taken.template.resourceCountIs('AWS::KMS::Alias', 0);
    expect(taken.ground.sealKeyArn).toBe(takenOver.kmsKeyArn);
    expect(taken.ground.recoveryKeys.secretArn).toBe(takenOver.recovery.secret.arn);
  });

  test('seals the pods', () => {
    expect(JSON.stringify(taken.ground.helmValues)).toContain(`kms_key_id = \\"${takenOver.kmsKeyArn}\\"`);
  });
});
