import { createHash } from 'node:crypto';
import { Buckets } from '../../../rehearsal/aws/buckets';
import { deployTemplates } from '../cloudformation/assembly-on-disk';
import { exchangeThroughProxy, signer } from './client';
import { allow, exchangePlain, REGION, role, sessionArn, startFixture, type Fixture } from './fixture';

const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const within = (logicalId: string) => ({ 'Fn::Join': ['', [arn(logicalId), '/*']] });
const encryption = (BucketKeyEnabled: boolean) => ({
  ServerSideEncryptionConfiguration: [{ BucketKeyEnabled, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arn('Key') } }],
});
const bucket = (BucketName: string, properties: object = {}) => ({ Type: 'AWS::S3::Bucket', Properties: { BucketName, ...properties } });
const KMS_USE = ['kms:GenerateDataKey', 'kms:Decrypt'];

const RESOURCES = {
  Key: { Type: 'AWS::KMS::Key' },
  Snapshots: bucket('snapshots', { VersioningConfiguration: { Status: 'Enabled' }, BucketEncryption: encryption(true) }),
  PerObject: bucket('per-object', { BucketEncryption: encryption(false) }),
  Plain: bucket('plain'),
  SnapshotsPolicy: {
    Type: 'AWS::S3::BucketPolicy',
    Properties: {
      Bucket: { Ref: 'Snapshots' },
      PolicyDocument: {
        Statement: [
          { Sid: 'TlsOnly', Effect: 'Deny', Principal: { AWS: '*' }, Action: 's3:*', Resource: [arn('Snapshots'), within('Snapshots')], Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
          { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: within('Snapshots'), Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' }, Null: { 's3:x-amz-server-side-encryption': 'false' } } },
          { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: within('Snapshots'), Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } },
        ],
      },
    },
  },
  Saver: role(
    'saver',
    allow(['s3:PutObject', 's3:GetObject', 's3:GetObjectVersion'], [within('Snapshots'), within('PerObject'), within('Plain')]),
    allow('s3:ListBucket', [arn('Snapshots'), arn('Plain')], { StringLike: { 's3:prefix': ['raft/*', ''] } }),
    allow(KMS_USE, arn('Key'), {
      StringEquals: { 'kms:ViaService': `s3.${REGION}.amazonaws.com` },
      StringLike: { 'kms:EncryptionContext:aws:s3:arn': ['arn:aws:s3:::snapshots', 'arn:aws:s3:::per-object/raft/*'] },
    }),
  ),
  Keyless: role('keyless', allow('s3:*', '*')),
  Bare: role('bare'),
};

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture(RESOURCES);
});
afterEach(() => fixture.aws.close());

interface Asking {
  readonly as?: string;
  readonly headers?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: Buffer;
  readonly host?: string;
}

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** A signed request, ready to be sent. */
async function prepare(method: string, path: string, host: string, { as = 'saver', headers = {}, query = {}, body = Buffer.alloc(0) }: Asking) {
  const length: Record<string, string> = method === 'PUT' ? { 'content-length': String(body.length) } : {};
  const signed = await signer({ credentials: fixture.credentials(as), service: 's3', region: REGION }).sign({
    method,
    protocol: 'https:',
    hostname: host,
    path,
    query,
    headers: { host, 'x-amz-content-sha256': sha256(body), ...length, ...headers },
    body: body.length === 0 ? undefined : body,
  });
  const search = new URLSearchParams(query).toString();
  return { path: search === '' ? path : `${path}?${search}`, headers: signed.headers, body };
}

async function ask(method: string, path: string, asking: Asking = {}) {
  const url = new URL(fixture.aws.s3Url);
  const { path: full, headers, body } = await prepare(method, path, url.host, asking);
  return exchangePlain(url, { method, headers, path: full }, body);
}

const code = ({ status, body }: { status: number; body: string }) => [status, /<Code>([^<]*)<\/Code>/.exec(body)?.[1] ?? ''];
const SNAPSHOT = Buffer.from([0x1f, 0x8b, 0, 255, 254, 13, 10]);

