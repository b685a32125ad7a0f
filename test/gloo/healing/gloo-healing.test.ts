import { decodeHealingInput } from '../../../lib/gloo/healing/input';
import type { EnvironmentInput } from '../../../lib/environment/input';
import { environments } from '../../environments';
import { helmRelease, manifest, resource, resources } from '../../manifests';
import { synthesize } from '../../synthesize';

const environment = (name: string, more: Partial<EnvironmentInput> = {}): EnvironmentInput => ({ account: '111122223333', region: 'us-east-1', cluster: { create: { name } }, ...more });
function oldCluster(existing: EnvironmentInput): EnvironmentInput {
  if (!('import' in existing.cluster)) throw new Error('existing imports its cluster');
  return { ...existing, cluster: { import: { ...existing.cluster.import, name: 'old', kubernetesVersion: '1.29' } }, gloo: { chartVersion: '1.20.1' } };
}
const { template } = synthesize({
  plain: environment('plain'),
  off: environment('off', { gloo: { healing: false, discovery: true } }),
  unproven: environment('unproven', { gloo: { loginProof: false } }),
  closed: environment('closed', { cluster: { create: { name: 'closed', endpointAccess: 'private' } }, gloo: { discovery: true, namespace: 'gateway' }, vault: { namespace: 'secrets' } }),
  prod: environments.prod as EnvironmentInput,
  old: oldCluster(environments.existing as EnvironmentInput),
});
const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource';
const RULE = 'AWS::Events::Rule';
const FUNCTION = 'AWS::Lambda::Function';
const plain = template('plain-Gloo');
const closed = template('closed-Gloo');

