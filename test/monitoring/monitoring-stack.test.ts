import { Match } from 'aws-cdk-lib/assertions';
import { decodeWatchInput } from '../../lib/monitoring/watch-input';
import { manifest, resource, resources } from '../manifests';
import { ACCOUNT, CLUSTER, REGION, synthesizeMonitoring } from './synthesized';

const { template } = synthesizeMonitoring();
const SUBNETS = ['subnet-0a1b2c3d', 'subnet-0a1b2c3e'];
const given = synthesizeMonitoring(
  {
    vault: { mode: 'raft', namespace: 'secrets', raft: { replicas: 1, tls: false, alarmTopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:on-call` } },
    gloo: { namespace: 'gateway' },
  },
  { endpointAccess: 'private', vpc: { id: 'vpc-0a1b2c3d', availabilityZones: [`${REGION}a`, `${REGION}b`], privateSubnetIds: SUBNETS } },
).template;

/** Text of a template, with what only a deployment knows as `*`. */
const written = (value: unknown): string =>
  typeof value === 'string' ? value : ((value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join']?.[1].map(written).join('') ?? '*');

describe('the watch function', () => {
  test('reads the state of the seal’s key in AWS, and nothing else', () => {
    const role = resource(template, 'AWS::IAM::Role', 'WatchRole');
    expect(role.Properties).toMatchObject({ RoleName: `vault-watch-${CLUSTER}` });
    expect(role.Properties.ManagedPolicyArns).toBeUndefined();
    const { PolicyDocument } = resource(template, 'AWS::IAM::Policy').Properties as { PolicyDocument: { Statement: { Action: unknown; Resource: unknown }[] } };
    expect(PolicyDocument.Statement.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], { 'Fn::GetAtt': [resource(template, 'AWS::Logs::LogGroup').logicalId, 'Arn'] }],
      ['kms:DescribeKey', { 'Fn::GetStackOutput': expect.objectContaining({ OutputName: expect.stringContaining('Seal') as unknown }) as unknown }],
    ]);
  });

  test('may send GET to Vault’s pods, its leader and Gloo’s metrics, and to nothing else in the cluster', () => {
    const rule = (resource: string, name: string) => ({ apiGroups: [''], resources: [resource], resourceNames: [name], verbs: ['get'] });
    const roles = manifest(template, 'WatchAccess').filter(({ kind }) => kind === 'Role');
    expect(roles.map(({ metadata, rules }) => [metadata, rules])).toEqual([
      [
        { name: 'vault-watch', namespace: 'vault' },
        [rule('services/proxy', 'https:vault-active:8200'), ...[0, 1, 2].map((pod) => rule('pods/proxy', `https:vault-${pod}:8200`))],
      ],
      [{ name: 'vault-watch', namespace: 'gloo-system' }, [rule('services/proxy', 'http:gloo:9091')]],
    ]);
    const bindings = manifest(template, 'WatchAccess').filter(({ kind }) => kind === 'RoleBinding');
    expect(bindings).toHaveLength(2);
    for (const { subjects } of bindings) expect(subjects).toEqual([{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'vault-watch' }]);
    expect(resource(template, 'AWS::EKS::AccessEntry').Properties).toMatchObject({ KubernetesGroups: ['vault-watch'] });
    expect(resource(template, 'AWS::EKS::AccessEntry').Properties.AccessPolicies).toBeUndefined();
  });

  test('runs every minute once it may, on input that its handler takes', () => {
    const { Properties, DependsOn } = resource(template, 'AWS::Events::Rule');
    expect(Properties).toMatchObject({ ScheduleExpression: 'rate(1 minute)', Targets: [{ RetryPolicy: { MaximumRetryAttempts: 0 } }] });
    expect(resource(template, 'AWS::Lambda::EventInvokeConfig').Properties).toMatchObject({ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 });
    const [target] = Properties.Targets as [{ Input: unknown }];
    const input = written(target.Input).replace('"sealKeyArn":"*"', '"sealKeyArn":"arn:"');
    expect(decodeWatchInput(JSON.parse(input))).toMatchObject({
      cluster: { name: CLUSTER },
      vault: { namespace: 'vault', service: 'https:vault-active:8200', pods: ['https:vault-0:8200', 'https:vault-1:8200', 'https:vault-2:8200'] },
      gloo: { namespace: 'gloo-system', service: 'http:gloo:9091' },
    });
    for (const needed of ['AWS::IAM::Policy', 'AWS::EKS::AccessEntry', 'Custom::AWSCDK-EKS-KubernetesResource']) expect(DependsOn).toContain(resource(template, needed).logicalId);
  });

  test('has no variable and no secret: it has no login to Vault', () => {
    expect(resource(template, 'AWS::Lambda::Function').Properties.Environment).toBeUndefined();
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });

  test('another Vault, in other namespaces and behind a private endpoint', () => {
    const roles = manifest(given, 'WatchAccess').filter(({ kind }) => kind === 'Role');
    expect(roles).toMatchObject([
      { metadata: { namespace: 'secrets' }, rules: [{ resourceNames: ['http:vault-active:8200'] }, { resourceNames: ['http:vault-0:8200'] }] },
      { metadata: { namespace: 'gateway' }, rules: [{ resourceNames: ['http:gloo:9091'] }] },
    ]);
    const { SecurityGroupIds, SubnetIds } = resource(given, 'AWS::Lambda::Function').Properties.VpcConfig as { SecurityGroupIds: unknown[]; SubnetIds: unknown[] };
    expect([SubnetIds, SecurityGroupIds.length]).toEqual([SUBNETS, 1]);
    given.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { FromPort: 443, SourceSecurityGroupId: SecurityGroupIds[0] });
  });
});

describe('the topic', () => {
  test('is our own: TLS alone, and encrypted by a key that CloudWatch may use for this account', () => {
    const key = resource(template, 'AWS::KMS::Key');
    const topic = resource(template, 'AWS::SNS::Topic');
    expect(topic.Properties.KmsMasterKeyId).toEqual({ 'Fn::GetAtt': [key.logicalId, 'Arn'] });
    const { Statement: ofKey } = key.Properties.KeyPolicy as { Statement: unknown[] };
    expect(ofKey).toContainEqual(
      expect.objectContaining({ Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }),
    );
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]) },
    });
    template.hasOutput('AlarmTopicArn', { Value: { Ref: topic.logicalId } });
  });

  test('lets this cluster’s alarms publish, every one of them', () => {
    const { Statement } = resource(template, 'AWS::SNS::TopicPolicy').Properties.PolicyDocument as { Statement: { Effect: string; Principal: unknown; Action: unknown; Condition: { ArnLike?: Record<string, unknown> } }[] };
    const [allowed, ...others] = Statement.filter(({ Effect }) => Effect === 'Allow');
    expect(others).toEqual([]);
    expect(allowed).toMatchObject({ Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: 'sns:Publish', Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } });
    const pattern = written(allowed?.Condition.ArnLike?.['aws:SourceArn']).split('alarm:')[1];
    expect(pattern).toBe(`${CLUSTER}-vault-*`);
    for (const { Properties } of resources(template, 'AWS::CloudWatch::Alarm')) expect(Properties.AlarmName).toMatch(new RegExp(`^${CLUSTER}-vault-\\w+$`));
  });

  test('is the one given, which is left as it is', () => {
    given.resourceCountIs('AWS::SNS::Topic', 0);
    given.resourceCountIs('AWS::SNS::TopicPolicy', 0);
    given.resourceCountIs('AWS::KMS::Key', 0);
    const arn = `arn:aws:sns:${REGION}:${ACCOUNT}:on-call`;
    given.hasOutput('AlarmTopicArn', { Value: arn });
    for (const { Properties } of resources(given, 'AWS::CloudWatch::Alarm')) expect(Properties).toMatchObject({ AlarmActions: [arn], OKActions: [arn] });
  });
});

test('a Vault in memory is not watched', () => {
  expect(() => synthesizeMonitoring({ vault: { mode: 'dev' } })).toThrow(
    `Environment "trial": vault.mode is 'dev', and only a Vault of mode 'raft' is watched; make no MonitoringStack for it.`,
  );
});
