import { Match } from 'aws-cdk-lib/assertions';
import type { EnvironmentInput } from '../../lib/environment/input';
import { environments } from '../environments';
import { helmRelease, resource, resources } from '../manifests';
import { synthesize } from '../synthesize';

const ACCOUNT = '111122223333';
const environment = (name: string, more: Partial<EnvironmentInput> = {}): EnvironmentInput => ({ account: ACCOUNT, region: 'us-east-1', cluster: { create: { name } }, ...more });
const { template } = synthesize({
  quiet: environment('quiet', { identity: { authPolicy: 'narrow' } }),
  discovering: environment('discovering', { gloo: { discovery: true } }),
  elsewhere: environment('elsewhere', { gloo: { namespace: 'gateway', discovery: true }, vault: { namespace: 'secrets' } }),
  china: environment('china', { region: 'cn-north-1' }),
  government: environment('government', { region: 'us-gov-west-1' }),
  prod: environments.prod as EnvironmentInput,
  moving: environment('moving', { identity: { generation: [1, 2] } }),
  moved: environment('moved', { identity: { generation: 2, authPolicy: 'narrow' } }),
});
const identity = (name: string) => template(`${name}-Identity`);

/** Trust as CloudFormation will have it, for an issuer that is known at deployment only. */
function trustOf(name: string, role: 'Auth' | 'Server'): unknown {
  const stack = identity(name);
  const { AssumeRolePolicyDocument: document } = resource(stack, 'AWS::IAM::Role', `${role}Role`).Properties as { AssumeRolePolicyDocument: { Statement: { Condition: unknown }[] } };
  const json = resource(stack, 'Custom::AWSCDKCfnJson', `${role}RoleTrust`);
  expect(document.Statement).toHaveLength(1);
  expect(document.Statement[0]?.Condition).toEqual({ StringEquals: { 'Fn::GetAtt': [json.logicalId, 'Value'] } });
  const { 'Fn::Join': [, parts] } = json.Properties.Value as { 'Fn::Join': [string, unknown[]] };
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'ISSUER')).join('')) as unknown;
}

