import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Http, NoAnswer } from '../../../lib/vault/client/http';
import { Bucket, type ObjectContent } from '../../../lib/vault/client/s3';
import { signer } from '../../rehearsal/aws/client';
import { allow, exchangePlain, REGION, role, startFixture, type Fixture } from '../../rehearsal/aws/fixture';
import { listening } from './listening';

const CREDENTIALS = { accessKeyId: 'ASIAEXAMPLEKEY123456', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'FwoGZXIvYXdzEHQ' };
const BYTES = Buffer.from([0x1f, 0x8b, 0, 255, 254, 13, 10]);
const KEY = 'prod/2026/11/23/vault-20261123T231405Z.snap';
const content = (bytes = BYTES): ObjectContent => ({ size: bytes.length, sha256: createHash('sha256').update(bytes).digest(), read: () => Readable.from([bytes]) });

let http: Http;
beforeEach(() => (http = new Http(undefined, 5000)));
afterEach(() => http.close());

describe('an object', () => {
  const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
  const bucket = (BucketName: string, more: object = {}) => ({ Type: 'AWS::S3::Bucket', Properties: { BucketName, ...more } });
  const encrypted = { BucketEncryption: { ServerSideEncryptionConfiguration: [{ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arn('Key') } }] } };
  const put = allow('s3:PutObject', { 'Fn::Join': ['', [arn('Kept'), '/prod/*']] });
  const viaS3 = { StringEquals: { 'kms:ViaService': `s3.${REGION}.amazonaws.com` } };
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({
      Key: { Type: 'AWS::KMS::Key' },
      Kept: bucket('kept', { VersioningConfiguration: { Status: 'Enabled' }, ...encrypted }),
      Unversioned: bucket('unversioned'),
      Saver: role('saver', put, allow('s3:PutObject', { 'Fn::Join': ['', [arn('Unversioned'), '/*']] }), allow('kms:GenerateDataKey', arn('Key'), viaS3)),
      Keyless: role('keyless', put),
      Reader: role('reader', allow(['s3:GetObject', 'kms:Decrypt'], '*')),
    });
  });
  afterAll(() => fixture.aws.close());
  const store = (name: string, as = 'saver', key = KEY, object = content()) =>
    new Bucket(http, fixture.credentials(as), name, { AWS_REGION: REGION, AWS_ENDPOINT_URL_S3: fixture.aws.s3Url }).put(key, object, 5000);
  const refusal = (stored: Promise<unknown>) => stored.then(() => Promise.reject(new Error('It was stored.')), (error: Error) => error);

  test('is stored in one piece, by no more than the right to put and to make a data key', async () => {
    expect(await store('kept')).toEqual({ versionId: expect.stringMatching(/^[\w-]{32}$/) as unknown });
    const url = new URL(`${fixture.aws.s3Url}/kept/${KEY}`);
    const { headers } = await signer({ credentials: fixture.credentials('reader'), service: 's3', region: REGION }).sign({
      method: 'GET',
      protocol: 'http:',
      hostname: url.host,
      path: url.pathname,
      query: {},
      headers: { host: url.host, 'x-amz-content-sha256': createHash('sha256').digest('hex') },
    });
    const got = await exchangePlain(url, { method: 'GET', headers }, '');
    expect(got.content).toEqual(BYTES);
    expect(got.headers).toMatchObject({ 'content-type': 'application/gzip', 'x-amz-server-side-encryption': 'aws:kms' });
  });

  test('that gets no version is no success, for the bucket was to keep them', async () => {
    expect(await refusal(store('unversioned'))).toMatchObject({
      name: 'ConfigurationError',
      message:
        `s3:PutObject of ${KEY} into the bucket unversioned was answered without a version: the bucket's versioning is off or suspended, and what is overwritten or deleted there is gone. ` +
        'Turn it on, which takes up to 15 minutes: aws s3api put-bucket-versioning --bucket unversioned --versioning-configuration Status=Enabled',
    });
  });

  test('is refused where IAM does not let it in', async () => {
    expect(await refusal(store('kept', 'saver', 'other/a.snap'))).toMatchObject({
      name: 'Setback',
      awaiting: 'settling',
      message: expect.stringMatching(
        /^s3:PutObject of other\/a\.snap into the bucket kept was answered with AccessDenied \(User: \S+ is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::kept\/other\/a\.snap" .*\)\. The function's execution role may put objects under this prefix alone: check its policy in the Vault stack and the bucket's own policy/,
      ) as unknown,
    });
  });

  test("is refused without the right to the bucket's key", async () => {
    expect(await refusal(store('kept', 'keyless'))).toMatchObject({
      awaiting: 'settling',
      message: expect.stringMatching(/AccessDenied \(User: .*kms:GenerateDataKey on resource: .*\)\. The function's execution role needs kms:GenerateDataKey on the bucket's key, by way of S3, .*vault\.raft\.snapshots\.bucket\.kmsKeyArn/) as unknown,
    });
  });

  test('whose bytes are not those that were read before', async () => {
    const changed = { ...content(), read: () => Readable.from([Buffer.from('1234567')]) };
    expect(await refusal(store('kept', 'saver', KEY, changed))).toMatchObject({ awaiting: 'passing', message: expect.stringContaining('The bytes changed on their way, or the connection broke.') as unknown });
  });

  test('for a bucket that does not exist', async () => {
    expect(await refusal(store('gone'))).toMatchObject({ name: 'ConfigurationError', message: expect.stringMatching(/NoSuchBucket .*has somebody deleted it\?/) as unknown });
  });

  test('whose key waits for its deletion', async () => {
    fixture.aws.keys.scheduleDeletion(fixture.deployment.ofType('AWS::KMS::Key')[0]?.arn ?? '');
    expect(await refusal(store('kept'))).toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(/KMS\.KMSInvalidStateException .*it is disabled, waits for its deletion or is gone \(aws kms describe-key\)/) as unknown,
    });
  });
});

