import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { WITHOUT_VALIDATION } from '../../lib/app-props';
import { SealKey } from '../../lib/vault/seal-key';
import { resource } from '../manifests';

function synthesized(existingKeyArn?: string): { template: Template; keyArn: unknown } {
  const stack = new Stack(new App(WITHOUT_VALIDATION), 'Vault', { env: { account: '111122223333', region: 'us-east-1' } });
  const { keyArn } = new SealKey(stack, 'Seal', { clusterName: 'c', ...(existingKeyArn === undefined ? {} : { existingKeyArn }) });
  return { template: Template.fromStack(stack), keyArn: stack.resolve(keyArn) };
}
const { template, keyArn } = synthesized();

test('the key rotates, outlives the stack, and can be brought back for 30 days', () => {
  const key = resource(template, 'AWS::KMS::Key');
  expect(key).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', Properties: { EnableKeyRotation: true, PendingWindowInDays: 30 } });
  expect(keyArn).toEqual({ 'Fn::GetAtt': [key.logicalId, 'Arn'] });
  expect(resource(template, 'AWS::KMS::Alias').Properties).toMatchObject({ AliasName: 'alias/vault-seal-c', TargetKeyId: keyArn });
});

test('its own policy hands it to the account, whose IAM says who uses it, and to nobody besides', () => {
  expect(resource(template, 'AWS::KMS::Key').Properties.KeyPolicy).toMatchObject({
    Statement: [{ Effect: 'Allow', Action: 'kms:*', Principal: { AWS: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::111122223333:root']] } }, Resource: '*' }],
  });
  expect((resource(template, 'AWS::KMS::Key').Properties.KeyPolicy as { Statement: unknown[] }).Statement).toHaveLength(1);
});

test("the role of Vault's pods, and no other, may seal and unseal with this one key", () => {
  expect(resource(template, 'AWS::IAM::Policy').Properties).toMatchObject({
    Roles: ['vault-server-c'],
    PolicyDocument: { Statement: [{ Effect: 'Allow', Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey'], Resource: keyArn }] },
  });
  const { Users, Groups, PolicyDocument } = resource(template, 'AWS::IAM::Policy').Properties as { Users?: unknown; Groups?: unknown; PolicyDocument: { Statement: unknown[] } };
  expect([Users, Groups, PolicyDocument.Statement.length]).toEqual([undefined, undefined, 1]);
});

test('a key that there is makes none, and is used with the same right', () => {
  const arn = 'arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-1234-5678-9abc-0a1b2c3d4e5f';
  const taken = synthesized(arn);
  taken.template.resourceCountIs('AWS::KMS::Key', 0);
  taken.template.resourceCountIs('AWS::KMS::Alias', 0);
  expect(taken.keyArn).toBe(arn);
  expect(resource(taken.template, 'AWS::IAM::Policy').Properties).toMatchObject({ Roles: ['vault-server-c'], PolicyDocument: { Statement: [{ Resource: arn }] } });
});
