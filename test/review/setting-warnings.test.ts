import type { Resource } from '../../review/model';
import { settingWarnings } from '../../review/setting-warnings';
import { warningsOf } from '../../review/warnings';

const warnings = (type: string, before: Record<string, unknown>, after: Record<string, unknown>) => settingWarnings({ impact: 'update', before: { Type: type, Properties: before }, after: { Type: type, Properties: after } });

const KEY = 'AWS::KMS::Key';
const BUCKET = 'AWS::S3::Bucket';
const VAULT = 'Custom::VaultConfiguration';
const rules = (days: number, status = 'Enabled') => ({ LifecycleConfiguration: { Rules: [{ Status: status, ExpirationInDays: days, NoncurrentVersionExpiration: { NoncurrentDays: 35 } }] } });
const logs = (...types: string[]) => ({ Logging: { ClusterLogging: { EnabledTypes: types.map((Type) => ({ Type })) } } });
const blocked = { BlockPublicAcls: true, BlockPublicPolicy: true };
const sts = (stsEndpoint: string) => ({ authMethod: { mountPath: 'aws', serverIdHeader: 'vault.example.com', stsEndpoint } });
const guest = { account: '111122223333', mountPath: 'payments', policy: 'payments', roles: ['one'] };
const named = (name: string) => ({ name, principalArn: `arn:aws:iam::111122223333:role/${name}` });

test.each<readonly [string, Record<string, unknown>, Record<string, unknown>, string]>([
  [KEY, {}, { Enabled: false }, 'a disabled key decrypts nothing'],
  [KEY, { EnableKeyRotation: true }, { EnableKeyRotation: false }, 'rotated no more'],
  [KEY, { PendingWindowInDays: 30 }, { PendingWindowInDays: 7 }, 'for fewer days'],
  [BUCKET, rules(35), rules(1), 'deleted sooner'],
  [BUCKET, rules(1, 'Disabled'), rules(1), 'deleted sooner'],
  [BUCKET, { VersioningConfiguration: { Status: 'Enabled' } }, {}, 'overwritten or deleted is gone'],
  [BUCKET, { PublicAccessBlockConfiguration: blocked }, {}, 'the public can be let in'],
  [BUCKET, { PublicAccessBlockConfiguration: blocked }, { PublicAccessBlockConfiguration: { ...blocked, BlockPublicPolicy: false } }, 'the public can be let in'],
  [BUCKET, { BucketEncryption: { a: 1 } }, {}, 'encrypted by another key'],
  ['AWS::EKS::Cluster', logs('api', 'audit'), logs('api'), 'writes fewer logs'],
  ['AWS::EKS::Cluster', { AccessConfig: { AuthenticationMode: 'API' } }, { AccessConfig: { AuthenticationMode: 'API_AND_CONFIG_MAP' } }, 'decided in another way'],
  ['AWS::EC2::LaunchTemplate', { LaunchTemplateData: { MetadataOptions: { HttpTokens: 'required' } } }, { LaunchTemplateData: {} }, "their node's role"],
  ['AWS::IAM::Role', { PermissionsBoundary: 'arn' }, {}, 'permissions boundary'],
  ['AWS::Lambda::Function', { Role: { 'Fn::GetAtt': ['One', 'Arn'] } }, { Role: { 'Fn::GetAtt': ['Other', 'Arn'] } }, 'runs as another role'],
  ['AWS::Events::Rule', { State: 'ENABLED' }, { State: 'DISABLED' }, 'started no more'],
  ['AWS::CloudWatch::Alarm', {}, { ActionsEnabled: false }, 'tells nobody'],
  ['AWS::CloudWatch::Alarm', { AlarmActions: [{ Ref: 'Topic' }] }, { AlarmActions: [] }, 'tells fewer'],
  ['AWS::Logs::LogGroup', { RetentionInDays: 365 }, { RetentionInDays: 1 }, 'older lines are deleted'],
  [VAULT, { cluster: { name: 'a' } }, { cluster: { name: 'b' } }, 'another Vault, an empty one'],
  [VAULT, { vault: { namespace: 'a' } }, { vault: { namespace: 'b' } }, 'another Vault, an empty one'],
  [VAULT, { vault: { mode: 'raft' } }, { vault: { mode: 'dev' } }, 'another Vault, an empty one'],
  [VAULT, sts('https://sts.us-east-1.amazonaws.com'), sts('https://sts.example.org'), 'whoever answers there decides'],
  [VAULT, { authMethod: { mountPath: 'aws' } }, { authMethod: { mountPath: 'other' } }, 'logs in at another mount'],
  [VAULT, { authMethod: { serverIdHeader: 'a' } }, { authMethod: { serverIdHeader: 'b' } }, 'earlier server id is refused'],
  [VAULT, { auditDevice: 'stdout' }, { auditDevice: 'none' }, 'no audit log'],
  [VAULT, { provisioner: named('a') }, { provisioner: named('b') }, 'write policies in Vault'],
  [VAULT, {}, { operators: { name: 'operators', principalArns: ['arn:aws:iam::999999999999:role/x'] } }, 'as operators'],
  [VAULT, { snapshots: named('a') }, { snapshots: named('b') }, 'takes snapshots'],
  [VAULT, { roles: [named('a')] }, { roles: [named('a'), named('b')] }, 'as Gloo'],
  [VAULT, { role: named('a') }, { role: named('b') }, 'as Gloo'],
  [VAULT, {}, { guests: [guest] }, 'that they had not'],
  [VAULT, { guests: [guest] }, { guests: [] }, 'cannot log in'],
])('%s %j → %j', (type, before, after, words) => {
  expect(warnings(type, before, after)).toEqual([expect.stringContaining(words)]);
  expect(warnings(type, before, before)).toEqual([]);
  expect(warnings('AWS::SNS::Topic', before, after)).toEqual([]);
});