test('keeps an object, bytes and all, with its headers', async () => {
  const put = await ask('PUT', '/plain/raft/a%20b.snap', { body: SNAPSHOT, headers: { 'content-type': 'application/gzip', 'x-amz-meta-cluster': 'prod' } });
  const etag = `"${createHash('md5').update(SNAPSHOT).digest('hex')}"`;
  expect([put.status, put.headers.etag, put.headers['x-amz-server-side-encryption'], put.headers['x-amz-version-id']]).toEqual([200, etag, 'AES256', undefined]);

  const got = await ask('GET', '/plain/raft/a%20b.snap');
  expect(got.content).toEqual(SNAPSHOT);
  expect(got.headers).toMatchObject({ etag, 'content-type': 'application/gzip', 'content-length': '7', 'x-amz-meta-cluster': 'prod' });
  const head = await ask('HEAD', '/plain/raft/a%20b.snap');
  expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '7', '']);
});

test('keeps every version in a versioned bucket, and only the last in another', async () => {
  const put = async (path: string, text: string) => (await ask('PUT', path, { body: Buffer.from(text) })).headers['x-amz-version-id'];
  const first = String(await put('/snapshots/raft/a', 'one'));
  const second = await put('/snapshots/raft/a', 'two');
  await put('/plain/a', 'one');
  await put('/plain/a', 'two');

  expect((await ask('GET', '/snapshots/raft/a')).body).toBe('two');
  expect((await ask('GET', '/snapshots/raft/a', { query: { versionId: first } })).body).toBe('one');
  expect(second).not.toBe(first);
  expect(code(await ask('GET', '/snapshots/raft/a', { query: { versionId: 'x' } }))).toEqual([403, 'AccessDenied']);
  expect(code(await ask('GET', '/snapshots/raft/a', { query: { versionId: 'x' }, as: 'keyless' }))).toEqual([404, 'NoSuchVersion']);
  expect((await ask('GET', '/plain/a')).body).toBe('two');
});

test('encrypts as the bucket says, under its key', async () => {
  const keyArn = fixture.deployment.ofType('AWS::KMS::Key')[0]?.arn ?? '';
  const put = await ask('PUT', '/snapshots/raft/a', { body: SNAPSHOT });
  expect(put.headers).toMatchObject({
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': keyArn,
    'x-amz-server-side-encryption-bucket-key-enabled': 'true',
  });
  expect(put.headers.etag).not.toContain(createHash('md5').update(SNAPSHOT).digest('hex'));
  expect((await ask('PUT', '/per-object/raft/a', { body: SNAPSHOT })).status).toBe(200);
  const denied = await ask('PUT', '/per-object/other', { body: SNAPSHOT });
  expect(code(denied)).toEqual([403, 'AccessDenied']);
  expect(denied.body).toContain(`kms:GenerateDataKey on resource: ${keyArn} because no identity-based policy allows the kms:GenerateDataKey action`);

  const keyless = await ask('GET', '/snapshots/raft/a', { as: 'keyless' });
  expect(code(keyless)).toEqual([403, 'AccessDenied']);
  expect(keyless.body).toContain('kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action');
  fixture.aws.keys.scheduleDeletion(keyArn);
  expect(code(await ask('GET', '/snapshots/raft/a'))).toEqual([400, 'KMS.KMSInvalidStateException']);
  fixture.aws.keys.loseKey(keyArn);
  expect(code(await ask('GET', '/snapshots/raft/a'))).toEqual([403, 'AccessDenied']);
});

test('encrypts as the request says, where the bucket policy lets it', async () => {
  const SSE = 'x-amz-server-side-encryption';
  const put = (path: string, headers: Record<string, string>) => ask('PUT', path, { body: SNAPSHOT, headers });

  expect(code(await put('/snapshots/raft/a', { [SSE]: 'AES256' }))).toEqual([403, 'AccessDenied']);
  expect((await put('/snapshots/raft/a', { [SSE]: 'aws:kms', [`${SSE}-aws-kms-key-id`]: fixture.deployment.ofType('AWS::KMS::Key')[0]?.arn ?? '' })).status).toBe(200);
  expect((await put('/plain/a', { [SSE]: 'aws:kms' })).headers[`${SSE}-aws-kms-key-id`]).toContain(':key/');
  expect((await ask('GET', '/plain/a')).content).toEqual(SNAPSHOT);
  expect(code(await put('/plain/a', { [SSE]: 'aws:kms:dsse' }))).toEqual([400, 'InvalidArgument']);
  expect(code(await put('/plain/a', { [`${SSE}-aws-kms-key-id`]: 'k' }))).toEqual([400, 'InvalidArgument']);
  expect(code(await put('/plain/a', { [SSE]: 'aws:kms', [`${SSE}-aws-kms-key-id`]: 'alias/none' }))).toEqual([400, 'KMS.NotFoundException']);
});

