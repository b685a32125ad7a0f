import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { DeployedResource, Deployment } from '../cloudformation/deployment';
import { contextBytes, open, seal, type EncryptionContext } from './ciphertext';
import { parsePolicy, type PolicyDocument } from './policy-document';
import { AwsError } from './protocol';
import { uuidOf } from './unique-id';

/** A symmetric key. What it is made of never leaves {@link KmsKeys}. */
export interface KmsKey {
  /** UUID, or `mrk-…`. */
  readonly id: string;
  readonly arn: string;
  readonly policy: PolicyDocument;
  readonly description: string;
  readonly multiRegion: boolean;
  readonly manager: 'CUSTOMER' | 'AWS';
  readonly created: Date;
  readonly state: 'Enabled' | 'Disabled' | 'PendingDeletion';
  /** When a key that is pending deletion goes. */
  readonly deletion?: Date | undefined;
}

/** Services that encrypt under a key of AWS's own, `alias/aws/<service>`, where the template names none. */
export const MANAGED_KEY_SERVICES = ['secretsmanager', 's3'] as const;
type ManagedKeyService = (typeof MANAGED_KEY_SERVICES)[number];

const keyProperties = z.object({
  KeyPolicy: z.unknown().optional(),
  Description: z.string().default(''),
  Enabled: z.boolean().default(true),
  MultiRegion: z.boolean().default(false),
  KeySpec: z.literal('SYMMETRIC_DEFAULT', 'only symmetric keys are modelled here').default('SYMMETRIC_DEFAULT'),
  KeyUsage: z.literal('ENCRYPT_DECRYPT', 'only keys that encrypt are modelled here').default('ENCRYPT_DECRYPT'),
  Origin: z.literal('AWS_KMS', 'only keys whose material AWS makes are modelled here').default('AWS_KMS'),
});
const aliasProperties = z.object({ AliasName: z.string(), TargetKeyId: z.string() });

const DAY = 24 * 60 * 60 * 1000;
const BLOB_VERSION = 1;
const KEY_ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;

/** The keys of an account in a region: those of a deployment, with their aliases, and AWS's own. */
export class KmsKeys {
  private readonly keys = new Map<string, KmsKey>();
  private readonly material = new Map<string, Buffer>();
  /** Key id by alias name, `alias/x`. */
  private readonly aliases = new Map<string, string>();
  private readonly arnPrefix: string;

  /** @throws for a key that is not symmetric, a policy that KMS would not store, an alias that is taken, and one of a key that is not here. */
  constructor(deployment: Deployment) {
    const { partition, region, account } = deployment;
    this.arnPrefix = `arn:${partition.name}:kms:${region}:${account}:`;
    for (const resource of deployment.ofType('AWS::KMS::Key')) {
      this.add(keyOf(resource, deployment));
    }
    for (const service of MANAGED_KEY_SERVICES) {
      const id = uuidOf(`${account}/${region}/aws/${service}`);
      this.add(managedKey(service, id, `${this.arnPrefix}key/${id}`, deployment));
      this.aliases.set(`alias/aws/${service}`, id);
    }
    for (const resource of deployment.ofType('AWS::KMS::Alias')) {
      const { AliasName, TargetKeyId } = aliasProperties.parse(resource.properties);
      const id = TargetKeyId.replace(`${this.arnPrefix}key/`, '');
      if (!this.keys.has(id)) {
        throw new Error(`${label(resource)}: TargetKeyId "${TargetKeyId}" is no key of the deployment; give a key of its own, by id or ARN`);
      }
      if (this.aliases.has(AliasName)) {
        throw new Error(`${label(resource)}: AliasName "${AliasName}" is another key's already`);
      }
      this.aliases.set(AliasName, id);
    }
  }

