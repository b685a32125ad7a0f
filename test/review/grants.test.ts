import { compareStack } from '../../review/compare';
import type { Template } from '../../review/model';

/** What is said of a statement on resources, where the deployed one is on others. */
function judged(now: unknown, before: unknown): readonly unknown[] {
  const template = (resource: unknown): Template => ({
    Resources: { P: { Type: 'AWS::IAM::Policy', Properties: { Roles: ['r'], PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'iam:PassRole', Resource: resource }] } } } },
  });
  const stack = { environment: 'prod', name: 'S', account: '111122223333', region: 'us-east-1', terminationProtection: false, template: template(now) };
  const { grants } = compareStack(stack, { status: 'UPDATE_COMPLETE', terminationProtection: false, template: template(before) });
  return grants.filter(({ sign }) => sign === '+').map(({ warnings }) => warnings);
}

const ONE = 'arn:aws:iam::111122223333:role/one';

test.each([
  ['arn:aws:iam::111122223333:role/*', 'role/*'],
  [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':secretsmanager:us-east-1:111122223333:secret:*']] }, 'secret:*'],
  ['arn:aws:sns:us-east-1:111122223333:*', '*'],
  ['arn:aws:s3:::*/*', '*/*'],
])('every one of a kind, where one could be named, is marked unless it was so before: %j', (resource, shown) => {
  expect(judged(resource, ONE)).toEqual([[`every one of its kind as its resource, \`${shown}\``]]);
  expect(judged([resource, ONE], resource)).toEqual([[]]);
  expect(judged(resource, '*')).toEqual([[]]);
});

test.each(['arn:aws:s3:::snapshots/*', 'arn:aws:iam::111122223333:role/gloo-*', 'arn:aws:cloudformation:us-east-1:111122223333:stack/prod-Vault/*', { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Function', 'Arn'] }, ':*']] }])('what has a name in it is not: %j', (resource) => {
  expect(judged(resource, ONE)).toEqual([[]]);
});
