import { credentialsFromEnvironment, eksToken, vaultLogin } from '../../../lib/vault/client/aws';
import { Mask } from '../../../lib/vault/client/errors';
import { verifySignature } from '../../../rehearsal/aws/signature';

const credentials = { accessKeyId: 'ASIAEXAMPLEKEY123456', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'FwoGZXIvYXdzEHQ/abc+def==' };
const session = { ...credentials, expiration: new Date(Date.now() + 3_600_000) };
const rules = (service: string, region: string, now = new Date()) => ({ service, region, now, findCredentials: (id: string) => (id === session.accessKeyId ? session : undefined) });

describe('credentials', () => {
  test('come from the environment, and are masked from then on', () => {
    const mask = new Mask();
    const env = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey, AWS_SESSION_TOKEN: credentials.sessionToken };
    expect(credentialsFromEnvironment(env, mask)).toEqual(credentials);
    expect(mask.apply(Object.values(credentials).join(' '))).toBe('*** *** ***');
  });

  test.each([{}, { AWS_ACCESS_KEY_ID: 'ASIAEXAMPLEKEY123456' }])('are missing: %j', (env) => {
    expect(() => credentialsFromEnvironment(env, new Mask())).toThrow(
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set: this handler runs as a Lambda function with an execution role.',
    );
  });
});

describe('an EKS token', () => {
  const opened = (token: string) => new URL(Buffer.from(token.replace(/^k8s-aws-v1\./, ''), 'base64url').toString());
  const asSeenBySts = (url: URL, cluster: string) => ({ method: 'GET', host: url.host, path: url.pathname, query: url.searchParams, headers: { host: url.host, 'x-k8s-aws-id': cluster }, body: '' });

  test.each([
    ['us-east-1', 'sts.us-east-1.amazonaws.com'],
    ['us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
  ])('is a GetCallerIdentity of %s that names the cluster', async (region, host) => {
    const token = await eksToken(credentials, region, 'trial');
    expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
    const url = opened(token);
    expect([url.protocol, url.host, url.pathname]).toEqual(['https:', host, '/']);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ Action: 'GetCallerIdentity', Version: '2011-06-15', 'X-Amz-Expires': '60', 'X-Amz-SignedHeaders': 'host;x-k8s-aws-id' });
    expect(await verifySignature(asSeenBySts(url, 'trial'), rules('sts', region))).toBe(session);
    await expect(verifySignature(asSeenBySts(url, 'another'), rules('sts', region))).rejects.toThrow('does not match');
  });

  test('is another one each time', async () => {
    const now = jest.spyOn(Date, 'now');
    jest.useFakeTimers({ now: 0 });
    const first = await eksToken(credentials, 'us-east-1', 'trial');
    jest.setSystemTime(1000);
    expect(await eksToken(credentials, 'us-east-1', 'trial')).not.toBe(first);
    jest.useRealTimers();
    now.mockRestore();
  });
});

test('a login that names no role leaves it to Vault', async () => {
  const login = { stsEndpoint: 'https://sts.eu-central-1.amazonaws.com', stsRegion: 'eu-central-1', serverIdHeader: 'vault.example.org' };
  expect(Object.keys(await vaultLogin(credentials, login))).not.toContain('role');
});

test('a login to Vault is a signed GetCallerIdentity with the server id, for Vault to send', async () => {
  const login = { stsEndpoint: 'https://sts.eu-central-1.amazonaws.com', stsRegion: 'eu-central-1', serverIdHeader: 'vault.example.org', role: 'configurator' };
  const body = await vaultLogin(credentials, login);
  const decoded = (key: string) => Buffer.from(body[key] ?? '', 'base64').toString();
  expect(body).toMatchObject({ role: 'configurator', iam_http_request_method: 'POST' });
  expect(decoded('iam_request_url')).toBe('https://sts.eu-central-1.amazonaws.com/');
  expect(decoded('iam_request_body')).toBe('Action=GetCallerIdentity&Version=2011-06-15');
  const headers = JSON.parse(decoded('iam_request_headers')) as Record<string, string>;
  expect(headers['x-vault-aws-iam-server-id']).toBe('vault.example.org');
  expect(headers.authorization).toContain('x-vault-aws-iam-server-id');
  const request = { method: 'POST', host: 'sts.eu-central-1.amazonaws.com', path: '/', query: new URLSearchParams(), headers, body: decoded('iam_request_body') };
  expect(await verifySignature(request, rules('sts', 'eu-central-1'))).toBe(session);
  await expect(verifySignature({ ...request, headers: { ...headers, 'x-vault-aws-iam-server-id': 'another' } }, rules('sts', 'eu-central-1'))).rejects.toThrow('does not match');
});
