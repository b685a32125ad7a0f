import { createHash, randomBytes } from 'node:crypto';
import { authorize } from './authorize';
import { MANAGED_KEY, type Bucket, type Buckets, type ObjectEncryption, type StoredObject } from './buckets';
import { contextBytes, open, seal, type EncryptionContext } from './ciphertext';
import type { ConditionContext } from './condition';
import type { IamStore } from './iam';
import type { Kms } from './kms';
import { AwsError, type AwsRequest, type Operation, type Reply, type ServiceApi } from './protocol';
import { listObjects } from './s3-list';
import { checkBody, requestedEncryption, targetOf, type S3Target } from './s3-request';
import type { Session } from './sessions';
import { renderXml } from './xml';

const HEADER = 'x-amz-server-side-encryption';
const LONGEST_KEY = 1024;

/** S3: objects put, read and listed. */
export class S3 {
  constructor(
    private readonly iam: IamStore,
    private readonly buckets: Buckets,
    private readonly kms: Kms,
    private readonly now: () => Date,
  ) {}

  /** The service behind its protocol. */
  api(): ServiceApi {
    return {
      commonErrors: {
        MissingAuthenticationToken: ['AccessDenied', 403],
        IncompleteSignature: ['AuthorizationHeaderMalformed', 400],
        InvalidClientTokenId: ['InvalidAccessKeyId', 403],
        ExpiredToken: ['ExpiredToken', 400],
        Throttling: ['SlowDown', 503],
        InternalFailure: ['InternalError', 500],
      },
      operationOf: (request, endpoint): Operation => {
        const target = targetOf(request, endpoint);
        return { kind: 'signed', name: target.name, run: (caller) => this.perform(target, request, caller) };
      },
      renderError: ({ code, status, message }) => xml(status, renderXml('Error', { Code: code, Message: message, RequestId: requestId() })),
    };
  }

  private perform(target: S3Target, request: AwsRequest, caller: Session): Reply {
    const { name, key } = target;
    const bucket = this.buckets.find(target.bucket);
    if (bucket === undefined) {
      throw new AwsError('NoSuchBucket', 404, 'The specified bucket does not exist');
    }
    if (name === 'ListObjectsV2') {
      this.permit('ListBucket', bucket, undefined, request, caller, listKeys(request.query));
      return xml(200, listObjects(bucket, request.query));
    }
    if (name === 'PutObject') {
      return this.put(bucket, key, request, caller);
    }
    const versionId = request.query.get('versionId');
    const action = versionId === null ? 'GetObject' : 'GetObjectVersion';
    this.permit(action, bucket, key, request, caller, versionId === null ? {} : { 's3:VersionId': versionId });
    const found = (bucket.objects.get(key) ?? []).find((object) => versionId === null || object.versionId === versionId);
    if (found === undefined) {
      // Who may not list learns nothing of what there is.
      this.permit('ListBucket', bucket, undefined, request, caller, {});
      throw versionId === null
        ? new AwsError('NoSuchKey', 404, 'The specified key does not exist.')
        : new AwsError('NoSuchVersion', 404, 'The specified version does not exist.');
    }
    const content = this.decrypted(bucket, found, caller);
    return { status: 200, headers: objectHeaders(bucket, found), body: name === 'HeadObject' ? '' : content };
  }

  private put(bucket: Bucket, key: string, request: AwsRequest, caller: Session): Reply {
    const { headers, body } = request;
    const asked = requestedEncryption(headers);
    this.permit('PutObject', bucket, key, request, caller, {
      ...(asked === undefined ? {} : { 's3:x-amz-server-side-encryption': asked.algorithm }),
      ...(asked?.keyId === undefined ? {} : { 's3:x-amz-server-side-encryption-aws-kms-key-id': asked.keyId }),
    });
    checkBody(request);
    if (Buffer.byteLength(key) > LONGEST_KEY) {
      throw new AwsError('KeyTooLongError', 400, 'Your key is too long');
    }
    const object: StoredObject = {
      key,
      versionId: bucket.versioned ? randomBytes(24).toString('base64url') : 'null',
      size: body.length,
      modified: this.now(),
      contentType: headers['content-type'] ?? 'binary/octet-stream',
      metadata: Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'))),
      ...this.encrypted(bucket, key, encryptionFor(bucket, asked), body, caller),
    };
    bucket.objects.set(key, [object, ...(bucket.versioned ? (bucket.objects.get(key) ?? []) : [])]);
    return { status: 200, headers: { etag: object.etag, ...versionHeader(bucket, object), ...encryptionHeaders(object) }, body: '' };
  }

