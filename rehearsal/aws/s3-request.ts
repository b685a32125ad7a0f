import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Endpoint } from './endpoints';
import { AwsError, type AwsRequest } from './protocol';

/** What a request to S3 is about. */
export interface S3Target {
  readonly name: 'PutObject' | 'GetObject' | 'HeadObject' | 'ListObjectsV2';
  readonly bucket: string;
  /** Empty for `ListObjectsV2`. */
  readonly key: string;
}

const QUERY = {
  PutObject: [],
  GetObject: ['versionId'],
  HeadObject: ['versionId'],
  ListObjectsV2: ['list-type', 'prefix', 'delimiter', 'max-keys', 'start-after', 'continuation-token', 'encoding-type', 'fetch-owner'],
} as const;
const ENCRYPTION = 'x-amz-server-side-encryption';
const HEADERS = {
  PutObject: [ENCRYPTION, `${ENCRYPTION}-aws-kms-key-id`, 'x-amz-checksum-crc32', 'x-amz-checksum-sha256', 'x-amz-sdk-checksum-algorithm'],
  GetObject: ['x-amz-checksum-mode'],
  HeadObject: ['x-amz-checksum-mode'],
  ListObjectsV2: [],
} as const;
const COMMON_HEADERS = ['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token', 'x-amz-user-agent', 'x-amz-expected-bucket-owner'];
const CONDITIONAL = ['range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];

/**
 * The bucket and key of a request, in the host name or in the path.
 * @throws {AwsError} for an operation, a parameter or a header that would have to be ignored: `NotImplemented`, AWS's own
 *   word for what it does not do.
 */
export function targetOf({ method, path, query, headers }: AwsRequest, { bucket: inHost }: Endpoint): S3Target {
  const segments = path.slice(1).split('/');
  const bucket = inHost ?? decoded(segments.shift() ?? '');
  const key = decoded(segments.join('/'));
  const name = operationOf(method, bucket, key, query);
  const parameter = [...query.keys()].find((known) => known !== 'x-id' && !(QUERY[name] as readonly string[]).includes(known));
  if (parameter !== undefined) {
    throw notImplemented(`parameter ${parameter} of ${name}`);
  }
  const isKnown = (header: string) =>
    [...COMMON_HEADERS, ...HEADERS[name]].includes(header) || (name === 'PutObject' && header.startsWith('x-amz-meta-'));
  const header = Object.keys(headers).find((known) => CONDITIONAL.includes(known) || (known.startsWith('x-amz-') && !isKnown(known)));
  if (header !== undefined) {
    throw notImplemented(`header ${header} of ${name}`);
  }
  return { name, bucket, key };
}

/**
 * The encryption that a PutObject asks for in its headers; undefined when it leaves that to the bucket.
 * @throws {AwsError} `InvalidArgument` for headers that do not go together.
 */
export function requestedEncryption(headers: AwsRequest['headers']): { readonly algorithm: 'AES256' | 'aws:kms'; readonly keyId: string | undefined } | undefined {
  const algorithm = headers[ENCRYPTION];
  const keyId = headers[`${ENCRYPTION}-aws-kms-key-id`];
  if (keyId !== undefined && algorithm !== 'aws:kms') {
    throw new AwsError('InvalidArgument', 400, `Server Side Encryption with AWS KMS managed key requires HTTP header ${ENCRYPTION} : aws:kms`);
  }
  if (algorithm === undefined) {
    return undefined;
  }
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms') {
    throw new AwsError('InvalidArgument', 400, 'The encryption method specified is not supported', `"${algorithm}"; known here are AES256 and aws:kms`);
  }
  return { algorithm, keyId };
}

/** Refuses a body that is not what its headers say it is. @throws {AwsError} `MissingContentLength`, `BadDigest`. */
export function checkBody({ headers, body }: AwsRequest): void {
  if (headers['content-length'] === undefined) {
    throw new AwsError('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.');
  }
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  const digests: Record<string, string> = {
    'content-md5': createHash('md5').update(body).digest('base64'),
    'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64'),
    'x-amz-checksum-crc32': crc.toString('base64'),
  };
  const wrong = Object.keys(digests).find((name) => headers[name] !== undefined && headers[name] !== digests[name]);
  if (wrong !== undefined) {
    throw new AwsError('BadDigest', 400, `The ${wrong} you specified did not match the calculated checksum.`);
  }
}

function operationOf(method: string, bucket: string, key: string, query: URLSearchParams): S3Target['name'] {
  if (bucket !== '' && key !== '' && ['PUT', 'GET', 'HEAD'].includes(method)) {
    return method === 'PUT' ? 'PutObject' : method === 'GET' ? 'GetObject' : 'HeadObject';
  }
  if (method === 'GET' && bucket !== '' && key === '' && query.get('list-type') === '2') {
    return 'ListObjectsV2';
  }
  throw notImplemented(`${method} on ${key !== '' ? 'an object' : bucket !== '' ? 'a bucket' : 'the service'}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidURI', 400, "Couldn't parse the specified URI.");
  }
}

function notImplemented(what: string): AwsError {
  return new AwsError('NotImplemented', 501, 'A header or query you provided implies functionality that is not implemented', `${what} is not modelled here`);
}
