import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { JsonObject } from '../cloudformation/template';
import { authorize } from './authorize';
import type { EncryptionContext } from './ciphertext';
import type { ConditionContext } from './condition';
import type { IamStore } from './iam';
import { blob, jsonApi, operation, timestamp } from './json-protocol';
import type { KmsKey, KmsKeys } from './kms-keys';
import { AwsError, type ServiceApi } from './protocol';
import type { Session } from './sessions';

/** Who asks KMS: a role session, and the service that asks in its name (`secretsmanager`), if one does. */
export interface KmsCaller {
  readonly session: Session;
  readonly via?: 'secretsmanager' | 's3';
}

/** A data key, plain and encrypted. */
export interface DataKey {
  readonly plaintext: Buffer;
  readonly blob: Buffer;
  readonly key: KmsKey;
}

type Action = 'Encrypt' | 'Decrypt' | 'GenerateDataKey' | 'DescribeKey';

const ALGORITHM = 'SYMMETRIC_DEFAULT';
const LONGEST_PLAINTEXT = 4096;
const LONGEST_CIPHERTEXT = 6144;
const DATA_KEY_BYTES = { AES_256: 32, AES_128: 16 } as const;

const keyId = z.string().min(1).max(2048);
const context = z.record(z.string(), z.string()).default({});
const algorithm = z.literal(ALGORITHM).default(ALGORITHM);
const encryptInput = z.strictObject({
  KeyId: keyId,
  Plaintext: blob.refine(({ length }) => length >= 1 && length <= LONGEST_PLAINTEXT, `Member must have 1 to ${LONGEST_PLAINTEXT} bytes`),
  EncryptionContext: context,
  EncryptionAlgorithm: algorithm,
});
const decryptInput = z.strictObject({
  CiphertextBlob: blob.refine(({ length }) => length >= 1 && length <= LONGEST_CIPHERTEXT, `Member must have 1 to ${LONGEST_CIPHERTEXT} bytes`),
  KeyId: keyId.optional(),
  EncryptionContext: context,
  EncryptionAlgorithm: algorithm,
});
const generateDataKeyInput = z
  .strictObject({
    KeyId: keyId,
    KeySpec: z.enum(['AES_256', 'AES_128']).optional(),
    NumberOfBytes: z.int().min(1).max(1024).optional(),
    EncryptionContext: context,
  })
  .refine(({ KeySpec, NumberOfBytes }) => (KeySpec === undefined) !== (NumberOfBytes === undefined), 'give either KeySpec or NumberOfBytes');
const describeKeyInput = z.strictObject({ KeyId: keyId });

/** KMS: what Vault's seal and the services that encrypt under a key ask of it. */
export class Kms {
  constructor(
    private readonly iam: IamStore,
    private readonly keys: KmsKeys,
  ) {}

  /** The service behind its protocol. */
  api(): ServiceApi {
    return jsonApi({
      target: 'TrentService',
      // KMS and what stands before it write the member differently.
      textMember: (code) => (code === 'AccessDeniedException' ? 'Message' : 'message'),
      operations: {
        Encrypt: operation(encryptInput, ({ KeyId, Plaintext, EncryptionContext }, session) => {
          const key = this.usableKey('Encrypt', KeyId, EncryptionContext, { session });
          const blob = this.keys.encrypt(key, Plaintext, EncryptionContext);
          return { CiphertextBlob: blob.toString('base64'), KeyId: key.arn, EncryptionAlgorithm: ALGORITHM };
        }),
        Decrypt: operation(decryptInput, ({ CiphertextBlob, KeyId, EncryptionContext }, session) => {
          const { plaintext, key } = this.decrypt(CiphertextBlob, EncryptionContext, { session }, KeyId);
          return { Plaintext: plaintext.toString('base64'), KeyId: key.arn, EncryptionAlgorithm: ALGORITHM };
        }),
        GenerateDataKey: operation(generateDataKeyInput, ({ KeyId, KeySpec, NumberOfBytes, EncryptionContext }, session) => {
          const bytes = KeySpec === undefined ? (NumberOfBytes ?? 0) : DATA_KEY_BYTES[KeySpec];
          const { plaintext, blob, key } = this.generateDataKey(KeyId, EncryptionContext, { session }, bytes);
          return { Plaintext: plaintext.toString('base64'), CiphertextBlob: blob.toString('base64'), KeyId: key.arn };
        }),
        DescribeKey: operation(describeKeyInput, ({ KeyId }, session) => {
          const key = this.keys.key(KeyId);
          this.permit('DescribeKey', key, {}, { session }, KeyId);
          return { KeyMetadata: metadata(key, this.iam.account) };
        }),
      },
    });
  }

  /** @throws {AwsError} as the operation of that name. */
  generateDataKey(keyId: string, context: EncryptionContext, caller: KmsCaller, bytes: number = DATA_KEY_BYTES.AES_256): DataKey {
    const key = this.usableKey('GenerateDataKey', keyId, context, caller);
    const plaintext = randomBytes(bytes);
    return { plaintext, blob: this.keys.encrypt(key, plaintext, context), key };
  }

