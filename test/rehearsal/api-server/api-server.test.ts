import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApiServer, type StandInApiServer } from '../../../rehearsal/api-server/api-server';
import { createCertificateAuthority, type CertificateAuthority } from '../../../rehearsal/certificate-authority';
import { ask, type Ask } from './client';
import { apiServerOptions, bearer, GOOD, manifests, PROXY, ROLE, USER } from './fixture';

let ca: CertificateAuthority;
let backend: Server;
let received: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
let target: string | undefined;
let api: StandInApiServer;

beforeAll(async () => {
  ca = await createCertificateAuthority('Rehearsal CA');
  backend = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      if (url.startsWith('/hang')) {
        return;
      }
      if (url.startsWith('/cut')) {
        request.socket.destroy();
      } else if (url.startsWith('/standby')) {
        response.writeHead(307, { location: 'http://10.0.0.7:8200/v1/sys/mounts' }).end();
      } else if (url.startsWith('/own')) {
        response.writeHead(307, { location: '/ui/' }).end();
      } else {
        response.writeHead(url.startsWith('/sealed') ? 503 : 200, { 'content-type': 'application/json', 'x-from': 'backend' });
        response.end('{"errors":["of the backend"]}');
      }
    });
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
});
afterAll(
  () =>
    new Promise((resolve) => {
      backend.close(resolve);
      backend.closeAllConnections();
    }),
);

const options = () => apiServerOptions(ca, () => target);

beforeEach(async () => {
  received = [];
  target = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
  api = await startApiServer(options());
});
afterEach(() => api.close());

const get = (path: string, more: Ask = {}) => ask(api, path, { headers: GOOD, ...more });

describe('authentication', () => {
  const UNAUTHORIZED =
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}\n';

  test.each<[string, Record<string, string>, string]>([
    ['no token', {}, 'there is no bearer token'],
    ['a token that STS does not know', bearer('https://sts.eu-central-1.amazonaws.com/?bad'), 'STS: the caller is unknown'],
    ['a token while STS fails', bearer('https://sts.eu-central-1.amazonaws.com/?broken'), 'STS: STS is away'],
  ])('%s is 401', async (_what, headers, refusal) => {
    const answer = await get(`${PROXY}/v1/sys/health`, { headers });
    expect(answer).toMatchObject({ status: 401, text: UNAUTHORIZED });
    expect(answer.headers['content-type']).toBe('application/json');
    expect(api.requests).toMatchObject([{ status: 401, refusal }]);
    expect(received).toEqual([]);
  });

  test('a role without an access entry is 401, also one whose entry is late or removed', async () => {
    api.delayAccessEntries(60_000);
    expect(await get(`${PROXY}/v1`)).toMatchObject({ status: 401, text: UNAUTHORIZED });
    api.delayAccessEntries(0);
    expect(await get(`${PROXY}/v1`)).toMatchObject({ status: 200 });
    api.removeAccessEntry(ROLE);
    expect(await get(`${PROXY}/v1`)).toMatchObject({ status: 401, text: UNAUTHORIZED });
    expect(api.requests.at(-1)?.refusal).toBe(`no access entry is in effect for ${ROLE}`);
  });

  test('a client that does not trust the CA gets no connection', async () => {
    const other = await createCertificateAuthority('Rehearsal CA');
    await expect(ask({ ...api, caPem: other.caPem }, '/')).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });
});

