import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { names } from '../identity/names';

export interface SealKeyProps {
  readonly clusterName: string;
  /** A key to take over. @default - a new one */
  readonly existingKeyArn?: string;
}

/**
 * The KMS key that seals Vault, and the right of Vault's pods, and of nobody else here, to use it. Kept when the stack
 * goes, for without it neither Vault's volumes nor its snapshots can ever be opened; deleted, it can be brought back for
 * 30 days. Source: Vault, "AWS KMS seal".
 */
export class SealKey extends Construct {
  readonly keyArn: string;

  constructor(scope: Construct, id: string, { clusterName, existingKeyArn }: SealKeyProps) {
    super(scope, id);
    this.keyArn = existingKeyArn ?? this.newKey(clusterName).keyArn;
    new Policy(this, 'Use', {
      roles: [Role.fromRoleName(this, 'ServerRole', names.serverRole(clusterName))],
      statements: [new PolicyStatement({ sid: 'UnsealVault', actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey'], resources: [this.keyArn] })],
    });
  }

  private newKey(clusterName: string): Key {
    const key = new Key(this, 'Key', {
      description: `Seals Vault in ${clusterName}: without it, Vault and its snapshots are lost`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    key.addAlias(`vault-seal-${clusterName}`);
    return key;
  }
}
