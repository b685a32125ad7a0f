import type { ConditionContext } from '../../../rehearsal/aws/condition';
import { evaluate } from '../../../rehearsal/aws/evaluate';
import { parsePolicy } from '../../../rehearsal/aws/policy-document';

const ROLE = 'arn:aws:iam::111122223333:role/dev-role';
const identity = (...statements: object[]) => parsePolicy({ Version: '2012-10-17', Statement: statements }, 'identity', 'test');
const trust = (...statements: object[]) => parsePolicy({ Statement: statements }, 'trust', 'test');

function allows(statement: object, action = 'iam:GetRole', resource = ROLE): boolean {
  return evaluate({ policies: [identity({ Effect: 'Allow', ...statement })], action, resource, context: {} }).allowed;
}

test.each([
  [{ Action: 'iam:GetRole', Resource: '*' }, true],
  [{ Action: 'IAM:getrole', Resource: ROLE }, true],
  [{ Action: ['sts:AssumeRole', 'iam:Get*'], Resource: 'arn:aws:iam::*:role/dev-????' }, true],
  [{ Action: '*', Resource: ROLE }, true],
  [{ Action: 'iam:GetRol', Resource: '*' }, false],
  [{ Action: 'iam:GetRole', Resource: `${ROLE}-2` }, false],
  [{ Action: 'iam:GetRole', Resource: ROLE.toUpperCase() }, false],
  [{ Action: 'iam:GetRole', Resource: 'arn.aws.iam..111122223333.role.dev-role' }, false],
  [{ NotAction: 'iam:Get*', Resource: '*' }, false],
  [{ NotAction: 'sts:*', Resource: '*' }, true],
  [{ Action: 'iam:GetRole', NotResource: ROLE }, false],
  [{ Action: 'iam:GetRole', NotResource: 'arn:aws:s3:::*' }, true],
])('%j: iam:GetRole on the role is allowed: %s', (statement, expected) => {
  expect(allows(statement)).toBe(expected);
});

test('a deny wins, wherever it stands', () => {
  const policies = [
    identity({ Effect: 'Allow', Action: '*', Resource: '*' }),
    identity({ Sid: 'NoRoles', Effect: 'Deny', Action: 'iam:*', Resource: '*' }),
  ];

  expect(evaluate({ policies, action: 'iam:GetRole', resource: ROLE, context: {} })).toEqual({
    allowed: false,
    explicit: true,
    reason: 'statement NoRoles denies iam:GetRole',
  });
  expect(evaluate({ policies: [], action: 'iam:GetRole', resource: ROLE, context: {} })).toEqual({
    allowed: false,
    explicit: false,
    reason: 'no statement allows iam:GetRole',
  });
});

test.each<[object, { type: 'AWS' | 'Service' | 'Federated'; names: string[] }, boolean]>([
  [{ Service: 'lambda.amazonaws.com' }, { type: 'Service', names: ['lambda.amazonaws.com'] }, true],
  [{ Service: ['ec2.amazonaws.com'] }, { type: 'Service', names: ['lambda.amazonaws.com'] }, false],
  [{ Federated: 'arn:provider' }, { type: 'Federated', names: ['arn:provider'] }, true],
  [{ Federated: 'arn:provider' }, { type: 'AWS', names: ['arn:provider'] }, false],
  [{ AWS: ROLE }, { type: 'AWS', names: ['arn:session', ROLE] }, true],
  ['*' as unknown as object, { type: 'AWS', names: [ROLE] }, false],
  ['*' as unknown as object, { type: 'AWS', names: [ROLE, '*'] }, true],
])('principal %j trusts %j: %s', (principal, asking, expected) => {
  const policies = [trust({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal })];

  expect(evaluate({ policies, action: 'sts:AssumeRole', principal: asking, context: {} }).allowed).toBe(expected);
});

