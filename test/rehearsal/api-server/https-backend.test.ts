import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { startApiServer, type ApiServer } from '../../../rehearsal/api-server/api-server';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { ask, type Answer } from './client';
import { apiServerOptions, GOOD, manifests } from './fixture';
import { unaccepting } from './unaccepting';

const servers: Server[] = [];
let api: ApiServer;
let leader: string | undefined;
let certificate: { cert: string; key: string };
let foreign: Awaited<ReturnType<typeof createCertificateAuthority>>;

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const backend = (name: string) =>
  listen(
    createServer(certificate, (request, response) => {
      const { servername } = request.socket as TLSSocket & { servername: string | false };
      response.setHeader('x-server-name', String(servername));
      response.end(JSON.stringify({ name, method: request.method, url: request.url, authorization: request.headers.authorization }));
    }),
  );

beforeAll(async () => {
  foreign = await createCertificateAuthority('a CA that the API server does not know');
  certificate = await foreign.issue(['another.name']);
  const ca = await createCertificateAuthority('Rehearsal CA');
  const [role, binding] = manifests;
  const port = { namespace: 'vault', port: 8200, scheme: 'https' as const };
  api = await startApiServer({
    ...apiServerOptions(ca, () => undefined),
    manifests: [{ ...role, rules: [{ apiGroups: [''], resources: ['services/proxy', 'pods/proxy'], verbs: ['get', 'update'] }] }, { ...binding }],
    services: [{ ...port, name: 'vault-active', portName: 'https', target: () => leader }],
    pods: [{ ...port, name: 'vault-0', target: () => leader }],
    connectionLimits: { dial: 300, handshake: 300 },
  });
});
afterAll(async () => {
  await api.close();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

const get = (path = '/v1/sys/health', name = 'https:vault-active:8200'): Promise<Answer> =>
  ask(api, `/api/v1/namespaces/vault/services/${name}/proxy${path}`, { headers: GOOD });
const unavailable = (message: string) => ({ kind: 'Status', reason: 'ServiceUnavailable', code: 503, message });

test('an HTTPS backend is reached without its certificate being verified, by address alone', async () => {
  leader = await backend('vault-0');
  const answer = await get('/v1/sys/health?a=b');
  expect(JSON.parse(answer.text)).toEqual({ name: 'vault-0', method: 'GET', url: '/v1/sys/health?a=b' });
  expect(answer.headers['x-server-name']).toBe('false');
  const pod = await ask(api, '/api/v1/namespaces/vault/pods/https:vault-0:8200/proxy/v1/sys/init', { headers: GOOD, method: 'PUT', body: '{}' });
  expect(JSON.parse(pod.text)).toEqual({ name: 'vault-0', method: 'PUT', url: '/v1/sys/init' });
});

test('the target is asked for each request, and none is 503', async () => {
  const [first, second] = [await backend('vault-1'), await backend('vault-2')];
  const answers: unknown[] = [];
  for (const next of [first, second, undefined, first]) {
    leader = next;
    const { name, message } = JSON.parse((await get()).text) as { name?: string; message?: string };
    answers.push(name ?? message);
  }
  expect(answers).toEqual(['vault-1', 'vault-2', 'no endpoints available for service "vault-active"', 'vault-1']);
});

test('a plain request to it gets the words of Go\'s server', async () => {
  leader = await backend('vault-0');
  expect(await get('/v1', 'http:vault-active:8200')).toMatchObject({ status: 400, text: 'Client sent an HTTP request to an HTTPS server.\n' });
});

test('a backend that should speak TLS and does not is 503', async () => {
  leader = await listen(createHttpServer((_request, response) => response.end('{}')));
  expect(JSON.parse((await get()).text)).toMatchObject(unavailable('error trying to reach service: tls: first record does not look like a TLS handshake'));
});

test('a backend that asks for a client certificate is 503', async () => {
  leader = await listen(createServer({ ...certificate, ca: foreign.caPem, requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.3' }, (_request, response) => response.end()));
  expect(JSON.parse((await get()).text)).toMatchObject(unavailable('error trying to reach service: remote error: tls: certificate required'));
});

test('a frozen backend, which accepts a connection and never shakes hands, is 503 in time', async () => {
  leader = await listen(createTcpServer((socket) => socket.resume()));
  expect(JSON.parse((await get()).text)).toMatchObject(unavailable('error trying to reach service: net/http: TLS handshake timeout'));
});

test('a backend whose packets are dropped is 503 in time', async () => {
  const dropped = await unaccepting('127.0.0.1');
  leader = `https://127.0.0.1:${dropped.port}`;
  const answer = await get();
  await dropped.close();
  expect(JSON.parse(answer.text)).toMatchObject(unavailable(`error trying to reach service: dial tcp 127.0.0.1:${dropped.port}: i/o timeout`));
});
