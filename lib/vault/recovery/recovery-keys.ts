import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acceptNoRotation } from '../../accepted-findings';

export interface RecoveryKeysProps {
  readonly clusterName: string;
  /** A secret to take over, with the customer-managed key that it is encrypted under. @default - a new one */
  readonly existing?: { readonly arn: string; readonly kmsKeyArn?: string };
  /** Key that a new secret is encrypted under. */
  readonly key: IKey;
}

/**
 * Where the initialisation puts Vault's recovery keys, and for the seconds until it is revoked the root token. The
 * template gives it no value, so that an empty one means a Vault that was never initialised. Kept when the stack goes:
 * without recovery keys, nobody makes another root token.
 */
export class RecoveryKeys extends Construct {
  readonly secretArn: string;
  private readonly keyArn: string | undefined;

  constructor(scope: Construct, id: string, props: RecoveryKeysProps) {
    super(scope, id);
    if (props.existing !== undefined) {
      this.secretArn = props.existing.arn;
      this.keyArn = props.existing.kmsKeyArn;
      return;
    }
    const secret = new CfnSecret(this, 'Secret', {
      description: `Recovery keys of Vault in ${props.clusterName}`,
      kmsKeyId: props.key.keyArn,
    });
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
    acceptNoRotation(secret, 'Recovery keys change only with a rekey, by the people who hold them.');
    this.secretArn = secret.ref;
    this.keyArn = props.key.keyArn;
  }

  /** What the configuration function may do with it. */
  statements(): PolicyStatement[] {
    const { region, urlSuffix } = Stack.of(this);
    const viaSecretsManager = { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.${urlSuffix}` } };
    return [
      new PolicyStatement({
        sid: 'KeepRecoveryKeys',
        // The last one takes the label off the version that held the root token.
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
        resources: [this.secretArn],
      }),
      ...(this.keyArn
        ? [
            new PolicyStatement({
              sid: 'EncryptRecoveryKeys',
              actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
              resources: [this.keyArn],
              conditions: { ...viaSecretsManager },
            }),
          ]
        : []),
    ];
  }
}