  private encrypted(bucket: Bucket, key: string, wanted: ObjectEncryption, body: Buffer, caller: Session): Pick<StoredObject, 'encryption' | 'content' | 'etag'> {
    if (wanted.algorithm === 'AES256') {
      return { encryption: { algorithm: 'AES256' }, content: body, etag: md5(body) };
    }
    const context = encryptionContext(bucket, key, bucket.bucketKey);
    const { plaintext, blob, key: kmsKey } = this.withKms(() => this.kms.generateDataKey(wanted.keyId, context, { session: caller, via: 's3' }));
    const content = seal(plaintext, body, contextBytes(context));
    // The ETag of what KMS encrypts is no digest of the plaintext.
    return { encryption: { algorithm: 'aws:kms', keyArn: kmsKey.arn, dataKey: blob, bucketKey: bucket.bucketKey }, content, etag: md5(content) };
  }

  private decrypted(bucket: Bucket, { key, encryption, content }: StoredObject, caller: Session): Buffer {
    if (encryption.algorithm === 'AES256') {
      return content;
    }
    const context = encryptionContext(bucket, key, encryption.bucketKey);
    const { plaintext } = this.withKms(() => this.kms.decrypt(encryption.dataKey, context, { session: caller, via: 's3' }));
    const body = open(plaintext, content, contextBytes(context));
    if (body === undefined) {
      throw new Error(`S3: object ${key} of ${bucket.name} is not encrypted with its data key`);
    }
    return body;
  }

  private permit(action: string, bucket: Bucket, key: string | undefined, { secure }: AwsRequest, caller: Session, keys: ConditionContext): void {
    const resource = key === undefined ? bucket.arn : `${bucket.arn}/${key}`;
    const verdict = authorize(this.iam, {
      caller,
      action: `s3:${action}`,
      resource,
      context: { ...keys, 's3:ResourceAccount': this.iam.account, 'aws:SecureTransport': String(secure), ...(secure ? { 's3:TlsVersion': '1.3' } : {}) },
      resourcePolicy: bucket.policy,
      iamPolicies: 'full',
    });
    if (!verdict.allowed) {
      const message = `User: ${caller.arn} is not authorized to perform: s3:${action} on resource: "${resource}" ${verdict.because}`;
      throw new AwsError('AccessDenied', 403, message, verdict.detail);
    }
  }

  /** KMS's refusals as S3 passes them on. */
  private withKms<T>(ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof AwsError)) {
        throw error;
      }
      throw error.code === 'AccessDeniedException'
        ? new AwsError('AccessDenied', 403, error.message, error.detail)
        : new AwsError(`KMS.${error.code}`, 400, error.message, error.detail);
    }
  }
}

function encryptionFor(bucket: Bucket, asked: ReturnType<typeof requestedEncryption>): ObjectEncryption {
  if (asked === undefined) {
    return bucket.encryption;
  }
  return asked.algorithm === 'AES256' ? { algorithm: 'AES256' } : { algorithm: 'aws:kms', keyId: asked.keyId ?? MANAGED_KEY };
}

function encryptionContext(bucket: Bucket, key: string, bucketKey: boolean): EncryptionContext {
  return { 'aws:s3:arn': bucketKey ? bucket.arn : `${bucket.arn}/${key}` };
}

function listKeys(query: URLSearchParams): ConditionContext {
  const value = (key: string, parameter: string) => (query.has(parameter) ? { [key]: query.get(parameter) ?? '' } : {});
  return { ...value('s3:prefix', 'prefix'), ...value('s3:delimiter', 'delimiter'), ...value('s3:max-keys', 'max-keys') };
}

function objectHeaders(bucket: Bucket, object: StoredObject): Record<string, string> {
  return {
    'content-type': object.contentType,
    'content-length': String(object.size),
    'last-modified': object.modified.toUTCString(),
    'accept-ranges': 'bytes',
    etag: object.etag,
    ...versionHeader(bucket, object),
    ...encryptionHeaders(object),
    ...object.metadata,
  };
}

function versionHeader({ versioned }: Bucket, { versionId }: StoredObject): Record<string, string> {
  return versioned ? { 'x-amz-version-id': versionId } : {};
}

function encryptionHeaders({ encryption }: StoredObject): Record<string, string> {
  if (encryption.algorithm === 'AES256') {
    return { [HEADER]: 'AES256' };
  }
  return {
    [HEADER]: 'aws:kms',
    [`${HEADER}-aws-kms-key-id`]: encryption.keyArn,
    ...(encryption.bucketKey ? { [`${HEADER}-bucket-key-enabled`]: 'true' } : {}),
  };
}

function md5(content: Buffer): string {
  return `"${createHash('md5').update(content).digest('hex')}"`;
}

function xml(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId() }, body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` };
}

function requestId(): string {
  return randomBytes(8).toString('hex').toUpperCase();
}