describe('authorization', () => {
  test('what RBAC does not allow is 403 in the words of Kubernetes', async () => {
    const answer = await get(`${PROXY}/v1/sys/health`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `services "http:vault:8200" is forbidden: User "${USER}" cannot create resource "services/proxy" in API group "" in the namespace "vault"`,
      reason: 'Forbidden',
      details: { name: 'http:vault:8200', kind: 'services' },
      code: 403,
    });
    expect(received).toEqual([]);
  });

  test.each([
    ['vault:8200', 'services "vault:8200" is forbidden'],
    ['http%3Avault%3A8201', 'services "http:vault:8201" is forbidden'],
  ])('another spelling of the service, %p, is 403', async (name, words) => {
    const answer = await get(`/api/v1/namespaces/vault/services/${name}/proxy/v1`);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain(JSON.stringify(words).slice(1, -1));
  });

  test('any other path is 403', async () => {
    const answer = await get('/metrics');
    expect(JSON.parse(answer.text)).toMatchObject({ code: 403, message: `forbidden: User "${USER}" cannot get path "/metrics"`, details: {} });
  });

  test('the method LIST has no verb: 401, or 403, and no backend sees it', async () => {
    const list = (path: string, headers = GOOD) => get(path, { method: 'LIST', headers });
    const answer = await list(`${PROXY}/v1/sys/policies/acl`);
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toMatchObject({
      message: `services "http:vault:8200" is forbidden: User "${USER}" cannot  resource "services/proxy" in API group "" in the namespace "vault"`,
      reason: 'Forbidden',
    });
    expect(await list('/version')).toMatchObject({ status: 403, text: expect.stringContaining('cannot list path \\"/version\\"') as string });
    expect(await list(`${PROXY}/v1`, bearer('https://sts.eu-central-1.amazonaws.com/?bad'))).toMatchObject({ status: 401 });
    expect(received).toEqual([]);
    expect(api.requests).toMatchObject([
      { verb: '', resource: 'services/proxy', name: 'http:vault:8200', user: USER, status: 403 },
      { verb: '', resource: '', status: 403 },
      { verb: '', status: 401, refusal: 'STS: the caller is unknown' },
    ]);
  });

  test('a method without a verb is 403, and 405 for whoever may do everything', async () => {
    expect(await get(`${PROXY}/v1`, { method: 'OPTIONS' })).toMatchObject({ status: 403 });
    const [role, binding] = manifests;
    const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    const open = await startApiServer({ ...options(), manifests: [{ ...role, rules }, { ...binding }] });
    try {
      for (const method of ['OPTIONS', 'LIST']) {
        expect(await ask(open, `${PROXY}/v1`, { headers: GOOD, method })).toMatchObject({ status: 405, text: expect.stringContaining('the server does not allow this method') as string });
      }
    } finally {
      await open.close();
    }
  });

  test('wrong RBAC objects and access entries keep it from starting', async () => {
    await expect(startApiServer({ ...options(), manifests: [{ kind: 'Role' }] })).rejects.toThrow('Role (no name):');
    const accessEntries = [{ principalArn: ROLE, kubernetesGroups: ['system:masters'] }];
    await expect(startApiServer({ ...options(), accessEntries })).rejects.toThrow('which EKS reserves');
  });
});

