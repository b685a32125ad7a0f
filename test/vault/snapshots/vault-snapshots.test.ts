import { Bucket } from 'aws-cdk-lib/aws-s3';
import { manifest, resource, type Resource } from '../../manifests';
import { decodeProperties, LARGEST_SNAPSHOT } from '../../../lib/vault/snapshots/properties';
import { VaultSnapshots } from '../../../lib/vault/snapshots/vault-snapshots';
import { findings, snapshotStack } from './stack';

const made = snapshotStack();
const template = made.template();
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';
const given = snapshotStack({ bucket: { name: 'team.backups', kmsKeyArn: KEY }, everyHours: 24 });
const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const bucket = resource(template, 'AWS::S3::Bucket');
const keyless = snapshotStack({ bucket: { name: 'team-backups' } }).template();

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: unknown;
  readonly Resource: unknown;
  readonly Condition?: unknown;
}
const statementsOf = ({ Properties }: Resource) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement;
const rights = (of = template) => statementsOf(resource(of, 'AWS::IAM::Policy', 'SnapshotsRights')).slice(1);

describe('a bucket of its own', () => {
  test('keeps versions, encrypts under the given key, and is kept when the stack goes', () => {
    expect(bucket.Properties).toEqual({
      VersioningConfiguration: { Status: 'Enabled' },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arnOf(resource(template, 'AWS::KMS::Key').logicalId) } },
        ],
      },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      LifecycleConfiguration: {
        Rules: [{ Id: 'Retention', Status: 'Enabled', ExpirationInDays: 35, NoncurrentVersionExpiration: { NoncurrentDays: 35 }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }],
      },
    });
    expect(bucket).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    template.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
  });

  test('keeps snapshots as long as the environment says', () => {
    const { Properties } = resource(snapshotStack({ retentionDays: 400 }).template(), 'AWS::S3::Bucket');
    expect(Properties.LifecycleConfiguration).toMatchObject({ Rules: [{ ExpirationInDays: 400, NoncurrentVersionExpiration: { NoncurrentDays: 400 } }] });
  });

  test('refuses who comes without TLS, or with an old one', () => {
    const denied = statementsOf(resource(template, 'AWS::S3::BucketPolicy'));
    expect(denied.map(({ Effect, Action, Condition }) => [Effect, Action, Condition])).toEqual([
      ['Deny', 's3:*', { Bool: { 'aws:SecureTransport': 'false' } }],
      ['Deny', 's3:*', { NumericLessThan: { 's3:TlsVersion': 1.2 } }],
    ]);
  });
});

describe('a bucket that there is', () => {
  test('is taken as it is', () => {
    given.template().resourceCountIs('AWS::S3::Bucket', 0);
    given.template().resourceCountIs('AWS::S3::BucketPolicy', 0);
    expect([given.snapshots.bucketName, given.snapshots.bucketArn]).toEqual(['team.backups', expect.stringContaining('s3:::team.backups')]);
  });

  test('with its own key, or with one that needs no right', () => {
    expect(rights(given.template()).map(({ Action, Resource }) => [Action, Resource])).toEqual([
      ['s3:PutObject', 'arn:aws:s3:::team.backups/gloo-prod/*'],
      ['kms:GenerateDataKey', KEY],
    ]);
    expect(rights(keyless).map(({ Action }) => Action)).toEqual(['s3:PutObject']);
  });
});