const SUB = 'oidc.example/id/1:sub';
test.each<[object, ConditionContext, boolean]>([
  [{ StringEquals: { [SUB]: 'a' } }, { [SUB]: 'a' }, true],
  [{ StringEquals: { [SUB]: 'a' } }, { [SUB]: 'A' }, false],
  [{ StringEquals: { [SUB.toUpperCase()]: 'a' } }, { [SUB]: 'a' }, true],
  [{ StringEquals: { [SUB]: ['a', 'b'] } }, { [SUB]: 'b' }, true],
  [{ StringEquals: { [SUB]: 'a' } }, {}, false],
  [{ StringEquals: { [SUB]: 'a', other: 'b' } }, { [SUB]: 'a' }, false],
  [{ StringEquals: { [SUB]: '*' } }, { [SUB]: 'a' }, false],
  [{ StringEqualsIfExists: { [SUB]: 'a' } }, {}, true],
  [{ StringEqualsIfExists: { [SUB]: 'a' } }, { [SUB]: 'b' }, false],
  [{ StringNotEquals: { [SUB]: ['a', 'b'] } }, { [SUB]: 'b' }, false],
  [{ StringNotEquals: { [SUB]: 'a' } }, {}, true],
  [{ StringLike: { [SUB]: 'system:*:glo?' } }, { [SUB]: 'system:serviceaccount:gloo' }, true],
  [{ StringLike: { [SUB]: 'a.c' } }, { [SUB]: 'abc' }, false],
  [{ StringNotLike: { [SUB]: 'a*' } }, { [SUB]: 'abc' }, false],
  [{ ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } }, { 'aws:PrincipalArn': ROLE }, true],
  [{ ArnLike: { 'aws:PrincipalArn': 'arn:*:role/dev-role' } }, { 'aws:PrincipalArn': ROLE }, false],
  [{ Bool: { 'aws:SecureTransport': false } }, { 'aws:SecureTransport': 'true' }, false],
  [{ Bool: { 'aws:SecureTransport': 'TRUE' } }, { 'aws:SecureTransport': 'true' }, true],
  [{ NumericLessThan: { 's3:TlsVersion': 1.2 } }, { 's3:TlsVersion': '1.3' }, false],
  [{ NumericLessThan: { 's3:TlsVersion': '1.2' } }, { 's3:TlsVersion': '1.1' }, true],
  [{ NumericLessThan: { 's3:TlsVersion': '1.2' } }, {}, false],
  [{ NumericLessThanEquals: { n: '10' } }, { n: '10' }, true],
  [{ NumericGreaterThan: { n: '9' } }, { n: '10' }, true],
  [{ NumericGreaterThanEquals: { n: '11' } }, { n: '10' }, false],
  [{ NumericEquals: { n: '10.0' } }, { n: '10' }, true],
  [{ Null: { [SUB]: 'true' } }, {}, true],
  [{ Null: { [SUB]: 'false' } }, {}, false],
  [{ 'ForAnyValue:StringEquals': { [SUB]: 'a' } }, { [SUB]: ['a', 'z'] }, true],
  [{ 'ForAnyValue:StringEquals': { [SUB]: 'a' } }, {}, false],
  [{ 'ForAllValues:StringEquals': { [SUB]: 'a' } }, { [SUB]: ['a', 'z'] }, false],
  [{ 'ForAllValues:StringLike': { [SUB]: ['a*', 'z'] } }, { [SUB]: ['ab', 'z'] }, true],
  [{ 'ForAllValues:StringEquals': { [SUB]: 'a' } }, {}, true],
])('condition %j on %j holds: %s', (Condition, context, expected) => {
  const policies = [identity({ Effect: 'Allow', Action: 'iam:GetRole', Resource: '*', Condition })];

  expect(evaluate({ policies, action: 'iam:GetRole', resource: ROLE, context }).allowed).toBe(expected);
});

test('says which condition was not met', () => {
  const policies = [identity({ Effect: 'Allow', Action: 'a:B', Resource: '*', Condition: { StringEquals: { [SUB]: ['a', 'b'] } } })];

  expect(evaluate({ policies, action: 'a:B', resource: ROLE, context: { [SUB]: 'c' } })).toMatchObject({
    reason: `no statement allows a:B; statement 1: StringEquals ${SUB} wants "a" or "b", the request has "c"`,
  });
});

test.each<[object, string]>([
  [{ Condition: { DateLessThan: { 'aws:CurrentTime': '2030-01-01' } } }, 'condition operator "DateLessThan" is not known here; known are StringEquals'],
  [{ Condition: { NullIfExists: { a: 'true' } } }, 'condition operator "NullIfExists" is not known here'],
  [{ Condition: { 'ForSomeValue:StringEquals': { a: 'b' } } }, 'condition operator "ForSomeValue:StringEquals" is not known here'],
  [{ Condition: { StringEquals: { many: 'b' } } }, 'condition key "many" has 2 values in the request: StringEquals needs ForAnyValue: or ForAllValues: before it'],
  [{ Condition: { StringEquals: { one: '${aws:username}' } } }, 'policy variable in "${aws:username}": policy variables are not resolved here'],
  [{ Resource: 'arn:aws:s3:::${aws:username}' }, 'policy variable in "arn:aws:s3:::${aws:username}"'],
])('%j is refused rather than ignored', (statement, words) => {
  const policies = [identity({ Effect: 'Allow', Action: 'a:B', Resource: '*', ...statement })];

  expect(() => evaluate({ policies, action: 'a:B', resource: ROLE, context: { many: ['b', 'c'], one: 'd' } })).toThrow(words);
});

test.each<['identity' | 'trust' | 'resource', object, string]>([
  ['identity', { Effect: 'Allow', Action: 'a:B' }, 'Statement.0: an identity policy has a Resource and no Principal'],
  ['identity', { Effect: 'Allow', Action: 'a:B', Resource: '*', Principal: '*' }, 'Statement.0: an identity policy has a Resource and no Principal'],
  ['trust', { Effect: 'Allow', Action: 'a:B', Resource: '*', Principal: '*' }, 'Statement.0: a trust policy has a Principal and no Resource'],
  ['trust', { Effect: 'Allow', Action: 'a:B', NotPrincipal: '*' }, 'Statement.0: Unrecognized key: "NotPrincipal"'],
  ['resource', { Effect: 'Allow', Action: 'a:B', Principal: '*' }, 'Statement.0: a resource policy has a Principal and a Resource'],
  ['resource', { Effect: 'Allow', Action: 'a:B', Resource: '*' }, 'Statement.0: a resource policy has a Principal and a Resource'],
  ['identity', { Effect: 'Allow', Resource: '*' }, 'Statement.0: give either Action or NotAction'],
  ['identity', { Effect: 'allow', Action: 'a:B', Resource: '*' }, 'Statement.0.Effect: Invalid option: expected one of "Allow"|"Deny"'],
])('a malformed %s statement %j is refused', (kind, statement, words) => {
  expect(() => parsePolicy({ Statement: [statement] }, kind, 'role r')).toThrow(`role r: MalformedPolicyDocument at ${words}`);
});
