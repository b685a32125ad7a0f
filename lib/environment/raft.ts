import { z } from 'zod';
import { bucketName, keyArn, secretArn, topicArn } from './aws';
import { flag, section, text, whole } from './fields';
import { quote } from './words';

const mostRecoveryKeys = 10;

const replicas = z
  .int({ error: ({ input }) => `${quote(input)} is not a number of replicas; allowed: 1, 3 or 5.` })
  .superRefine((value, context) => {
    if ([1, 3, 5].includes(value)) return;
    const even = value > 0 && value % 2 === 0;
    context.addIssue({
      code: 'custom',
      message: even
        ? `${value} is even, and ${value} replicas outlive no more losses than ${value - 1}; allowed: 1, 3 or 5.`
        : `${value} is not a number of replicas for Raft; allowed: 1, 3 or 5.`,
    });
  });

const recovery = section({
  shares: whole(1, mostRecoveryKeys).default(5),
  threshold: whole(1, mostRecoveryKeys).default(3),
  secret: section({ arn: text('the ARN of a secret', secretArn), kmsKeyArn: text('the ARN of a KMS key', keyArn).optional() }).optional(),
}).superRefine(({ shares, threshold }, context) => {
  if (shares < 1 || threshold < 1 || threshold > mostRecoveryKeys) return;
  if (threshold > shares) {
    context.addIssue({
      code: 'custom',
      path: ['threshold'],
      message: `${threshold} is more than there are recovery keys (shares: ${shares}), so they could never be enough; allowed: ${thresholds(shares)}.`,
    });
  }
  // Vault refuses it too.
  if (shares > 1 && threshold === 1) {
    context.addIssue({ code: 'custom', path: ['threshold'], message: `1 of ${shares} recovery keys is no sharing; allowed: ${thresholds(shares)}, or shares: 1.` });
  }
});

function thresholds(shares: number): string {
  return shares <= 2 ? String(shares) : `2 to ${shares}`;
}

const snapshots = section({
  everyHours: z
    .int({ error: ({ input }) => `${quote(input)} is not a number of hours; allowed: 1, 2, 3, 4, 6, 8, 12 or 24.` })
    .superRefine((value, context) => {
      if (value > 0 && 24 % value === 0) return;
      context.addIssue({ code: 'custom', message: `${value} does not divide a day; allowed: 1, 2, 3, 4, 6, 8, 12 or 24.` });
    })
    .default(6),
  retentionDays: whole(1, 3650).default(35),
  bucket: section({
    name: text('the name of an S3 bucket', bucketName),
    versioning: text('the versioning of the bucket, as `aws s3api get-bucket-versioning` prints it', (value) =>
      value === 'Enabled'
        ? undefined
        : 'will not do: without versions, a snapshot that is overwritten or deleted is gone. Turn it on (aws s3api put-bucket-versioning --bucket NAME --versioning-configuration Status=Enabled), then say Enabled.',
    ),
    kmsKeyArn: text('the ARN of a KMS key', keyArn).optional(),
  }).optional(),
});

/** `vault.raft` of an environment. */
export const raft = section({
  replicas: replicas.default(3),
  storageSize: whole(1, 16_384, ' (GiB)').default(10),
  tls: flag().default(true),
  kmsKeyArn: text('the ARN of a KMS key', keyArn).optional(),
  recovery: recovery.prefault({}),
  snapshots: snapshots.prefault({}),
  alarmTopicArn: text('the ARN of an SNS topic', topicArn).optional(),
});

/** The mode of an environment's Vault, by what it says or by what it is for. */
export function vaultMode({ production, vault }: { production: boolean; vault: { mode?: 'dev' | 'raft' | undefined } }): 'dev' | 'raft' {
  return vault.mode ?? (production ? 'raft' : 'dev');
}