  /**
   * The key that a request names: by id, key ARN, alias name or alias ARN.
   * @throws {AwsError} `NotFoundException`.
   */
  key(name: string): KmsKey {
    const byArn = name.startsWith(this.arnPrefix);
    const local = byArn ? name.slice(this.arnPrefix.length) : name;
    if (local.startsWith('arn:')) {
      const region = local.split(':')[3] ?? '';
      throw notFound(region === this.arnPrefix.split(':')[3] ? `Key '${name}' does not exist` : `Invalid arn ${region}`);
    }
    if (local.startsWith('alias/')) {
      const key = this.keys.get(this.aliases.get(local) ?? '');
      return key ?? fail(notFound(`Alias ${this.arnPrefix}${local} is not found.`));
    }
    const id = byArn ? local.replace(/^key\//, '') : local;
    if (!KEY_ID.test(id)) {
      throw notFound(`Invalid keyId '${name}'`);
    }
    return this.keys.get(id) ?? fail(notFound(`Key '${this.arnPrefix}key/${id}' does not exist`));
  }

  /** Names of the key's aliases, `alias/x`. */
  aliasesOf(key: KmsKey): string[] {
    return [...this.aliases].flatMap(([alias, id]) => (id === key.id ? [alias] : []));
  }

  /** The key that a ciphertext names; undefined when it is no ciphertext of KMS. @returns `gone` when there is no such key any more. */
  keyOfBlob(blob: Buffer): KmsKey | 'gone' | undefined {
    const id = blobHeader(blob)?.id;
    return id === undefined ? undefined : (this.keys.get(id) ?? 'gone');
  }

  /** A data key for what the account's owner encrypts without asking KMS for permission: a template's own values. */
  dataKey(name: string, context: EncryptionContext): { readonly plaintext: Buffer; readonly blob: Buffer } {
    const plaintext = randomBytes(32);
    return { plaintext, blob: this.encrypt(this.key(name), plaintext, context) };
  }

  /** A ciphertext that names its key. The state of the key is the caller's business. */
  encrypt(key: KmsKey, plaintext: Buffer, context: EncryptionContext): Buffer {
    const header = Buffer.concat([Buffer.from([BLOB_VERSION, key.id.length]), Buffer.from(key.id)]);
    return Buffer.concat([header, seal(this.materialOf(key), plaintext, Buffer.concat([header, contextBytes(context)]))]);
  }

  /** @throws {AwsError} `InvalidCiphertextException` for a ciphertext or a context that was changed. */
  decrypt(key: KmsKey, blob: Buffer, context: EncryptionContext): Buffer {
    const header = blobHeader(blob)?.header;
    const plaintext = header && open(this.materialOf(key), blob.subarray(header.length), Buffer.concat([header, contextBytes(context)]));
    return plaintext ?? fail(new AwsError('InvalidCiphertextException', 400, '', 'the ciphertext or its encryption context is not what was encrypted'));
  }

  /** Disables a key, as a person could by mistake. @param name as in {@link key}. */
  disableKey(name: string): void {
    this.change(name, { state: 'Disabled' });
  }

  /** Enables a key again, also one whose deletion was scheduled (in AWS, after `CancelKeyDeletion`). */
  enableKey(name: string): void {
    this.change(name, { state: 'Enabled' });
  }

  /** Schedules a key's deletion. @param days its waiting period, 7 to 30. */
  scheduleDeletion(name: string, days = 30): void {
    this.change(name, { state: 'PendingDeletion', deletion: new Date(Date.now() + days * DAY) });
  }

  /** Deletes a key with its aliases, as after its waiting period: what it encrypted cannot be decrypted any more. */
  loseKey(name: string): void {
    const key = this.key(name);
    this.aliasesOf(key).forEach((alias) => this.aliases.delete(alias));
    this.keys.delete(key.id);
    this.material.delete(key.id);
  }

  private add(key: KmsKey): void {
    this.keys.set(key.id, key);
    this.material.set(key.id, randomBytes(32));
  }

  private change(name: string, { state, deletion }: { readonly state: KmsKey['state']; readonly deletion?: Date }): void {
    const key = this.key(name);
    this.keys.set(key.id, { ...key, state, deletion });
  }

  private materialOf(key: KmsKey): Buffer {
    return this.material.get(key.id) ?? fail(notFound(`Key '${key.arn}' does not exist`));
  }
}

function keyOf(resource: DeployedResource, { account, partition }: Deployment): KmsKey {
  const where = label(resource);
  const parsed = keyProperties.safeParse(resource.properties);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${where}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { KeyPolicy, Description, Enabled, MultiRegion } = parsed.data;
  return {
    id: resource.physicalId,
    arn: resource.arn ?? '',
    policy: parsePolicy(KeyPolicy ?? delegation(`arn:${partition.name}:iam::${account}:root`), 'resource', where),
    description: Description,
    multiRegion: MultiRegion,
    manager: 'CUSTOMER',
    created: new Date(),
    state: Enabled ? 'Enabled' : 'Disabled',
  };
}

/** What KMS gives a key that comes without a policy: the account's IAM policies decide. */
function delegation(AWS: string): object {
  return { Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'kms:*', Resource: '*' }] };
}

/** A key of AWS's own: everybody in the account may use it, through its service alone. */
function managedKey(service: ManagedKeyService, id: string, arn: string, { account, region }: Deployment): KmsKey {
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
    Resource: '*',
    Condition: { StringEquals: { 'kms:CallerAccount': account, 'kms:ViaService': `${service}.${region}.amazonaws.com` } },
  };
  return {
    id,
    arn,
    policy: parsePolicy({ Statement: [statement] }, 'resource', `alias/aws/${service}`),
    description: `Default key that protects what ${service} keeps when no other key is defined`,
    multiRegion: false,
    manager: 'AWS',
    created: new Date(),
    state: 'Enabled',
  };
}

function blobHeader(blob: Buffer): { readonly id: string; readonly header: Buffer } | undefined {
  const header = blob.subarray(0, 2 + (blob[1] ?? 0));
  return blob[0] === BLOB_VERSION && header.length > 2 ? { id: header.subarray(2).toString('latin1'), header } : undefined;
}

function notFound(message: string): AwsError {
  return new AwsError('NotFoundException', 400, message);
}

function fail(error: AwsError): never {
  throw error;
}

function label({ stack, logicalId, type }: DeployedResource): string {
  return `stack ${stack}, ${type} ${logicalId}`;
}