describe('the service proxy', () => {
  test('passes method, path, query, body and X-Vault headers, and strips Authorization', async () => {
    const headers = { ...GOOD, 'x-vault-token': 'a-token', 'x-vault-request': 'true', 'content-type': 'application/json' };
    const answer = await get(`${PROXY}/v1/secret/data/a?version=2&list=true`, { method: 'PUT', headers, body: '{"a":1}' });
    expect(answer).toMatchObject({ status: 200, text: '{"errors":["of the backend"]}', headers: { 'x-from': 'backend' } });
    expect(received).toMatchObject([{ method: 'PUT', url: '/v1/secret/data/a?version=2&list=true', body: '{"a":1}' }]);
    expect(received[0]?.headers).toMatchObject({ 'x-vault-token': 'a-token', 'x-vault-request': 'true', 'x-forwarded-for': '127.0.0.1' });
    expect(received[0]?.headers).not.toHaveProperty('authorization');
  });

  test('passes the backend\'s errors unchanged', async () => {
    expect(await get(`${PROXY}/sealed`)).toMatchObject({ status: 503, text: '{"errors":["of the backend"]}' });
  });

  test.each([
    ['/v1/a%2Fb', '/v1/a/b'],
    ['/v1//a/../b', '/v1/b'],
    ['/v1/%2E%2E/x', '/x'],
    ['/v1/auth/', '/v1/auth/'],
    ['/', '/'],
  ])('%p arrives as %p', async (sent, arrived) => {
    await get(PROXY + sent);
    expect(received.map(({ url }) => url)).toEqual([arrived]);
  });

  test('sends a GET of the bare proxy to its root', async () => {
    expect(await get(`${PROXY}?a=b`)).toMatchObject({ status: 301, headers: { location: `${PROXY}/?a=b` } });
    expect(await get(PROXY, { method: 'PUT' })).toMatchObject({ status: 200 });
  });

  test('passes a redirect to another host, and leads one on the backend through itself', async () => {
    expect(await get(`${PROXY}/standby`)).toMatchObject({ status: 307, headers: { location: 'http://10.0.0.7:8200/v1/sys/mounts' } });
    expect(await get(`${PROXY}/own`)).toMatchObject({ status: 307, headers: { location: `${PROXY}/ui/` } });
  });

  test('answers for a backend that cannot be reached', async () => {
    const message = async (path: string) => {
      const { status, text } = await get(path);
      return [status, JSON.parse(text) as unknown];
    };
    expect(await message('/api/v1/namespaces/vault/services/http:none:8200/proxy/v1')).toEqual([
      404,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'services "none" not found',
        reason: 'NotFound',
        details: { name: 'none', kind: 'services' },
        code: 404,
      },
    ]);
    const unavailable = { kind: 'Status', reason: 'ServiceUnavailable', code: 503 };
    expect(await message('/api/v1/namespaces/vault/services/http:down:8200/proxy/v1')).toMatchObject([
      503,
      { ...unavailable, message: 'error trying to reach service: dial tcp 127.0.0.1:1: connect: connection refused' },
    ]);
    expect(await message(`${PROXY}/cut`)).toMatchObject([503, { ...unavailable, message: 'error trying to reach service: EOF' }]);
    target = undefined;
    expect(await message(`${PROXY}/v1`)).toMatchObject([503, { ...unavailable, message: 'no endpoints available for service "vault"' }]);
  });

  test('hangs with a backend that hangs, until the caller gives up', async () => {
    await expect(get(`${PROXY}/hang`, { signal: AbortSignal.timeout(200) })).rejects.toThrow('The operation was aborted');
    expect(received).toHaveLength(1);
    expect(api.requests).toMatchObject([{ verb: 'get' }]);
    expect(api.requests[0]).not.toHaveProperty('status');
  });

  test('serves pods alike', async () => {
    expect(await get('/api/v1/namespaces/vault/pods/http:vault-0:8200/proxy/v1/sys/health')).toMatchObject({ status: 200 });
    expect(received).toMatchObject([{ url: '/v1/sys/health' }]);
    expect(await get('/api/v1/namespaces/vault/pods/http:vault-1:8200/proxy/v1')).toMatchObject({ status: 403 });
  });

  test('a target that contradicts its scheme is an error of the server, not silence', async () => {
    target = 'https://127.0.0.1:1';
    expect(await get(`${PROXY}/v1`)).toMatchObject({ status: 500, text: expect.stringContaining('make the two agree') as string });
  });
});

test('the audit list has who, what and how it ended, and no header or body', async () => {
  await get(`${PROXY}/v1/secret/data/a?list=true`, { method: 'PUT', headers: { ...GOOD, 'x-vault-token': 'hidden-1' }, body: '{"a":"hidden-2"}' });
  expect(api.requests).toEqual([
    {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      user: USER,
      verb: 'update',
      resource: 'services/proxy',
      name: 'http:vault:8200',
      path: `${PROXY}/v1/secret/data/a?list=true`,
      status: 200,
      ms: expect.any(Number) as number,
    },
  ]);
  expect(JSON.stringify(api.requests)).not.toMatch(/hidden|k8s-aws-v1/);
});

describe('faults', () => {
  test('an answer of choice, so many times', async () => {
    const body = { kind: 'Status', code: 429 };
    api.failNext(2, { status: 429, body });
    const statuses = [await get(`${PROXY}/v1`), await get(`${PROXY}/v1`), await get(`${PROXY}/v1`)].map(({ status }) => status);
    expect(statuses).toEqual([429, 429, 200]);
    expect(api.requests.map(({ status }) => status)).toEqual([429, 429, 200]);
  });

  test('an HTML page, a cut connection, silence, in the order they were asked for', async () => {
    api.failNext(1, 'html');
    api.failNext(1, 'reset');
    api.failNext(1, 'hang');
    expect(await get(`${PROXY}/v1`)).toMatchObject({ status: 502, headers: { 'content-type': 'text/html' } });
    await expect(get(`${PROXY}/v1`)).rejects.toMatchObject({ code: 'ECONNRESET' });
    const silent = get(`${PROXY}/v1`);
    await expect(Promise.race([silent, sleep(100, 'silence')])).resolves.toBe('silence');
    await api.close();
    await expect(silent).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(received).toEqual([]);
    api = await startApiServer(options());
  });
});
