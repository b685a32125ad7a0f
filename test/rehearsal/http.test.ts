import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createCertificateAuthority, type CertificateAuthority } from '../../rehearsal/certificate-authority';
import { call } from '../../rehearsal/http';

const received: { method: string; url: string; headers: IncomingHttpHeaders; body: string }[] = [];
const servers: Server[] = [];
let ca: CertificateAuthority;
let plain: string;
let secure: string;

/** Answers with the path's last part: a status, `silence`, or `elsewhere`. */
async function listen(create: (handler: Parameters<typeof createServer>[1]) => Server): Promise<number> {
  const server = create((request, response) => {
    void text(request).then((body) => {
      received.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      const last = request.url?.split(/[/?]/)[1] ?? '';
      if (last === 'silence') return;
      if (last === 'cut') response.socket?.destroy();
      else if (last === 'elsewhere') response.writeHead(307, { location: '/200' }).end('moved');
      else response.writeHead(Number(last)).end(`answered ${last}`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  ca = await createCertificateAuthority('trusted');
  const { cert, key } = await ca.issue(['vault-active.vault', '127.0.0.1']);
  plain = `http://127.0.0.1:${await listen((handler) => createServer(handler))}`;
  secure = `https://127.0.0.1:${await listen((handler) => createSecureServer({ cert, key }, handler))}`;
});
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});
beforeEach(() => received.splice(0));

const limit = 5_000;

test('sends what it is given, and hands back the answer as it is', async () => {
  expect(await call({ method: 'PUT', url: `${plain}/200?a=b`, headers: { 'x-vault-token': 't' }, body: { of: 'ö' }, limit })).toMatchObject({ status: 200, text: 'answered 200' });
  expect(received).toMatchObject([{ method: 'PUT', url: '/200?a=b', headers: { 'x-vault-token': 't', 'content-length': '11' }, body: '{"of":"ö"}' }]);
  expect(await call({ method: 'GET', url: `${plain}/503`, limit })).toMatchObject({ status: 503, text: 'answered 503' });
});

test('bytes go and come as they are', async () => {
  const bytes = Buffer.from([0x22, 0, 0xff]);
  const { status, bytes: answered } = await call({ method: 'POST', url: `${plain}/200`, body: bytes, limit });
  expect([status, answered]).toEqual([200, Buffer.from('answered 200')]);
  expect(received[0]?.headers['content-length']).toBe('3');
});

test('asks for a name where it leads to here', async () => {
  await call({ method: 'GET', url: 'http://vault.vault:8200/200', via: plain, limit });
  expect(received[0]?.headers.host).toBe('vault.vault:8200');
});

test('follows no redirect', async () => {
  expect(await call({ method: 'GET', url: `${plain}/elsewhere`, limit })).toMatchObject({ status: 307, text: 'moved' });
  expect(received).toHaveLength(1);
});

describe('with TLS', () => {
  const named = 'https://vault-active.vault:8200/200';

  test('a name of the certificate is right, and so is an address in it', async () => {
    expect(await call({ method: 'GET', url: named, via: secure, ca: ca.caPem, limit })).toMatchObject({ status: 200 });
    expect(await call({ method: 'GET', url: `${secure}/200`, ca: ca.caPem, limit })).toMatchObject({ status: 200 });
  });

  test('another name is refused: it is the name asked for that counts, not where it leads', async () => {
    await expect(call({ method: 'GET', url: 'https://vault-standby.vault:8200/200', via: secure, ca: ca.caPem, limit })).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(received).toEqual([]);
  });

  test('another authority is refused, also one of the same name', async () => {
    const { caPem } = await createCertificateAuthority('trusted');
    await expect(call({ method: 'GET', url: named, via: secure, ca: caPem, limit })).rejects.toThrow(/signature|certificate/);
    expect(received).toEqual([]);
  });

  test('without an authority the well-known ones count', async () => {
    await expect(call({ method: 'GET', url: named, via: secure, limit })).rejects.toThrow(/certificate/);
  });
});

describe('without an answer', () => {
  test('ends in time, and says whom it asked', async () => {
    await expect(call({ method: 'GET', url: 'http://vault.vault:8200/silence', via: plain, limit: 100 })).rejects.toThrow('no answer from vault.vault:8200 in 100 ms');
  });

  test('fails where the connection is cut, or nobody listens', async () => {
    await expect(call({ method: 'GET', url: `${plain}/cut`, limit })).rejects.toThrow('socket hang up');
    const port = await listen((handler) => createServer(handler));
    await new Promise((closed) => servers.pop()?.close(closed));
    await expect(call({ method: 'GET', url: `http://127.0.0.1:${port}/200`, limit })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