  /**
   * What a ciphertext holds. It names its key; who gives a key as well wants that one and no other.
   * @throws {AwsError} as the operation of that name.
   */
  decrypt(blob: Buffer, context: EncryptionContext, caller: KmsCaller, keyId?: string): { readonly plaintext: Buffer; readonly key: KmsKey } {
    const given = keyId === undefined ? undefined : this.keys.key(keyId);
    const key = this.keys.keyOfBlob(blob);
    if (key === undefined) {
      throw new AwsError('InvalidCiphertextException', 400, '', 'no ciphertext of KMS');
    }
    if (key === 'gone' && given === undefined) {
      throw accessDenied(`${onCiphertext('Decrypt', caller.session)} ${NO_SUCH_RESOURCE}`, 'its key does not exist (any more)');
    }
    if (key === 'gone' || (given !== undefined && given.id !== key.id)) {
      throw new AwsError('IncorrectKeyException', 400, 'The key ID in the request does not identify a CMK that can perform this operation.');
    }
    this.permit('Decrypt', key, context, caller, keyId);
    checkState(key);
    return { plaintext: this.keys.decrypt(key, blob, context), key };
  }

  private usableKey(action: Action, keyId: string, context: EncryptionContext, caller: KmsCaller): KmsKey {
    const key = this.keys.key(keyId);
    this.permit(action, key, context, caller, keyId);
    checkState(key);
    return key;
  }

  private permit(action: Action, key: KmsKey, context: EncryptionContext, { session, via }: KmsCaller, keyId: string | undefined): void {
    const verdict = authorize(this.iam, {
      caller: session,
      action: `kms:${action}`,
      resource: key.arn,
      context: this.conditionKeys(key, context, via, keyId),
      resourcePolicy: key.policy,
      iamPolicies: 'delegated',
    });
    if (verdict.allowed) {
      return;
    }
    if (keyId === undefined) {
      throw accessDenied(`${onCiphertext(action, session)} ${verdict.by === 'resource' ? NO_SUCH_RESOURCE : verdict.because}`, verdict.detail);
    }
    throw accessDenied(`User: ${session.arn} is not authorized to perform: kms:${action} on resource: ${key.arn} ${verdict.because}`, verdict.detail);
  }

  private conditionKeys(key: KmsKey, context: EncryptionContext, via: KmsCaller['via'], keyId: string | undefined): ConditionContext {
    const aliases = this.keys.aliasesOf(key);
    const alias = keyId === undefined ? undefined : /alias\/.*$/.exec(keyId)?.[0];
    const bound = Object.entries(context);
    return {
      'kms:CallerAccount': this.iam.account,
      'kms:KeySpec': ALGORITHM,
      'kms:KeyUsage': 'ENCRYPT_DECRYPT',
      'kms:KeyOrigin': 'AWS_KMS',
      'kms:MultiRegion': String(key.multiRegion),
      'kms:EncryptionAlgorithm': ALGORITHM,
      'aws:ViaAWSService': String(via !== undefined),
      ...(aliases.length === 0 ? {} : { 'kms:ResourceAliases': aliases }),
      ...(alias === undefined ? {} : { 'kms:RequestAlias': alias }),
      ...(via === undefined ? {} : { 'kms:ViaService': `${via}.${this.iam.region}.amazonaws.com` }),
      ...(bound.length === 0 ? {} : { 'kms:EncryptionContextKeys': bound.map(([name]) => name) }),
      ...Object.fromEntries(bound.map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
    };
  }
}

const NO_SUCH_RESOURCE =
  'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access';

function onCiphertext(action: Action, session: Session): string {
  return `User: ${session.arn} is not authorized to perform: kms:${action} on the resource associated with this ciphertext`;
}

function accessDenied(message: string, detail: string): AwsError {
  return new AwsError('AccessDeniedException', 400, message, detail);
}

function checkState({ arn, state }: KmsKey): void {
  if (state === 'Disabled') {
    throw new AwsError('DisabledException', 400, `${arn} is disabled.`);
  }
  if (state === 'PendingDeletion') {
    throw new AwsError('KMSInvalidStateException', 400, `${arn} is pending deletion.`);
  }
}

function metadata(key: KmsKey, account: string): JsonObject {
  return {
    AWSAccountId: account,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: timestamp(key.created),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: key.state,
    ...(key.deletion === undefined ? {} : { DeletionDate: timestamp(key.deletion) }),
    Origin: 'AWS_KMS',
    KeyManager: key.manager,
    CustomerMasterKeySpec: ALGORITHM,
    KeySpec: ALGORITHM,
    EncryptionAlgorithms: [ALGORITHM],
    MultiRegion: key.multiRegion,
  };
}
