import type { EnvironmentInput } from '../../../lib/environment/input';
import { readProperties, RESOURCE_TYPE } from '../../../lib/gloo/drain/properties';
import { environments } from '../../environments';
import { helmRelease, manifest, resource, resources } from '../../manifests';
import { synthesize } from '../../synthesize';

const environment = (name: string, more: Partial<EnvironmentInput> = {}): EnvironmentInput => ({ account: '111122223333', region: 'us-east-1', cluster: { create: { name } }, ...more });
const { template } = synthesize({
  plain: environment('plain'),
  closed: environment('closed', { cluster: { create: { name: 'closed', endpointAccess: 'private' } }, gloo: { namespace: 'gateway', values: { gatewayProxies: { internal: { service: { type: 'ClusterIP' } } } } } }),
  none: environment('none', { gloo: { values: { gatewayProxies: { gatewayProxy: { disabled: true } } } } }),
  existing: environments.existing as EnvironmentInput,
  prod: environments.prod as EnvironmentInput,
});
const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource';

describe('the order, which a deletion goes backwards', () => {
  const names = ['plain', 'closed', 'existing', 'prod'];

  test.each(names)("Gloo's chart depends on it, and so is deleted before: %s", (name) => {
    const stack = template(`${name}-Gloo`);
    expect(helmRelease(stack).DependsOn).toContain(resource(stack, RESOURCE_TYPE).logicalId);
  });

  test.each(names)('it depends on all without which it sees nothing, and that on the namespace: %s', (name) => {
    const stack = template(`${name}-Gloo`);
    const rbac = resource(stack, MANIFEST, 'DrainAccess');
    const [groups, ways] = [resources(stack, 'AWS::EC2::SecurityGroup', 'Drain'), resources(stack, 'AWS::EC2::SecurityGroupIngress', 'Drain')];
    const needed = [resource(stack, 'AWS::IAM::Policy', 'DrainRights'), resource(stack, 'AWS::EKS::AccessEntry', 'DrainAccessEntry'), rbac, ...groups, ...ways];
    expect(resource(stack, RESOURCE_TYPE).DependsOn).toEqual(expect.arrayContaining(needed.map(({ logicalId }) => logicalId)));
    expect(rbac.DependsOn).toContain(resource(stack, MANIFEST, 'Namespace').logicalId);
    expect([groups, ways].map(({ length }) => length > 0)).toEqual(name === 'closed' ? [true, true] : [false, false]);
  });
});

test('it may read the Services of the chart’s proxies by name, and nothing else', () => {
  const rules = (name: string) => manifest(template(`${name}-Gloo`), 'DrainAccess').find(({ kind }) => kind === 'Role');
  const read = (name: string) => ({ apiGroups: [''], resources: ['services'], resourceNames: [name], verbs: ['get'] });
  expect(rules('plain')).toMatchObject({ metadata: { namespace: 'gloo-system' }, rules: [read('gateway-proxy')] });
  expect(rules('closed')).toMatchObject({ metadata: { namespace: 'gateway' }, rules: [read('gateway-proxy'), read('internal')] });
  const { PolicyDocument } = resource(template('plain-Gloo'), 'AWS::IAM::Policy', 'DrainRights').Properties as { PolicyDocument: { Statement: { Action: unknown; Resource: unknown }[] } };
  expect(PolicyDocument.Statement.map(({ Action, Resource }) => [Action, Resource]).slice(1)).toEqual([['cloudformation:DescribeStacks', { Ref: 'AWS::StackId' }]]);
  expect(PolicyDocument.Statement[0]?.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
});

test('it is told what it may read', () => {
  const told = (name: string) => {
    const { Properties } = resource(template(`${name}-Gloo`), RESOURCE_TYPE);
    return readProperties({ ...Properties, cluster: { ...(Properties.cluster as object), endpoint: 'https://cluster.example', certificateAuthority: 'an authority' } });
  };
  expect(told('plain')).toEqual({ cluster: { name: 'plain', endpoint: 'https://cluster.example', certificateAuthority: 'an authority' }, namespace: 'gloo-system', services: ['gateway-proxy'] });
  expect(told('closed')).toMatchObject({ namespace: 'gateway', services: ['gateway-proxy', 'internal'] });
});

test('it answers before CloudFormation gives it up, and before the framework that waits for it is ended', () => {
  const stack = template('plain-Gloo');
  const timeout = resource(stack, 'AWS::Lambda::Function', 'DrainFunction').Properties.Timeout as number;
  expect(Number(resource(stack, RESOURCE_TYPE).Properties.ServiceTimeout)).toBeGreaterThan(timeout);
  expect(resource(stack, 'AWS::Lambda::Function', 'DrainProviderframework').Properties.Timeout).toBeGreaterThan(timeout);
});

test('where the chart makes no proxy there is none', () => {
  template('none-Gloo').resourceCountIs(RESOURCE_TYPE, 0);
  expect(resources(template('none-Gloo'), MANIFEST, 'Drain')).toEqual([]);
});