describe('its function', () => {
  test("may put objects under its cluster's name, encrypted under the bucket's key, and nothing else", () => {
    expect(rights()).toEqual([
      { Sid: 'StoreSnapshots', Effect: 'Allow', Action: 's3:PutObject', Resource: { 'Fn::Join': ['', [arnOf(bucket.logicalId), '/gloo-prod/*']] } },
      {
        Sid: 'EncryptSnapshots',
        Effect: 'Allow',
        Action: 'kms:GenerateDataKey',
        Resource: arnOf(resource(template, 'AWS::KMS::Key').logicalId),
        Condition: { StringEquals: { 'kms:ViaService': { 'Fn::Join': ['', ['s3.us-east-1.', { Ref: 'AWS::URLSuffix' }]] } } },
      },
    ]);
    expect(resource(template, 'AWS::IAM::Role', 'SnapshotsRole').Properties).toMatchObject({ RoleName: 'vault-backup-gloo-prod' });
  });

  test("reaches the leader's Service alone, to log in and to read", () => {
    expect(manifest(template, 'SnapshotsAccess')[0]).toMatchObject({
      kind: 'Role',
      metadata: { name: 'vault-snapshots', namespace: 'vault' },
      rules: [{ apiGroups: [''], resources: ['services/proxy'], resourceNames: ['https:vault-active:8200'], verbs: ['get', 'update'] }],
    });
    expect(resource(template, 'AWS::EKS::AccessEntry', 'Snapshots').Properties.KubernetesGroups).toEqual(['vault-snapshots']);
  });

  test('has the room and the time for the largest snapshot', () => {
    expect(resource(template, 'AWS::Lambda::Function', 'SnapshotsFunction').Properties).toMatchObject({ Timeout: 900, MemorySize: 512, EphemeralStorage: { Size: LARGEST_SNAPSHOT / 1024 ** 2 } });
  });

  test('is run again when it failed, for an hour at most', () => {
    expect(resource(template, 'AWS::Lambda::EventInvokeConfig').Properties).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600 });
  });
});

describe('its schedule', () => {
  interface Target {
    readonly Input: { readonly 'Fn::Join': readonly [string, readonly unknown[]] };
  }
  const rule = resource(template, 'AWS::Events::Rule');

  test.each([
    ['every six hours', template, 'rate(6 hours)'],
    ['every day', given.template(), 'rate(1 day)'],
  ])('%s', (_, of, expression) => {
    expect(resource(of, 'AWS::Events::Rule').Properties).toMatchObject({ ScheduleExpression: expression, State: 'ENABLED' });
  });

  test('begins when Vault is configured and nothing keeps the function out', () => {
    const needed = [
      resource(template, 'Custom::Configured'),
      resource(template, 'AWS::EKS::AccessEntry', 'Snapshots'),
      resource(template, 'AWS::IAM::Policy', 'SnapshotsRights'),
      resource(template, 'Custom::AWSCDK-EKS-KubernetesResource', 'SnapshotsAccess'),
    ];
    expect(rule.DependsOn).toEqual(expect.arrayContaining(needed.map(({ logicalId }) => logicalId)));
  });

  test('says what the handler reads', () => {
    const [target] = rule.Properties.Targets as [Target];
    const parts = target.Input['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'the-bucket'));
    const { cluster, ...rest } = decodeProperties(JSON.parse(parts.join('')));
    expect(cluster).toMatchObject({ name: 'gloo-prod', endpoint: expect.stringMatching(/^https:/) as unknown });
    expect(rest).toEqual({
      vault: { namespace: 'vault', service: 'https:vault-active:8200' },
      authMethod: { mountPath: 'aws', serverIdHeader: made.environment.vault.auth.serverIdHeader, stsEndpoint: 'https://sts.us-east-1.amazonaws.com', stsRegion: 'us-east-1' },
      role: 'vault-backup-gloo-prod',
      bucket: 'the-bucket',
      prefix: 'gloo-prod',
    });
  });
});

test.each([
  ['its own bucket', {}],
  ['a given one', { bucket: { name: 'team.backups', kmsKeyArn: KEY } }],
])('it keeps the rules of AWS Solutions with %s', (_, change) => {
  expect(findings(snapshotStack(change))).toEqual([]);
});

test('a bucket that breaks them is found', () => {
  const stack = snapshotStack();
  new Bucket(stack.snapshots, 'Unsafe');
  expect(findings(stack)).toContain('AwsSolutions-S10');
});

test('a Vault in memory has no snapshots', () => {
  const { environment, app } = snapshotStack();
  const props = { environment: { ...environment, vault: { ...environment.vault, mode: 'dev', raft: undefined } } } as unknown as ConstructorParameters<typeof VaultSnapshots>[2];
  expect(() => new VaultSnapshots(app, 'X', props)).toThrow('VaultSnapshots needs a Vault of mode raft; environment "prod" has mode dev.');
});