describe("trust of Gloo's role: StringEquals on aud and sub, and nothing else", () => {
  test('one service account without discovery', () => {
    expect(trustOf('quiet', 'Auth')).toEqual({ 'ISSUER:aud': 'sts.amazonaws.com', 'ISSUER:sub': 'system:serviceaccount:gloo-system:gloo' });
  });

  test('two with it', () => {
    expect(trustOf('discovering', 'Auth')).toEqual({
      'ISSUER:aud': 'sts.amazonaws.com',
      'ISSUER:sub': ['system:serviceaccount:gloo-system:gloo', 'system:serviceaccount:gloo-system:discovery'],
    });
  });

  test('in the namespaces of the environment', () => {
    expect(trustOf('elsewhere', 'Auth')).toMatchObject({ 'ISSUER:sub': ['system:serviceaccount:gateway:gloo', 'system:serviceaccount:gateway:discovery'] });
    expect(trustOf('elsewhere', 'Server')).toMatchObject({ 'ISSUER:sub': 'system:serviceaccount:secrets:vault' });
  });

  test("Vault's pods have a role of their own", () => {
    expect(trustOf('quiet', 'Server')).toEqual({ 'ISSUER:aud': 'sts.amazonaws.com', 'ISSUER:sub': 'system:serviceaccount:vault:vault' });
  });

  test("by the cluster's provider", () => {
    for (const role of ['AuthRole', 'ServerRole']) {
      const { AssumeRolePolicyDocument: document } = resource(identity('quiet'), 'AWS::IAM::Role', role).Properties;
      expect(document).toMatchObject({ Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity', Principal: { Federated: { 'Fn::GetStackOutput': { StackName: 'quiet-Cluster' } } } }] });
    }
  });
});

test.each([
  ['quiet', ['gloo'], { enabled: false }],
  ['discovering', ['gloo', 'discovery'], { enabled: true }],
])('discovery decides trust, annotation and value together: %s', (name, accounts, discovery) => {
  const { values } = helmRelease(template(`${name}-Gloo`));
  const subjects = [(trustOf(name, 'Auth') as Record<string, string | string[]>)['ISSUER:sub'] ?? []].flat();
  expect(subjects).toEqual(accounts.map((account) => `system:serviceaccount:gloo-system:${account}`));
  const annotated = Object.entries(values).filter(([, value]) => JSON.stringify(value).includes(`arn:aws:iam::${ACCOUNT}:role/dev-role-iam-${name}`));
  expect(annotated.map(([key]) => key)).toEqual(accounts);
  expect(values.discovery).toMatchObject(discovery);
});

describe('names are the guide’s', () => {
  test('roles and policies', () => {
    const stack = identity('discovering');
    expect(resources(stack, 'AWS::IAM::Role').flatMap(({ Properties }) => Properties.RoleName ?? [])).toEqual(['dev-role-iam-discovering', 'gloo-gate-discovering', 'vault-server-discovering']);
    expect(resources(stack, 'AWS::IAM::ManagedPolicy').map(({ Properties }) => Properties.ManagedPolicyName)).toEqual([
      'gloo-vault-auth-policy-discovering',
      'gloo-vault-auth-get-role-policy-discovering',
    ]);
  });
});

describe('generations', () => {
  const arn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

  test('two are made side by side, each with its policy, and the first one keeps its place', () => {
    const roles = resources(identity('moving'), 'AWS::IAM::Role', 'AuthRole');
    expect(roles.map(({ Properties }) => Properties.RoleName)).toEqual(['dev-role-iam-moving', 'dev-role-iam-moving-2']);
    expect(roles[0]?.logicalId).toBe(resource(identity('quiet'), 'AWS::IAM::Role', 'AuthRole').logicalId);
    expect(resources(identity('moving'), 'AWS::IAM::ManagedPolicy', 'AuthRole').map(({ Properties }) => Properties.ManagedPolicyName)).toEqual(['gloo-vault-auth-policy-moving', 'gloo-vault-auth-policy-moving-2']);
    expect(resources(identity('moved'), 'AWS::IAM::Role', 'AuthRole').map(({ Properties }) => Properties.RoleName)).toEqual(['dev-role-iam-moved-2']);
  });

  test('Vault and its configuration may read both, and no other', () => {
    const both = [arn('dev-role-iam-moving'), arn('dev-role-iam-moving-2')];
    const readers = [resource(identity('moving'), 'AWS::IAM::ManagedPolicy', 'ServerRole'), resource(template('moving-Vault'), 'AWS::IAM::Policy', 'ConfigurationRights')];
    for (const { Properties } of readers) {
      const { Statement } = Properties.PolicyDocument as { Statement: { Action: unknown; Resource: unknown }[] };
      expect(Statement.filter(({ Action }) => Action === 'iam:GetRole').map(({ Resource }) => Resource)).toEqual([both]);
    }
    template('moving-Vault').hasResourceProperties('Custom::VaultConfiguration', { roles: [{ name: 'dev-role-iam-moving', principalArn: both[0] }, { name: 'dev-role-iam-moving-2', principalArn: both[1] }] });
  });

  test('Gloo has the last: account, pods, proof, and what its stack says of it', () => {
    const stack = template('moving-Gloo');
    const second = arn('dev-role-iam-moving-2');
    const { gloo } = helmRelease(stack).values as { gloo: { serviceAccount: { extraAnnotations: object }; deployment: object } };
    expect(gloo.serviceAccount.extraAnnotations).toMatchObject({ 'eks.amazonaws.com/role-arn': second });
    expect(gloo.deployment).toMatchObject({ extraGlooAnnotations: { 'gloo-vault/auth-role': second } });
    stack.hasResourceProperties('Custom::GlooLoginProof', { logins: [Match.objectLike({ roleArn: second })] });
    stack.hasOutput('AuthRoleGeneration', { Value: '2' });
    template('quiet-Gloo').hasOutput('AuthRoleGeneration', { Value: '1' });
  });

  test('a gate before one is dropped looks at the stacks of Gloo and of itself, and at nothing else', () => {
    const stack = identity('moving');
    stack.hasResourceProperties('Custom::AuthRoleGeneration', { glooStack: 'moving-Gloo', generations: ['1', '2'] });
    const { Statement } = resource(stack, 'AWS::IAM::Policy', 'GenerationGateRights').Properties.PolicyDocument as { Statement: { Action: unknown; Resource: unknown }[] };
    expect(Statement.filter(({ Action }) => Action === 'cloudformation:DescribeStacks').map(({ Resource }) => Resource)).toEqual([`arn:aws:cloudformation:us-east-1:${ACCOUNT}:stack/moving-Gloo/*`, { Ref: 'AWS::StackId' }]);
  });
});

describe('permissions', () => {
  test("the guide's policy is on Gloo's role", () => {
    const stack = identity('discovering');
    expect(resource(stack, 'AWS::IAM::ManagedPolicy', 'AuthRole').Properties).toMatchObject({
      Roles: [{ Ref: resource(stack, 'AWS::IAM::Role', 'AuthRole').logicalId }],
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: ['ec2:DescribeInstances', 'iam:GetInstanceProfile', 'iam:GetRole', 'iam:GetUser'], Resource: '*' },
          { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: `arn:aws:iam::${ACCOUNT}:role/dev-role-iam-discovering` },
        ],
      },
    });
  });

  test("narrow: Gloo's role has no policy at all", () => {
    const stack = identity('quiet');
    expect(resources(stack, 'AWS::IAM::ManagedPolicy', 'AuthRole')).toEqual([]);
    expect(Object.keys(stack.findResources('AWS::IAM::Policy')).filter((id) => !id.startsWith('GenerationGate'))).toEqual([]);
    const { ManagedPolicyArns, Policies } = resource(stack, 'AWS::IAM::Role', 'AuthRole').Properties;
    expect([ManagedPolicyArns, Policies]).toEqual([undefined, undefined]);
  });

  test.each(['quiet', 'discovering'])("Vault's role may iam:GetRole on Gloo's role, and nothing else: %s", (name) => {
    const stack = identity(name);
    const role = resource(stack, 'AWS::IAM::Role', 'ServerRole');
    expect(resource(stack, 'AWS::IAM::ManagedPolicy', 'ServerRole').Properties).toMatchObject({
      Roles: [{ Ref: role.logicalId }],
      PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'iam:GetRole', Resource: `arn:aws:iam::${ACCOUNT}:role/dev-role-iam-${name}` }] },
    });
    expect([role.Properties.ManagedPolicyArns, role.Properties.Policies]).toEqual([undefined, undefined]);
  });
});

