import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Kube } from '../../../cli/doctor/kube';
import { Http } from '../../../lib/vault/client/http';

let server: Server;
let answer: { status: number; body: string };
let kube: Kube;
const heard: { method?: string | undefined; accept?: string | undefined; body: string }[] = [];
const http = new Http(undefined, 2_000);

beforeAll(async () => {
  server = createServer((request, response) => {
    heard.push({ method: request.method, accept: request.headers.accept, body: '' });
    request.on('data', (chunk: Buffer) => (heard.at(-1)!.body += chunk.toString()));
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body.replace('SEEN', `${request.url} ${request.headers.authorization}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  kube = new Kube({ http, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, headers: { authorization: 'Bearer x' } });
});
afterAll(() => {
  http.close();
  server.close();
});

const status = (code: number, message: string) => ({ status: code, body: JSON.stringify({ kind: 'Status', message, code }) });

test('an object, none, and a kind that is not served', async () => {
  answer = { status: 200, body: '{"seen":"SEEN"}' };
  expect(await kube.find('/api/v1/x')).toEqual({ seen: '/api/v1/x Bearer x' });
  answer = status(404, 'x not found');
  expect(await kube.find('/api/v1/x')).toBeUndefined();
  answer = { status: 404, body: '404 page not found\n' };
  expect(await kube.find('/apis/cert-manager.io/v1/x')).toBeUndefined();
});

test.each([
  [status(403, 'x is forbidden: User "me" cannot get'), 'your Kubernetes user may not read it (x is forbidden: User "me" cannot get)'],
  [status(401, 'Unauthorized'), 'the API server does not know you (Unauthorized)'],
  [status(500, 'etcd'), 'the API server answered 500 to GET /api/v1/x (etcd)'],
  [{ status: 502, body: '<html>' }, 'the API server answered 502 to GET /api/v1/x (HTTP 502)'],
])('%j is not known', async (given, words) => {
  answer = given;
  await expect(kube.find('/api/v1/x')).rejects.toMatchObject({ name: 'NotKnown', message: words });
});

test('no answer is not known either', async () => {
  const away = new Kube({ http, endpoint: 'http://127.0.0.1:1', headers: {} });
  await expect(away.find('/version')).rejects.toMatchObject({ name: 'NotKnown', message: 'the API server http://127.0.0.1:1 had no answer (ECONNREFUSED)' });
});

test('of a list, metadata alone', async () => {
  answer = { status: 200, body: '{"items":[]}' };
  expect(await kube.metadata('/api/v1/secrets')).toEqual({ items: [] });
  expect(heard.at(-1)?.accept).toBe('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io');
});

test.each([
  [200, 'gone'],
  [404, 'missing'],
  [409, 'changed'],
])('a deletion that is answered with %i', async (code, outcome) => {
  answer = status(code, 'x');
  await expect(kube.delete('/api/v1/x', { uid: 'u', resourceVersion: '7' })).resolves.toBe(outcome);
  expect(heard.at(-1)).toMatchObject({ method: 'DELETE', body: '{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u","resourceVersion":"7"}}' });
});

test.each([
  [201, 'gone'],
  [404, 'missing'],
  [409, 'changed'],
  [429, 'budget'],
])('an eviction that is answered with %i', async (code, outcome) => {
  answer = status(code, 'x');
  await expect(kube.evict('/api/v1/namespaces/vault/pods/vault-1', { uid: 'u' })).resolves.toBe(outcome);
  expect(JSON.parse(heard.at(-1)!.body)).toEqual({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace: 'vault', name: 'vault-1' }, deleteOptions: { preconditions: { uid: 'u' } } });
});

test('what is refused says which right is missing', async () => {
  answer = status(403, 'pods "vault-1" is forbidden');
  await expect(kube.evict('/api/v1/namespaces/vault/pods/vault-1', { uid: 'u' })).rejects.toThrow('Your Kubernetes user may not do it (pods "vault-1" is forbidden). Have the right that the message names, or cluster-admin.');
  answer = status(500, 'etcd');
  await expect(kube.delete('/api/v1/x', { uid: 'u' })).rejects.toThrow('The API server answered 500 to DELETE /api/v1/x (etcd).');
});
