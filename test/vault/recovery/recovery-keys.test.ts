import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { WITHOUT_VALIDATION } from '../../../lib/app-props';
import { RecoveryKeys, type RecoveryKeysProps } from '../../../lib/vault/recovery/recovery-keys';
import { resource } from '../../manifests';

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-1234-5678-9abc-0a1b2c3d4e5f';
const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:vault/recovery-aB3xYz';

function synthesized(existing?: RecoveryKeysProps['existing']) {
  const stack = new Stack(new App(WITHOUT_VALIDATION), 'Vault', { env: { account: '111122223333', region: 'eu-central-1' } });
  const keys = new RecoveryKeys(stack, 'RecoveryKeys', { clusterName: 'c', key: Key.fromKeyArn(stack, 'Key', KEY), ...(existing ? { existing } : {}) });
  const statements = keys.statements().map((statement) => stack.resolve(statement.toStatementJson()) as Record<string, unknown>);
  return { template: Template.fromStack(stack), secretArn: stack.resolve(keys.secretArn) as unknown, statements };
}
const viaSecretsManager = { StringEquals: { 'kms:ViaService': { 'Fn::Join': ['', ['secretsmanager.eu-central-1.', { Ref: 'AWS::URLSuffix' }]] } } };

describe('a new secret', () => {
  const { template, secretArn, statements } = synthesized();
  const secret = resource(template, 'AWS::SecretsManager::Secret');

  test('has no value: an empty one is a Vault that was never initialised', () => {
    expect(secret.Properties).toEqual({ Description: 'Recovery keys of Vault in c', KmsKeyId: KEY });
  });

  test('outlives the stack', () => {
    expect(secret).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  test('may be read and written by its function, and its key is used for nothing else', () => {
    expect(secretArn).toEqual({ Ref: secret.logicalId });
    expect(statements).toEqual([
      {
        Sid: 'KeepRecoveryKeys',
        Effect: 'Allow',
        Action: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
        Resource: secretArn,
      },
      { Sid: 'EncryptRecoveryKeys', Effect: 'Allow', Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: KEY, Condition: viaSecretsManager },
    ]);
  });
});

describe('a secret that there is', () => {
  test('makes none, and its own key is the one to encrypt with', () => {
    const kmsKeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab';
    const { template, secretArn, statements } = synthesized({ arn: SECRET, kmsKeyArn });
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
    expect(secretArn).toBe(SECRET);
    expect(statements.map(({ Resource }) => Resource)).toEqual([SECRET, kmsKeyArn]);
  });

  test('under the account’s own key of Secrets Manager needs no right on one', () => {
    const { statements } = synthesized({ arn: SECRET });
    expect(statements.map(({ Sid, Resource }) => [Sid, Resource])).toEqual([['KeepRecoveryKeys', SECRET]]);
  });
});
