import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Kube } from '../../../cli/doctor/kube';
import { Http } from '../../../lib/vault/client/http';

let server: Server;
let answer: { status: number; body: string };
let kube: Kube;
const http = new Http(undefined, 2_000);

beforeAll(async () => {
  server = createServer((request, response) => {
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
