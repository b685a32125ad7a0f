import { z } from 'zod';
import type { DeployedResource, Deployment } from '../cloudformation/deployment';
import { parsePolicy, type PolicyDocument } from './policy-document';

/** How an object is encrypted at rest. `aws:kms` without a key means AWS's own, `alias/aws/s3`. */
export type ObjectEncryption = { readonly algorithm: 'AES256' } | { readonly algorithm: 'aws:kms'; readonly keyId: string };

export interface StoredObject {
  readonly key: string;
  /** `null` in a bucket without versions. */
  readonly versionId: string;
  /** As a header has it, with its quotes. */
  readonly etag: string;
  /** Bytes of the plaintext. */
  readonly size: number;
  readonly modified: Date;
  readonly contentType: string;
  /** `x-amz-meta-*` headers. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly encryption:
    | { readonly algorithm: 'AES256' }
    | { readonly algorithm: 'aws:kms'; readonly keyArn: string; readonly dataKey: Buffer; readonly bucketKey: boolean };
  /** Sealed with the data key, if there is one. */
  readonly content: Buffer;
}

export interface Bucket {
  readonly name: string;
  readonly arn: string;
  readonly policy: PolicyDocument | undefined;
  /** Whether a new object under a name leaves the old one where it is. */
  readonly versioned: boolean;
  /** What an object gets that asks for nothing. */
  readonly encryption: ObjectEncryption;
  /** S3 Bucket Key: KMS is asked with the bucket's ARN instead of the object's. */
  readonly bucketKey: boolean;
  /** By key, newest first. */
  readonly objects: Map<string, readonly StoredObject[]>;
}

export const MANAGED_KEY = 'alias/aws/s3';

const bucketProperties = z.object({
  VersioningConfiguration: z.object({ Status: z.enum(['Enabled', 'Suspended']) }).optional(),
  BucketEncryption: z
    .object({
      ServerSideEncryptionConfiguration: z.tuple([
        z.object({
          BucketKeyEnabled: z.boolean().default(false),
          ServerSideEncryptionByDefault: z.object({
            SSEAlgorithm: z.enum(['AES256', 'aws:kms']),
            KMSMasterKeyID: z.string().optional(),
          }),
        }),
      ]),
    })
    .optional(),
});
const policyProperties = z.object({ Bucket: z.string(), PolicyDocument: z.unknown() });

/** The buckets of a deployment with the objects in them. */
export class Buckets {
  private readonly buckets: ReadonlyMap<string, Bucket>;

  /** @throws for a bucket or a policy that S3 would not make, a name that is taken, and a policy on a bucket that is not here. */
  constructor(deployment: Deployment) {
    const policies = new Map(
      deployment.ofType('AWS::S3::BucketPolicy').map((resource) => {
        const properties = policyProperties.parse(resource.properties);
        return [properties.Bucket, parsePolicy(properties.PolicyDocument, 'resource', label(resource))];
      }),
    );
    const buckets = new Map<string, Bucket>();
    for (const resource of deployment.ofType('AWS::S3::Bucket')) {
      if (buckets.has(resource.physicalId)) {
        throw new Error(`${label(resource)}: a bucket "${resource.physicalId}" exists already`);
      }
      buckets.set(resource.physicalId, bucketOf(resource, policies.get(resource.physicalId)));
    }
    this.buckets = buckets;
    const stranger = [...policies.keys()].find((name) => !this.buckets.has(name));
    if (stranger !== undefined) {
      throw new Error(`S3: a policy is put on bucket "${stranger}", which the deployment does not make`);
    }
  }

  find(name: string): Bucket | undefined {
    return this.buckets.get(name);
  }
}

function bucketOf(resource: DeployedResource, policy: PolicyDocument | undefined): Bucket {
  const parsed = bucketProperties.safeParse(resource.properties);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${label(resource)}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const [rule] = parsed.data.BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
  const { SSEAlgorithm = 'AES256', KMSMasterKeyID = MANAGED_KEY } = rule?.ServerSideEncryptionByDefault ?? {};
  return {
    name: resource.physicalId,
    arn: resource.arn ?? '',
    policy,
    versioned: parsed.data.VersioningConfiguration?.Status === 'Enabled',
    encryption: SSEAlgorithm === 'AES256' ? { algorithm: SSEAlgorithm } : { algorithm: SSEAlgorithm, keyId: KMSMasterKeyID },
    bucketKey: rule?.BucketKeyEnabled ?? false,
    objects: new Map(),
  };
}

function label({ stack, logicalId, type }: DeployedResource): string {
  return `stack ${stack}, ${type} ${logicalId}`;
}
