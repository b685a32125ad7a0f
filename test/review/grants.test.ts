import { compareStack } from '../../review/compare';
import type { Template } from '../../review/model';

/** What is said of a statement on resources, where the deployed one is on others. */
function judged(now: unknown, before: unknown, actions: unknown = 'iam:PassRole', actionsBefore = actions): readonly unknown[] {
  return judgedStatement({ Effect: 'Allow', Action: actions, Resource: now }, { Effect: 'Allow', Action: actionsBefore, Resource: before });
}

function judgedStatement(...[now, before]: [object, object?]): readonly unknown[] {
  const template = (...statements: readonly object[]): Template => ({
    Resources: { P: { Type: 'AWS::IAM::Policy', Properties: { Roles: ['r'], PolicyDocument: { Statement: statements } } } },
  });
  const stack = { environment: 'prod', name: 'S', account: '111122223333', region: 'us-east-1', terminationProtection: false, template: template(now) };
  const { grants } = compareStack(stack, { status: 'UPDATE_COMPLETE', terminationProtection: false, template: before ? template(before) : template() });
  return grants.filter(({ sign }) => sign === '+').map(({ warnings }) => warnings);
}

const ONE = 'arn:aws:iam::111122223333:role/one';

test.each([
  ['arn:aws:iam::111122223333:role/*', 'role/*'],
  [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':secretsmanager:us-east-1:111122223333:secret:*']] }, 'secret:*'],
  ['arn:aws:sns:us-east-1:111122223333:*', '*'],
  ['arn:aws:s3:::*/*', '*/*'],
  ['arn:aws:iam::111122223333:role/?*', 'role/?*'],
])('every one of a kind, where one could be named, is marked unless it was so before: %j', (resource, shown) => {
  expect(judged(resource, ONE)).toEqual([[`every one of its kind as its resource, \`${shown}\``]]);
  expect(judged([resource, ONE], resource)).toEqual([[]]);
  expect(judged(resource, '*')).toEqual([[]]);
});

test('an action on every one of a kind is marked where others were allowed on them before', () => {
  const EVERY = 'arn:aws:iam::111122223333:role/*';
  expect(judged(EVERY, EVERY, ['iam:GetRole', 'iam:PassRole'], 'iam:GetRole')).toEqual([['every one of its kind as its resource, `role/*`']]);
  expect(judged(EVERY, EVERY, 'iam:GetRole', ['iam:GetRole', 'iam:PassRole'])).toEqual([[]]);
});

test('all but every one of a kind is another thing, and marked as that', () => {
  const statement = { Effect: 'Allow', Action: 'iam:PassRole', NotResource: 'arn:aws:iam::111122223333:role/*' };
  expect(judgedStatement(statement)).toEqual([['`*` as its resource']]);
});

test.each(['arn:aws:s3:::snapshots/*', 'arn:aws:s3:::*-logs/*', 'arn:aws:iam::111122223333:role/*-readonly', 'arn:aws:sns:us-east-1:111122223333:alarms:*', 'arn:aws:execute-api:us-east-1:111122223333:abc123/*', 'arn:aws:iam::111122223333:role/gloo-*', 'arn:aws:cloudformation:us-east-1:111122223333:stack/prod-Vault/*', { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Function', 'Arn'] }, ':*']] }])('what has a name in it is not: %j', (resource) => {
  expect(judged(resource, ONE)).toEqual([[]]);
});