describe.each([
  ['china', 'aws-cn', 'sts.cn-north-1.amazonaws.com.cn'],
  ['government', 'aws-us-gov', 'sts.us-gov-west-1.amazonaws.com'],
])('partition of %s', (name, partition, sts) => {
  const stacks = ['Cluster', 'Identity', 'Vault', 'Gloo'].map((stack) => template(`${name}-${stack}`));

  test('no ARN of another', () => {
    for (const stack of stacks) expect(JSON.stringify(stack.toJSON())).not.toContain('arn:aws:');
  });

  test('annotations, bindings and permissions name it', () => {
    const arn = `arn:${partition}:iam::${ACCOUNT}:role/dev-role-iam-${name}`;
    const [, identityStack, vault, gloo] = stacks;
    expect(resource(identityStack!, 'AWS::IAM::ManagedPolicy', 'ServerRole').Properties).toMatchObject({ PolicyDocument: { Statement: [{ Resource: arn }] } });
    vault!.hasResourceProperties('Custom::VaultConfiguration', { roles: [{ principalArn: arn }], authMethod: { stsEndpoint: `https://${sts}`, stsRegion: Match.stringLikeRegexp('^(cn|us-gov)-') } });
    expect(JSON.stringify(helmRelease(gloo!).values)).toContain(`"eks.amazonaws.com/role-arn":"${arn}"`);
  });
});

describe('in production', () => {
  const stack = identity('prod');

  test("Gloo's role may do nothing but be itself, and only Gloo's service account is it: discovery is off", () => {
    expect(resources(stack, 'AWS::IAM::ManagedPolicy', 'AuthRole')).toEqual([]);
    expect(trustOf('prod', 'Auth')).toEqual({ 'ISSUER:aud': 'sts.amazonaws.com', 'ISSUER:sub': 'system:serviceaccount:gloo-system:gloo' });
  });

  test("the right to unseal is given where the key is: Vault's role has here no more than with a dev-mode Vault", () => {
    expect(resource(stack, 'AWS::IAM::ManagedPolicy', 'ServerRole').Properties).toMatchObject({
      PolicyDocument: { Statement: [{ Action: 'iam:GetRole', Resource: `arn:aws:iam::${ACCOUNT}:role/dev-role-iam-gloo-prod` }] },
    });
    expect(Object.keys(stack.findResources('AWS::IAM::Policy')).filter((id) => !id.startsWith('GenerationGate'))).toEqual([]);
    stack.resourceCountIs('AWS::EKS::Addon', 0);
    expect(trustOf('prod', 'Server')).toEqual({ 'ISSUER:aud': 'sts.amazonaws.com', 'ISSUER:sub': 'system:serviceaccount:vault:vault' });
  });
});
