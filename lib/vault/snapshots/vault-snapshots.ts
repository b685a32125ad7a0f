import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct, IDependable } from 'constructs';
import { join } from 'path';
import { acceptAnyObject, acceptNoAccessLog } from '../../accepted-findings';
import type { ClusterAccess } from '../../cluster/cluster-access';
import type { Environment, Raft } from '../../environment/environment';
import { names } from '../../identity/names';
import { vaultAddresses } from '../addresses';
import { VaultFunction } from '../vault-function';
import { LARGEST_SNAPSHOT, type SnapshotProperties } from './properties';

export interface VaultSnapshotsProps {
  /** With a Vault of mode `raft`. */
  readonly environment: Environment;
  readonly access: ClusterAccess;
  /** Vault's namespace, which the function's Role lives in. */
  readonly namespace: IDependable;
  /** Vault with the function's role in it: none is taken before. */
  readonly configured: IDependable;
  /** Key that a bucket made here encrypts with. */
  readonly key: IKey;
}

/** An event that could not be handed over by then leaves it to the next one. */
const LATEST = Duration.hours(1);

/**
 * Takes snapshots of Vault's storage on a schedule and keeps them in S3: in a bucket made here, which outlives the stack,
 * or in one that there is.
 */
export class VaultSnapshots extends VaultFunction {
  readonly bucketName: string;
  readonly bucketArn: string;

  constructor(scope: Construct, id: string, props: VaultSnapshotsProps) {
    const { environment, access } = props;
    const { vault, cluster } = environment;
    const { raft } = vault;
    if (!raft) throw new Error(`VaultSnapshots needs a Vault of mode raft; environment "${environment.name}" has mode ${vault.mode}.`);
    const { service } = vaultAddresses(vault);
    const bucket = snapshotBucket(scope, `${id}Bucket`, raft.snapshots, props.key);
    super(scope, id, {
      access,
      after: [props.namespace],
      handlerDirectory: join(__dirname, 'handler'),
      description: `Takes snapshots of Vault of ${cluster.name}`,
      roleName: names.snapshotRole(cluster.name),
      roleDescription: 'Takes snapshots of Vault, which hold all its secrets under its seal',
      statements: statements(scope, bucket, cluster.name),
      group: 'vault-snapshots',
      // It logs in by a PUT, which is `update`, and reads.
      rules: { [vault.namespace]: [{ resource: 'services/proxy', names: [service], verbs: ['get', 'update'] }] },
      timeout: Duration.minutes(15),
      // Its share of a processor, and so the speed of the transfers, goes by its memory.
      memorySize: 512,
      ephemeralStorageSize: Size.mebibytes(LARGEST_SNAPSHOT / 1024 ** 2),
    });
    this.bucketName = bucket.bucketName;
    this.bucketArn = bucket.bucketArn;
    acceptAnyObject(this.node.findChild('Rights'), bucket, `${cluster.name}/`, 'Keys hold the time at which they were made.');
    // A run that fails has waited some minutes for Vault: Lambda runs it again one and two minutes later. Then the next one is due, and an alarm.
    this.fn.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: LATEST });
    const rule = new Rule(this, 'Schedule', {
      description: `Snapshots of Vault of ${cluster.name}`,
      schedule: Schedule.rate(Duration.hours(raft.snapshots.everyHours)),
      targets: [new LambdaTarget(this.fn, { event: RuleTargetInput.fromObject(this.properties(environment, access)), retryAttempts: 2, maxEventAge: LATEST })],
    });
    rule.node.addDependency(props.configured, ...this.needs);
  }

  private properties({ vault, cluster: settings, region, partition }: Environment, { cluster }: ClusterAccess): SnapshotProperties {
    return {
      cluster: { name: settings.name, endpoint: cluster.clusterEndpoint, certificateAuthority: cluster.clusterCertificateAuthorityData },
      vault: { namespace: vault.namespace, service: vaultAddresses(vault).service },
      authMethod: {
        mountPath: vault.auth.mountPath,
        serverIdHeader: vault.auth.serverIdHeader,
        stsEndpoint: `https://sts.${region}.${partition.dnsSuffix}`,
        stsRegion: region,
      },
      role: names.snapshotRole(settings.name),
      bucket: this.bucketName,
      prefix: settings.name,
    };
  }
}

function snapshotBucket(scope: Construct, id: string, { bucket: existing, retentionDays }: Raft['snapshots'], key: IKey): IBucket {
  if (existing) {
    const { name, kmsKeyArn } = existing;
    return Bucket.fromBucketAttributes(scope, id, { bucketName: name, ...(kmsKeyArn ? { encryptionKey: Key.fromKeyArn(scope, `${id}Key`, kmsKeyArn) } : {}) });
  }
  const retention = Duration.days(retentionDays);
  const bucket = new Bucket(scope, id, {
    versioned: true,
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    bucketKeyEnabled: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    lifecycleRules: [{ id: 'Retention', expiration: retention, noncurrentVersionExpiration: retention, abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  acceptNoAccessLog(bucket, 'One function writes to it and logs each object. Who reads is for CloudTrail data events, which an account turns on for all its buckets; S3 delivers access logs with delay and without guarantee.');
  return bucket;
}

/** It writes under its cluster's name and reads nothing back. */
function statements(scope: Construct, { bucketArn, encryptionKey }: IBucket, clusterName: string): PolicyStatement[] {
  const { region, urlSuffix } = Stack.of(scope);
  return [
    new PolicyStatement({ sid: 'StoreSnapshots', actions: ['s3:PutObject'], resources: [`${bucketArn}/${clusterName}/*`] }),
    ...(encryptionKey
      ? [
          new PolicyStatement({
            sid: 'EncryptSnapshots',
            // kms:Decrypt is for reading and for uploads in parts. An object is put in one piece.
            actions: ['kms:GenerateDataKey'],
            resources: [encryptionKey.keyArn],
            conditions: { StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` } },
          }),
        ]
      : []),
  ];
}