describe('an answer', () => {
  const error = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Some words.</Message></Error>`;
  const answered = async (status: number, body: string, headers = {}) => {
    const url = await listening((request, response) => void request.resume().on('end', () => response.writeHead(status, headers).end(body)));
    return new Bucket(http, CREDENTIALS, 'kept', { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_S3: `${url}/` }).put(KEY, content(), 5000);
  };

  test.each([
    [503, error('SlowDown'), 'passing', 'SlowDown (Some words). The next run tries again'],
    [500, '', 'passing', 'HTTP 500. The next run tries again'],
    [301, error('PermanentRedirect'), undefined, 'The bucket lies in another region than us-east-1, where this function runs'],
    [400, error('AuthorizationHeaderMalformed'), undefined, 'The bucket lies in another region'],
    [400, error('EntityTooLarge'), undefined, 'was answered with EntityTooLarge (Some words).'],
    [403, '', undefined, 'was answered with HTTP 403.'],
  ])('%i %s', async (status, body, awaiting, message) => {
    await expect(answered(status, body)).rejects.toMatchObject({ ...(awaiting ? { awaiting } : { name: 'ConfigurationError' }), message: expect.stringContaining(message) as unknown });
  });

  test('with the version of a bucket whose versioning was suspended', async () => {
    await expect(answered(200, '', { 'x-amz-version-id': 'null' })).rejects.toThrow('was answered without a version');
    await expect(answered(200, '', { 'x-amz-version-id': 'an-id' })).resolves.toEqual({ versionId: 'an-id' });
  });

  test('that does not come', async () => {
    const bucket = new Bucket(http, CREDENTIALS, 'kept', { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' });
    await expect(bucket.put(KEY, content(), 5000)).rejects.toMatchObject({
      awaiting: 'passing',
      message: 's3:PutObject had no answer from 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1. If the function runs in a VPC, its subnets need a way to S3 (NAT or an endpoint).',
    });
  });
});

test.each([
  ['us-east-1', 'kept', 'https://kept.s3.us-east-1.amazonaws.com/a.snap'],
  ['us-east-1', 'with.dots', 'https://s3.us-east-1.amazonaws.com/with.dots/a.snap'],
  ['cn-north-1', 'kept', 'https://kept.s3.cn-north-1.amazonaws.com.cn/a.snap'],
])('in %s the bucket %s is at %s', async (region, name, url) => {
  const upload = jest.spyOn(http, 'upload').mockRejectedValue(new NoAnswer('away', 'ECONNREFUSED'));
  await expect(new Bucket(http, CREDENTIALS, name, { AWS_REGION: region }).put('a.snap', content(), 5000)).rejects.toThrow('no answer');
  const asked = upload.mock.calls[0]?.[0];
  expect(asked?.url).toBe(url);
  expect(asked?.headers.authorization).toContain(`/${region}/s3/aws4_request`);
  expect(asked?.headers.authorization).toMatch(/SignedHeaders=[^,]*content-length;[^,]*x-amz-checksum-sha256;x-amz-content-sha256;/);
});
