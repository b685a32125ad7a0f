import type { Bucket } from './buckets';
import { AwsError } from './protocol';
import { renderXml, type Xml } from './xml';

const MOST_KEYS = 1000;

/** The answer to `ListObjectsV2`: keys in the order of their UTF-8 bytes, those that share a prefix up to the delimiter as one. */
export function listObjects(bucket: Bucket, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = limitOf(query.get('max-keys'));
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString('utf8');
  const encode = encoderOf(query.get('encoding-type'));

  const names = [...bucket.objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => grouped(key, prefix, delimiter));
  const rest = [...new Set(names)].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))).filter((name) => isAfter(name, after));
  const page = rest.slice(0, limit);
  const truncated = rest.length > page.length;
  const last = page.at(-1);
  return renderXml('ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', {
    Name: bucket.name,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    StartAfter: query.has('start-after') ? encode(query.get('start-after') ?? '') : undefined,
    EncodingType: query.get('encoding-type') ?? undefined,
    KeyCount: page.length,
    MaxKeys: limit,
    IsTruncated: truncated,
    ContinuationToken: token ?? undefined,
    NextContinuationToken: truncated && last !== undefined ? Buffer.from(last).toString('base64url') : undefined,
    Contents: page.flatMap((name) => contents(bucket, name, encode)),
    CommonPrefixes: page.filter((name) => !bucket.objects.has(name)).map((name) => ({ Prefix: encode(name) })),
  });
}

function contents(bucket: Bucket, name: string, encode: (text: string) => string): Xml[] {
  const [object] = bucket.objects.get(name) ?? [];
  if (object === undefined) {
    return [];
  }
  const { etag, size, modified } = object;
  return [{ Key: encode(name), LastModified: modified.toISOString(), ETag: etag, Size: size, StorageClass: 'STANDARD' }];
}

/** A key, or the prefix that stands for all keys that share it. */
function grouped(key: string, prefix: string, delimiter: string): string {
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return end === -1 ? key : key.slice(0, end + delimiter.length);
}

function isAfter(name: string, after: string): boolean {
  return Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0;
}

function limitOf(text: string | null): number {
  if (text !== null && !/^\d{1,9}$/.test(text)) {
    throw new AwsError('InvalidArgument', 400, 'Provided max-keys not an integer or within integer range');
  }
  return text === null ? MOST_KEYS : Math.min(Number(text), MOST_KEYS);
}

function encoderOf(encoding: string | null): (text: string) => string {
  if (encoding !== null && encoding !== 'url') {
    throw new AwsError('InvalidArgument', 400, 'Invalid Encoding Method specified in Request');
  }
  return encoding === null ? (text) => text : (text) => encodeURIComponent(text).replaceAll('%2F', '/');
}
