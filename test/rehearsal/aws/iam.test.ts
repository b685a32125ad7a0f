import { IamStore, type IamOptions } from '../../../rehearsal/aws/iam';
import { deployTemplates } from '../cloudformation/assembly-on-disk';

const TRUST = { Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } } };
const allow = (Action: string) => ({ Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const role = (properties: object = {}) => ({ Type: 'AWS::IAM::Role', Properties: { RoleName: 'r', AssumeRolePolicyDocument: TRUST, ...properties } });

function store(resources: object, options?: IamOptions): IamStore {
  return new IamStore(deployTemplates({ S: { Resources: resources } }), options);
}

function may(iam: IamStore, action: string): boolean {
  return iam.authorize(iam.role('r'), 'session', action, 'arn:aws:s3:::b').allowed;
}

test('a role has the policies that stand in it, beside it, and those attached from either side', () => {
  const iam = store({
    R: role({ Policies: [{ PolicyName: 'in', PolicyDocument: allow('a:Inline') }], ManagedPolicyArns: [{ Ref: 'M1' }, 'arn:aws:iam::aws:policy/AdministratorAccess'] }),
    P: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'p', PolicyDocument: allow('a:Policy'), Roles: [{ Ref: 'R' }] } },
    RP: { Type: 'AWS::IAM::RolePolicy', Properties: { PolicyName: 'rp', PolicyDocument: allow('a:RolePolicy'), RoleName: { Ref: 'R' } } },
    M1: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: allow('a:Managed1') } },
    M2: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: allow('a:Managed2'), Roles: [{ Ref: 'R' }] } },
    M3: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: allow('a:Managed3') } },
  });

  expect(['a:Inline', 'a:Policy', 'a:RolePolicy', 'a:Managed1', 'a:Managed2'].filter((action) => !may(iam, action))).toEqual([]);
  expect(may(iam, 'a:Managed3')).toBe(false);
  expect(may(iam, 's3:GetObject')).toBe(false);
});

test('a boundary takes away what it does not allow', () => {
  const iam = store({
    Boundary: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: allow('a:One') } },
    R: role({ PermissionsBoundary: { Ref: 'Boundary' }, Policies: [{ PolicyName: 'all', PolicyDocument: allow('a:*') }] }),
  });

  expect(may(iam, 'a:One')).toBe(true);
  expect(iam.authorize(iam.role('r'), 's', 'a:Two', 'arn:aws:s3:::b')).toMatchObject({ allowed: false, byBoundary: true });
});

test('a role that is made again has another unique id and keeps the rest', () => {
  const iam = store({ R: role() });
  const { id, arn } = iam.role('r');

  const recreated = iam.recreateRole('r');
  expect(id).toMatch(/^AROA[A-Z0-9]{17}$/);
  expect(recreated.id).toMatch(/^AROA[A-Z0-9]{17}$/);
  expect(recreated.id).not.toBe(id);
  expect(iam.recreateRole('r').id).not.toBe(recreated.id);
  expect(iam.findRoleByArn(arn)?.arn).toBe(arn);
});

test("a role's RoleId attribute is the unique id that IAM answers with", () => {
  const deployment = deployTemplates({ S: { Resources: { R: role() }, Outputs: { Id: { Value: { 'Fn::GetAtt': ['R', 'RoleId'] } } } } });

  expect(deployment.outputs.S).toEqual({ Id: new IamStore(deployment).role('r').id });
});

test('finds OIDC providers that the deployment makes and those that exist', () => {
  const imported = { arn: 'arn:aws:iam::111122223333:oidc-provider/old.example', issuerHost: 'old.example', clientIds: ['sts.amazonaws.com'] };
  const iam = store({ P: { Type: 'AWS::IAM::OIDCProvider', Properties: { Url: 'https://new.example/id/1', ClientIdList: ['a'] } } }, { providers: [imported] });

  expect(iam.findProvider('https://new.example/id/1')).toEqual({
    arn: 'arn:aws:iam::111122223333:oidc-provider/new.example/id/1',
    issuerHost: 'new.example/id/1',
    clientIds: ['a'],
  });
  expect(iam.findProvider('https://old.example')).toBe(imported);
  expect(iam.findProvider('https://new.example/id')).toBeUndefined();
});

test('refuses what would be attached to nothing or attach nothing', () => {
  const stray = { P: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'p', PolicyDocument: allow('a:B'), Roles: ['elsewhere'] } } };

  expect(() => store(stray)).toThrow(
    'IAM: a policy is attached to role "elsewhere", which the deployment does not make; name it in existingRoles if it exists',
  );
  expect(() => store(stray, { existingRoles: ['elsewhere'] })).not.toThrow();
  expect(() => store({ R: role({ ManagedPolicyArns: ['arn:aws:iam::111122223333:policy/x'] }) })).toThrow(
    'stack S, AWS::IAM::Role R: policy arn:aws:iam::111122223333:policy/x is attached, which neither the deployment makes nor AWS manages',
  );
  expect(() => store({ R: role({ AssumeRolePolicyDocument: {} }) })).toThrow('stack S, AWS::IAM::Role R: MalformedPolicyDocument at Statement');
  expect(() => store({ R: role() }).role('q')).toThrow('IAM: there is no role "q"; there are r');
});

describe('several stages of one account', () => {
  const stage = (name: string, resources: object, more: { account?: string } = {}) => ({ ...deployTemplates({ [`${name}-S`]: { Resources: resources } }, more), stage: name });
  const named = (RoleName: string, action: string) => ({ R: role({ RoleName, Policies: [{ PolicyName: 'p', PolicyDocument: allow(action) }] }) });

  test('each has its roles, and another deployment of one leaves those of the others as they are', () => {
    const iam = new IamStore(stage('a', named('of-a', 'a:One')), { providers: [{ arn: 'arn:p', issuerHost: 'of-a.example', clientIds: [] }] });
    iam.join(stage('b', named('of-b', 'b:One')), { providers: [{ arn: 'arn:q', issuerHost: 'of-b.example', clientIds: [] }], existingRoles: ['there'] });
    const before = iam.role('of-a');
    iam.update(stage('b', named('of-b-2', 'b:Two')));
    expect(iam.role('of-a')).toBe(before);
    expect(iam.findRole('of-b')).toBeUndefined();
    expect(iam.authorize(iam.role('of-b-2'), 's', 'b:Two', 'arn:aws:s3:::b').allowed).toBe(true);
    expect(iam.oidcProviders.map(({ issuerHost }) => issuerHost)).toEqual(['of-a.example', 'of-b.example']);
    expect(iam.deployment.stacks.map(({ name }) => name)).toEqual(['a-S', 'b-S']);
  });

  test('two that make a role of one name, or are not of one account, are refused', () => {
    const iam = new IamStore(stage('a', named('r', 'a:One')));
    expect(() => iam.join(stage('b', named('r', 'b:One')))).toThrow('AWS::IAM::Role r is made by two of the stages a, b');
    expect(() => new IamStore(stage('a', named('r', 'a:One'))).join(stage('b', named('s', 'b:One'), { account: '444455556666' }))).toThrow('b is deployed to 444455556666/');
  });
});