test('lists keys in order, by prefix, delimiter and page', async () => {
  for (const key of ['raft/b', 'raft/a', 'raft/old/c', 'z&']) {
    await ask('PUT', `/plain/${encodeURIComponent(key).replaceAll('%2F', '/')}`, { body: SNAPSHOT });
  }
  const list = async (query: Record<string, string>) => {
    const { status, body } = await ask('GET', '/plain', { query: { 'list-type': '2', ...query } });
    expect(status).toBe(200);
    const all = (name: string) => [...body.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text]) => text);
    return { keys: all('Key'), prefixes: all('Prefix').slice(1), truncated: all('IsTruncated')[0], token: all('NextContinuationToken')[0] ?? '' };
  };

  expect(await list({ prefix: '' })).toEqual({ keys: ['raft/a', 'raft/b', 'raft/old/c', 'z&#38;'], prefixes: [], truncated: 'false', token: '' });
  expect(await list({ prefix: 'raft/', delimiter: '/' })).toMatchObject({ keys: ['raft/a', 'raft/b'], prefixes: ['raft/old/'] });
  expect((await list({ prefix: '', 'start-after': 'raft/b', 'encoding-type': 'url' })).keys).toEqual(['raft/old/c', 'z%26']);
  const first = await list({ prefix: '', 'max-keys': '3' });
  expect(first).toMatchObject({ keys: ['raft/a', 'raft/b', 'raft/old/c'], truncated: 'true' });
  expect(await list({ prefix: '', 'max-keys': '3', 'continuation-token': first.token })).toMatchObject({ keys: ['z&#38;'], truncated: 'false' });
  expect(code(await ask('GET', '/plain', { query: { 'list-type': '2', prefix: 'secret/' } }))).toEqual([403, 'AccessDenied']);
});

test('IAM decides, and who may not list does not learn that there is nothing', async () => {
  const refused = await ask('PUT', '/plain/a', { as: 'bare', body: SNAPSHOT });

  expect(code(refused)).toEqual([403, 'AccessDenied']);
  expect(fixture.aws.requests.at(-1)).toMatchObject({
    action: 'PutObject',
    error: `AccessDenied: User: ${sessionArn('bare')} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::plain/a" because no identity-based policy allows the s3:PutObject action (policies of bare: no statement allows s3:PutObject)`,
  });
  expect(code(await ask('GET', '/per-object/none'))).toEqual([403, 'AccessDenied']);
  expect(code(await ask('GET', '/plain/none', { as: 'keyless' }))).toEqual([404, 'NoSuchKey']);
  expect(code(await ask('GET', '/nowhere/a', { as: 'keyless' }))).toEqual([404, 'NoSuchBucket']);
});

describe('on its own host names', () => {
  const S3 = `s3.${REGION}.amazonaws.com`;
  const through = async (method: string, host: string, path: string, asking: Asking = {}) => {
    const { path: full, headers, body } = await prepare(method, path, host, asking);
    return exchangeThroughProxy(fixture.aws.proxyUrl, fixture.ca.caPem, host, { path: full, method, headers }, body.toString('latin1'));
  };
  const insecure = async (method: string, path: string, asking: Asking = {}) => {
    const { path: full, headers, body } = await prepare(method, path, S3, asking);
    return exchangePlain(new URL(fixture.aws.proxyUrl), { method, headers, path: `http://${S3}${full}` }, body);
  };

  test('the bucket may stand in the host or in the path', async () => {
    expect((await through('PUT', `plain.${S3}`, '/raft/a', { body: Buffer.from('one') })).status).toBe(200);
    expect((await through('GET', S3, '/plain/raft/a')).body).toBe('one');
    expect(code(await through('GET', `nowhere.${S3}`, '/a'))).toEqual([404, 'NoSuchBucket']);
    expect((await through('GET', `plain.${S3}`, '/', { query: { 'list-type': '2', prefix: '' } })).body).toContain('<Key>raft/a</Key>');
  });

  test('a policy that wants TLS keeps out who comes without', async () => {
    expect((await insecure('PUT', '/plain/a', { body: SNAPSHOT })).status).toBe(200);
    expect(code(await insecure('PUT', '/snapshots/raft/a', { body: SNAPSHOT }))).toEqual([403, 'AccessDenied']);
    expect(fixture.aws.requests.at(-1)?.error).toContain('with an explicit deny in a resource-based policy (policy of arn:aws:s3:::snapshots/raft/a: statement TlsOnly denies s3:PutObject)');
    expect((await through('PUT', S3, '/snapshots/raft/a', { body: Buffer.from('one') })).status).toBe(200);
  });

  test('no other service listens without TLS', async () => {
    const kms = await exchangePlain(new URL(fixture.aws.proxyUrl), { method: 'POST', headers: {}, path: `http://kms.${REGION}.amazonaws.com/` }, '');

    expect([kms.status, kms.body]).toEqual([403, expect.stringContaining(`POST kms.${REGION}.amazonaws.com is refused: nothing leaves this machine`)]);
  });
});