const ruleOf = (stack: typeof plain) => resource(stack, RULE, 'HealingEveryMinute');
const targetOf = (stack: typeof plain) => (ruleOf(stack).Properties.Targets as [{ Input: { 'Fn::Join': [string, unknown[]] }; RetryPolicy: unknown }])[0];
/** Endpoint and authority are the cluster's, known at its deployment. */
const told = (stack: typeof plain) => decodeHealingInput(JSON.parse(targetOf(stack).Input['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'https://at-deployment')).join('')));

describe('the rule', () => {
  test('calls every minute, and nothing is made up for', () => {
    expect(ruleOf(plain).Properties).toMatchObject({ ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' });
    expect(targetOf(plain).RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 });
    expect(resource(plain, 'AWS::Lambda::EventInvokeConfig', 'Healing').Properties).toMatchObject({ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 });
  });

  test.each(['plain', 'closed', 'prod'])('comes after the chart and all without which the function is refused: %s', (name) => {
    const stack = template(`${name}-Gloo`);
    const needed = [helmRelease(stack), resource(stack, 'AWS::IAM::Policy', 'HealingRights'), resource(stack, 'AWS::EKS::AccessEntry', 'Healing'), resource(stack, MANIFEST, 'HealingAccess')];
    expect(ruleOf(stack).DependsOn).toEqual(expect.arrayContaining(needed.map(({ logicalId }) => logicalId)));
  });

  test('tells what Gloo’s chart is told', () => {
    const login = { namespace: 'gloo-system', serviceAccount: 'gloo', roleArn: 'arn:aws:iam::111122223333:role/dev-role-iam-plain', podRegion: 'us-east-1', dnsSuffix: 'amazonaws.com', mountPath: 'aws', serverIdHeader: 'vault.gloo.example.com', region: 'us-east-1', pathPrefix: 'dev' };
    expect(told(plain)).toMatchObject({ cluster: { name: 'plain' }, vault: { namespace: 'vault', service: 'http:vault:8200' }, deployments: [{ name: 'gloo', metrics: 'http:gloo:9091', login }] });
    expect(told(closed)).toMatchObject({ vault: { namespace: 'secrets' }, deployments: [{ name: 'gloo' }, { name: 'discovery', metrics: 'http:discovery:9091', login: { namespace: 'gateway', serviceAccount: 'discovery' } }] });
    expect(told(template('prod-Gloo')).vault).toEqual({ namespace: 'vault', service: 'https:vault-active:8200' });
  });
});

test('its way into the cluster is Gloo’s metrics, Deployments and tokens by name, and what Gloo asks of Vault', () => {
  const rules = (stack: typeof plain) =>
    manifest(stack, 'HealingAccess')
      .filter(({ kind }) => kind === 'Role')
      .map(({ metadata, rules: of }) => [(metadata as { namespace: string }).namespace, of]);
  const named = (apiGroup: string, what: string, name: string, ...verbs: string[]) => ({ apiGroups: [apiGroup], resources: [what], resourceNames: [name], verbs });
  const of = (...accounts: string[]) => [
    ...accounts.map((name) => named('', 'services/proxy', `http:${name}:9091`, 'get')),
    ...accounts.map((name) => named('apps', 'deployments', name, 'get', 'patch')),
    ...accounts.map((name) => named('', 'serviceaccounts/token', name, 'create')),
  ];
  expect(rules(plain)).toEqual([['gloo-system', of('gloo')], ['vault', [named('', 'services/proxy', 'http:vault:8200', 'get', 'update')]]]);
  expect(rules(closed)).toEqual([['gateway', of('gloo', 'discovery')], ['secrets', [named('', 'services/proxy', 'http:vault:8200', 'get', 'update')]]]);
  expect(rules(template('prod-Gloo'))).toEqual([['gloo-system', of('gloo')], ['vault', [named('', 'services/proxy', 'https:vault-active:8200', 'get', 'update')]]]);
  expect(resource(plain, 'AWS::EKS::AccessEntry', 'Healing').Properties.KubernetesGroups).toEqual(['gloo-healing']);
});

test('what it may patch is narrowed before it may, where Kubernetes has admission policies by itself', () => {
  expect(manifest(plain, 'HealingGuard').map(({ kind, metadata }) => [kind, metadata])).toEqual([['ValidatingAdmissionPolicy', { name: 'gloo-healing' }], ['ValidatingAdmissionPolicyBinding', { name: 'gloo-healing' }]]);
  expect(resource(plain, MANIFEST, 'HealingAccess').DependsOn).toEqual(expect.arrayContaining([resource(plain, MANIFEST, 'HealingGuard').logicalId]));
  expect(resources(template('old-Gloo'), MANIFEST, 'HealingAccess')).toHaveLength(1);
  expect(resources(template('old-Gloo'), MANIFEST, 'HealingGuard')).toEqual([]);
  expect(resources(template('off-Gloo'), MANIFEST, 'HealingGuard')).toEqual([]);
});

test('its function may write its own log read the one role whose trust it explains, and tell events of its own', () => {
  const role = resource(plain, 'AWS::IAM::Role', 'HealingRole');
  expect(role.Properties).toMatchObject({ RoleName: 'gloo-healing-plain', AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'lambda.amazonaws.com' } }] } });
  expect(role.Properties.ManagedPolicyArns).toBeUndefined();
  const { PolicyDocument } = resource(plain, 'AWS::IAM::Policy', 'HealingRights').Properties as { PolicyDocument: { Statement: { Action: unknown; Resource: unknown }[] } };
  expect(PolicyDocument.Statement.map(({ Action, Resource }) => [Action, Resource])).toEqual([
    [['logs:CreateLogStream', 'logs:PutLogEvents'], { 'Fn::GetAtt': [resource(plain, 'AWS::Logs::LogGroup', 'HealingLogs').logicalId, 'Arn'] }],
    ['iam:GetRole', 'arn:aws:iam::111122223333:role/dev-role-iam-plain'],
    ['events:PutEvents', 'arn:aws:events:us-east-1:111122223333:event-bus/default'],
  ]);
  // Longer than it looks, proves and waits.
  expect(resource(plain, FUNCTION, 'HealingFunction').Properties.Timeout).toBe(120);
});

test('off, there is no function, no rule and no right', () => {
  const off = template('off-Gloo');
  for (const type of [RULE, FUNCTION, MANIFEST, 'AWS::IAM::Role', 'AWS::EKS::AccessEntry']) expect(resources(off, type, 'Healing')).toEqual([]);
});

test('does not need the proof of the login before the chart', () => {
  const unproven = template('unproven-Gloo');
  expect(resources(unproven, 'Custom::GlooLoginProof')).toEqual([]);
  expect(ruleOf(unproven).DependsOn).toContain(helmRelease(unproven).logicalId);
});
