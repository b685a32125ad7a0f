import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { GlooClient, vaultSource, type VaultSource } from '../../../rehearsal/gloo/gloo-client';

const CREDENTIALS = { accessKeyId: 'ASIATEST', secretAccessKey: 'secret-key', sessionToken: 'session' };
const SOURCE: VaultSource = { address: 'http://vault.vault:8200', aws: { iamServerIdHeader: 'vault.example.org', mountPath: 'aws-iam', region: 'eu-central-1' }, pathPrefix: 'team/a' };
const TOKEN = { token: 'a-token', leaseSeconds: 900, policies: [], renewable: true };

describe('the Vault source of the Helm values', () => {
  const values = (vault: unknown) => ({ settings: { secretOptions: { sources: [{ vault }, { kubernetes: {} }] } } });

  test('is the first', () => {
    expect(vaultSource(values(SOURCE))).toEqual(SOURCE);
  });

  test('without a region signs for us-east-1, whatever the region is', () => {
    const { iamServerIdHeader, mountPath } = SOURCE.aws;
    expect(vaultSource(values({ ...SOURCE, aws: { iamServerIdHeader, mountPath } })).aws.region).toBe('us-east-1');
  });

  test('with a misspelt key is refused by name: Gloo would ignore it in silence', () => {
    const { iamServerIdHeader, ...aws } = SOURCE.aws;
    expect(() => vaultSource(values({ ...SOURCE, aws: { ...aws, iamServerIDHeader: iamServerIdHeader } }))).toThrow(
      "The Gloo values have not the form of Gloo's settings: settings.secretOptions.sources.0.vault.aws.iamServerIdHeader: ",
    );
  });

  test('has to be there', () => {
    expect(() => vaultSource({ settings: { secretOptions: { sources: [{ kubernetes: {} }] } } })).toThrow('The Gloo values name no Vault source.');
  });
});

describe('the client', () => {
  let server: Server;
  let answer = { status: 200, body: '{}' };
  const received: { method: string; url: string; token: string; body: Record<string, string> }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        received.push({ method: request.method ?? '', url: request.url ?? '', token: String(request.headers['x-vault-token']), body: body === '' ? {} : (JSON.parse(body) as Record<string, string>) });
        response.writeHead(answer.status).end(answer.body);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => new Promise((done) => server.close(done)));
  const client = (source: VaultSource = SOURCE) =>
    new GlooClient(source, (address) => (address === SOURCE.address ? `http://127.0.0.1:${(server.address() as AddressInfo).port}` : undefined), 10);
  const decoded = (value = '') => Buffer.from(value, 'base64').toString();

  test('logs in with a signed GetCallerIdentity of the region, the server id among what is signed, and names no role', async () => {
    answer = { status: 200, body: JSON.stringify({ auth: { client_token: 'a-token', lease_duration: 900, token_policies: ['default', 'dev'], renewable: true } }) };
    expect(await client().logIn(CREDENTIALS)).toEqual({ token: 'a-token', leaseSeconds: 900, policies: ['default', 'dev'], renewable: true });
    const { method, url, body } = received.at(-1)!;
    expect([method, url]).toEqual(['PUT', '/v1/auth/aws-iam/login']);
    expect(body.role).toBeUndefined();
    expect(decoded(body.iam_request_url)).toBe('https://sts.eu-central-1.amazonaws.com/');
    expect(decoded(body.iam_request_body)).toBe('Action=GetCallerIdentity&Version=2011-06-15');
    const headers = JSON.parse(decoded(body.iam_request_headers)) as Record<string, string[]>;
    expect(headers['x-vault-aws-iam-server-id']).toEqual(['vault.example.org']);
    expect(headers.authorization?.[0]).toMatch(/Credential=ASIATEST\/\d{8}\/eu-central-1\/sts\/aws4_request.*SignedHeaders=[^,]*x-vault-aws-iam-server-id/);
    expect(JSON.stringify(body)).not.toContain('secret-key');
  });

  test("in China signs for that partition's host", async () => {
    await client({ ...SOURCE, aws: { ...SOURCE.aws, region: 'cn-north-1' } }).logIn(CREDENTIALS);
    expect(decoded(received.at(-1)?.body.iam_request_url)).toBe('https://sts.cn-north-1.amazonaws.com.cn/');
  });

  test('reads below its path prefix', async () => {
    answer = { status: 200, body: JSON.stringify({ data: { data: { header: 1 } } }) };
    expect(await client().read(TOKEN, 'gloo-system', 'a')).toEqual({ header: 1 });
    expect(received.at(-1)).toMatchObject({ method: 'GET', url: '/v1/team/a/data/gloo/gloo.solo.io/v1/Secret/gloo-system/a', token: 'a-token' });
  });

  test("tells Vault's refusal from everything else", async () => {
    answer = { status: 403, body: '{"errors":["permission denied"]}\n' };
    await expect(client().logIn(CREDENTIALS)).rejects.toMatchObject({
      name: 'VaultRefusal',
      status: 403,
      message: 'Gloo\'s PUT auth/aws-iam/login was answered with 403: {"errors":["permission denied"]} ',
    });
    expect(await client().status(TOKEN, 'GET', 'sys/mounts')).toBe(403);
  });

  test('finds no Vault at an address that no Service has', async () => {
    await expect(client({ ...SOURCE, address: 'http://vault.default:8200' }).logIn(CREDENTIALS)).rejects.toThrow(
      "Gloo's settings name http://vault.default:8200, which is no Service of this cluster.",
    );
  });
});
