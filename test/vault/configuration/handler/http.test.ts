import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Http, NoAnswer, type HttpRequest } from '../../../../lib/vault/configuration/handler/http';
import { createCertificateAuthority } from '../../../../rehearsal/certificate-authority';
import { listening } from './listening';

const clients: Http[] = [];
const client = (timeoutMs = 5000, ca?: string) => {
  const http = new Http(ca, timeoutMs);
  clients.push(http);
  return http;
};
afterEach(() => clients.splice(0).forEach((http) => http.close()));
const get = (url: string): HttpRequest => ({ method: 'GET', url, headers: {} });
const failure = async (sent: Promise<unknown>): Promise<[string, string]> => {
  const error: unknown = await sent.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(NoAnswer);
  return [(error as NoAnswer).message, (error as NoAnswer).code];
};

test('sends method, path, headers and body, and gives back status, type and body', async () => {
  const url = await listening((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method, headers } = request;
      response.writeHead(201, { 'content-type': 'text/plain' }).end(JSON.stringify([method, request.url, headers['x-vault-token'], headers['content-length'], headers['transfer-encoding'], body]));
    });
  });
  expect(await client().send({ method: 'PUT', url: `${url}/v1/a?list=true`, headers: { 'x-vault-token': 't' }, body: '{"ä":1}' })).toEqual({
    status: 201,
    contentType: 'text/plain',
    body: JSON.stringify(['PUT', '/v1/a?list=true', 't', '8', undefined, '{"ä":1}'].map((each) => each ?? null)),
  });
});

test('keeps connections until it is closed', async () => {
  const ports = new Set<number | undefined>();
  const url = await listening((request, response) => {
    ports.add(request.socket.remotePort);
    response.end('ok');
  });
  const http = client();
  for (let i = 0; i < 3; i++) await http.send(get(url));
  expect(ports.size).toBe(1);
  http.close();
  await client().send(get(url));
  expect(ports.size).toBe(2);
});

test('follows no redirect', async () => {
  let requests = 0;
  const url = await listening((_, response) => {
    requests += 1;
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect(await client().send(get(url))).toMatchObject({ status: 307, body: '' });
  expect(requests).toBe(1);
});

test('reads a character that comes in two pieces', async () => {
  const url = await listening((_, response) => {
    const bytes = Buffer.from('€');
    response.write(bytes.subarray(0, 1));
    setTimeout(() => response.end(bytes.subarray(1)), 20);
  });
  expect(await client().send(get(url))).toMatchObject({ body: '€' });
});

test('an answer that never comes, or never ends, is given up', async () => {
  const silent = await listening(() => undefined);
  expect(await failure(client(50).send(get(silent)))).toEqual(['no answer within 50 ms', 'ETIMEDOUT']);
  const endless = await listening((_, response) => {
    response.write('{');
    const more = setInterval(() => response.write(' '), 10);
    response.on('close', () => clearInterval(more));
  });
  expect(await failure(client(100).send(get(endless)))).toEqual(['no answer within 100 ms', 'ETIMEDOUT']);
});

test('a connection that is refused or cut', async () => {
  expect(await failure(client().send(get('http://127.0.0.1:1')))).toEqual(['connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED']);
  const cut = await listening((request) => request.socket.destroy());
  expect(await failure(client().send(get(cut)))).toEqual(['socket hang up', 'ECONNRESET']);
  const half = await listening((request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half');
    setTimeout(() => request.socket.destroy(), 20);
  });
  expect(await failure(client().send(get(half)))).toEqual(['aborted', 'ECONNRESET']);
});

test('an answer that is too large', async () => {
  const url = await listening((_, response) => response.end(Buffer.alloc(4 * 1024 * 1024 + 1)));
  expect(await failure(client().send(get(url)))).toEqual(['an answer of over 4194304 bytes', 'E2BIG']);
});

test('what it waits for ends when it is closed', async () => {
  const url = await listening(() => undefined);
  const http = client();
  const sent = failure(http.send(get(url)));
  await sleep(20);
  http.close();
  expect(await sent).toEqual(['socket hang up', 'ECONNRESET']);
});

describe('over TLS', () => {
  test('trusts the given authority, and no other', async () => {
    const [ca, other] = await Promise.all([createCertificateAuthority('this'), createCertificateAuthority('other')]);
    const server = createServer(await ca.issue(['127.0.0.1']), (_, response) => response.end('ok'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await client(5000, ca.caPem).send(get(url))).toMatchObject({ status: 200, body: 'ok' });
    const broken = '-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n';
    for (const trusted of [other.caPem, 'no PEM', broken, undefined]) {
      expect((await failure(client(5000, trusted).send(get(url))))[1]).toMatch(/^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/);
    }
    server.closeAllConnections();
    server.close();
  });
});