describe('what is wrong with a request', () => {
  test.each([
    ['a body that is not the one that was signed', { 'x-amz-content-sha256': sha256(Buffer.from('other')) }, [400, 'XAmzContentSHA256Mismatch']],
    ['a body in signed chunks', { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' }, [501, 'NotImplemented']],
    ['a wrong Content-MD5', { 'content-md5': 'AAAA' }, [400, 'BadDigest']],
    ['a wrong checksum', { 'x-amz-checksum-crc32': 'AAAAAA==' }, [400, 'BadDigest']],
    ['a header that is not modelled', { 'x-amz-object-lock-mode': 'GOVERNANCE' }, [501, 'NotImplemented']],
    ['a condition', { 'if-none-match': '*' }, [501, 'NotImplemented']],
    ['nothing: the payload may stay unsigned over TLS', { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }, [200, '']],
    ['nothing: the checksum is right', { 'x-amz-checksum-sha256': createHash('sha256').update(SNAPSHOT).digest('base64') }, [200, '']],
  ])('%s', async (_, headers: Record<string, string>, expected) => {
    expect(code(await ask('PUT', '/plain/a', { body: SNAPSHOT, headers }))).toEqual(expected);
  });

  test.each([
    ['DELETE', '/plain/a', {}],
    ['GET', '/', {}],
    ['GET', '/plain', {}],
    ['PUT', '/plain', {}],
    ['GET', '/plain/a', { acl: '' }],
    ['GET', '/plain', { 'list-type': '2', versions: '' }],
  ])('%s %s %j is not modelled', async (method, path, query) => {
    expect(code(await ask(method, path, { query }))).toEqual([501, 'NotImplemented']);
  });

  test('no signature, a wrong one, and one too many requests', async () => {
    const url = new URL('/plain/a', fixture.aws.s3Url);
    const send = (headers: Record<string, string>) => exchangePlain(url, { method: 'GET', headers }, '');
    const { headers } = await prepare('GET', '/plain/a', url.host, {});

    expect(code(await send({}))).toEqual([403, 'AccessDenied']);
    expect(code(await send({ ...headers, authorization: (headers.authorization ?? '').replace(/Signature=\w{4}/, 'Signature=0000') }))).toEqual([403, 'SignatureDoesNotMatch']);
    expect(code(await exchangePlain(new URL('?X-Amz-Signature=0', url), { method: 'GET', headers: {} }, ''))).toEqual([501, 'NotImplemented']);
    fixture.aws.throttleNext('s3', 1);
    expect(code(await send(headers))).toEqual([503, 'SlowDown']);
  });
});

test('a policy on a bucket that is not in the deployment is refused, and an encryption that is not modelled', () => {
  const stray = { P: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: 'elsewhere', PolicyDocument: { Statement: [] } } } };
  const dsse = bucket('dsse', { BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms:dsse' } }] } });

  expect(() => new Buckets(deployTemplates({ S: { Resources: stray } }))).toThrow('S3: a policy is put on bucket "elsewhere", which the deployment does not make');
  expect(() => new Buckets(deployTemplates({ S: { Resources: { A: bucket('same'), B: bucket('same') } } }))).toThrow('stack S, AWS::S3::Bucket B: a bucket "same" exists already');
  expect(() => new Buckets(deployTemplates({ S: { Resources: { B: dsse } } }))).toThrow('stack S, AWS::S3::Bucket B: BucketEncryption.ServerSideEncryptionConfiguration.0');
});