test('what grows safer, and what is made or removed, needs no such warning', () => {
  expect(warnings(BUCKET, rules(1), rules(35))).toEqual([]);
  expect(warnings('AWS::EKS::Cluster', logs('api'), logs('api', 'audit'))).toEqual([]);
  expect(warnings(VAULT, { auditDevice: 'none' }, { auditDevice: 'stdout' })).toEqual([]);
  expect(warnings('AWS::Logs::LogGroup', { RetentionInDays: 30 }, { RetentionInDays: 365 })).toEqual([]);
  const disabled: Resource = { Type: KEY, Properties: { Enabled: false } };
  expect(settingWarnings({ impact: 'create', before: undefined, after: disabled })).toEqual([]);
});

describe('an access entry', () => {
  const entry = (settings: Record<string, unknown>): Resource => ({ Type: 'AWS::EKS::AccessEntry', Properties: { PrincipalArn: 'arn:aws:iam::111122223333:role/one', ...settings } });
  const policy = (name: string) => ({ AccessPolicies: [{ PolicyArn: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:eks::aws:cluster-access-policy/${name}`]] } }] });

  test.each<readonly [string, Resource | undefined, Resource, string]>([
    ['an administrator, made', undefined, entry(policy('AmazonEKSClusterAdminPolicy')), 'AmazonEKSClusterAdminPolicy lets it do or read nearly everything in the cluster'],
    ['an administrator, changed', entry(policy('AmazonEKSViewPolicy')), entry(policy('AmazonEKSAdminPolicy')), 'AmazonEKSAdminPolicy lets it do or read nearly everything in the cluster'],
    ['system:masters', entry({ KubernetesGroups: ['vault-watch'] }), entry({ KubernetesGroups: ['system:masters'] }), 'the group system:masters may do everything in the cluster'],
    ['another principal', entry({}), entry({ PrincipalArn: 'arn:aws:iam::999999999999:role/one' }), 'it lets in another principal than before'],
  ])('%s', (_, before, after, words) => {
    expect(warningsOf({ impact: before === undefined ? 'create' : 'update', before, after })).toEqual([words]);
  });

  test('of a group of its own needs no warning when it is made or replaced, and one when it goes', () => {
    const own = entry({ KubernetesGroups: ['vault-watch'] });
    expect(warningsOf({ impact: 'create', before: undefined, after: own })).toEqual([]);
    expect(warningsOf({ impact: 'replace', before: own, after: own })).toEqual([]);
    expect(warningsOf({ impact: 'remove', before: own, after: undefined })).toEqual(['whom it let in, the API server refuses: an operator, or a function of this app']);
  });
});

test('an add-on that goes', () => {
  expect(warningsOf({ impact: 'remove', before: { Type: 'AWS::EKS::Addon' }, after: undefined })).toEqual([expect.stringContaining('pods go without what it runs')]);
});
