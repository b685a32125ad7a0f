import { once } from 'node:events';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Http, NoAnswer, type HttpRequest } from '../../../lib/vault/client/http';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
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
  const http = client();
  const url = await listening(() => http.close());
  const sent = failure(http.send(get(url)));
  expect(await sent).toEqual(['socket hang up', 'ECONNRESET']);
});

describe('a download', () => {
  const IDLE = 5000;
  /** Takes all and keeps its size. */
  const sink = () => {
    const got = { size: 0, most: 0, ended: false };
    const receive = (content: Readable) =>
      pipeline(
        content,
        new Writable({
          write: (chunk: Buffer, _, done) => {
            got.size += chunk.length;
            got.most = Math.max(got.most, chunk.length);
            done();
          },
          final: (done) => {
            got.ended = true;
            done();
          },
        }),
      );
    return { got, receive };
  };

  test('goes to its receiver piece by piece, whatever its size', async () => {
    const chunk = Buffer.alloc(64 * 1024, 7);
    const url = await listening((_, response) => void pipeline(Readable.from(Array.from({ length: 160 }, () => chunk)), response.writeHead(200, { 'content-type': 'application/gzip' })));
    const { got, receive } = sink();
    expect(await client().download(get(url), receive, IDLE)).toEqual({ status: 200, contentType: 'application/gzip', body: '' });
    expect(got).toMatchObject({ size: 160 * chunk.length, ended: true });
    expect(got.most).toBeLessThan(1024 * 1024);
  });

  test('that is refused gives its answer, and nothing to the receiver', async () => {
    const url = await listening((_, response) => response.writeHead(403).end('{"errors":[]}'));
    const { got, receive } = sink();
    expect(await client().download(get(url), receive, IDLE)).toMatchObject({ status: 403, body: '{"errors":[]}' });
    expect(got).toMatchObject({ size: 0, ended: false });
  });

  test('that is cut off is no answer, with a length and without', async () => {
    for (const headers of [{ 'content-length': '100' }, {}]) {
      const url = await listening((request, response) => {
        response.writeHead(200, headers).write('half');
        setTimeout(() => request.socket.destroy(), 20);
      });
      const { got, receive } = sink();
      expect(await failure(client().download(get(url), receive, IDLE))).toEqual(['aborted', 'ECONNRESET']);
      expect(got).toMatchObject({ size: 4, ended: false });
    }
  });

  test('may take as long as its bytes come, and no longer than the whole request', async () => {
    const slow = await listening((_, response) => {
      let left = 8;
      const more = setInterval(() => (left-- > 0 ? response.write('x') : (clearInterval(more), response.end())), 300);
    });
    expect(await client().download(get(slow), sink().receive, 2000)).toMatchObject({ status: 200 });
    expect(await failure(client(100).download(get(slow), sink().receive, 5000))).toEqual(['no answer within 100 ms', 'ETIMEDOUT']);
    const stuck = await listening((_, response) => void response.write('x'));
    expect(await failure(client().download(get(stuck), sink().receive, 60))).toEqual(['not a byte for 60 ms', 'ETIMEDOUT']);
  });

  test('ends with the error of its receiver, and lets the connection go', async () => {
    const closed: Promise<unknown>[] = [];
    const url = await listening((_, response) => {
      closed.push(once(response, 'close'));
      response.write(Buffer.alloc(1024 * 1024));
    });
    const full = () => Promise.reject(new Error('no room'));
    await expect(client().download(get(url), full, IDLE)).rejects.toThrow('no room');
    expect(closed).toHaveLength(1);
    await Promise.all(closed);
  });

  test('that is given up has nobody at its receiver any more', async () => {
    const stuck = await listening((_, response) => void response.writeHead(200).write('x'));
    let left = false;
    const tidy = async (content: Readable) => {
      await sink().receive(content).finally(() => sleep(50)).finally(() => (left = true));
    };
    expect(await failure(client(1000).download(get(stuck), tidy, IDLE))).toEqual(['no answer within 1000 ms', 'ETIMEDOUT']);
    expect(left).toBe(true);
  });
});

describe('an upload', () => {
  const body = (content: Buffer) => ({ size: content.length, read: jest.fn(() => Readable.from([content.subarray(0, 10), content.subarray(10)])) });
  const put = (url: string) => ({ method: 'PUT' as const, url, headers: { 'x-amz-acl': 'private' } });
  const CONTENT = Buffer.alloc(3 * 1024 * 1024, 7);

  test('sends a body of known length, and gives back the headers too', async () => {
    const seen: unknown[] = [];
    const url = await listening((request, response) => {
      let size = 0;
      request.on('data', (chunk: Buffer) => (size += chunk.length));
      request.on('end', () => {
        seen.push(request.headers['content-length'], request.headers['transfer-encoding'], request.headers['x-amz-acl'], size);
        response.writeHead(200, { 'X-Amz-Version-Id': 'v1' }).end();
      });
    });
    expect(await client().upload(put(url), body(CONTENT), 5000)).toMatchObject({ status: 200, body: '', headers: { 'x-amz-version-id': 'v1' } });
    expect(seen).toEqual([String(CONTENT.length), undefined, 'private', CONTENT.length]);
  });

  /** Serves who asks before it sends its body, and says to go on only where the listener does. */
  async function asked(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
    const server = createPlainServer().on('checkContinue', listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).finally(() => {
      server.closeAllConnections();
      server.close();
    });
  }

  test('that is refused by its headers is never read', () =>
    asked(
      (_, response) => response.writeHead(403).end('<Code>AccessDenied</Code>'),
      async (url) => {
        const content = body(CONTENT);
        expect(await client().upload(put(url), content, 5000)).toMatchObject({ status: 403, body: '<Code>AccessDenied</Code>' });
        expect(content.read).not.toHaveBeenCalled();
      },
    ));

  test('does not wait for ever for a server that never says to go on', () =>
    asked(
      (request, response) => request.resume().on('end', () => response.end('late')),
      async (url) => expect(await client().upload(put(url), body(CONTENT), 5000)).toMatchObject({ status: 200, body: 'late' }),
    ));

  test('that nobody reads, or that is cut, is no answer', async () => {
    const deaf = await listening((request) => void request.pause());
    const large = { size: 64 * 1024 * 1024, read: () => Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(1024 * 1024))) };
    expect(await failure(client().upload(put(deaf), large, 200))).toEqual(['not a byte for 200 ms', 'ETIMEDOUT']);
    const cut = await listening((request) => void request.once('data', () => request.socket.destroy()));
    expect((await failure(client().upload(put(cut), large, 5000)))[1]).toMatch(/^(ECONNRESET|EPIPE)$/);
  });

  test('whose file cannot be read is no answer', async () => {
    const url = await listening((request, response) => void request.resume().on('end', () => response.end()));
    const broken = { size: 10, read: () => new Readable({ read() { this.destroy(new Error('bad disk')); } }) };
    expect(await failure(client().upload(put(url), broken, 5000))).toEqual(['bad disk', 'EUNKNOWN']);
  });
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

test('trusts and shows itself as all settings of TLS say', async () => {
  const ca = await createCertificateAuthority('http test');
  const { cert, key } = await ca.issueClient('me', []);
  const server = createServer({ ...(await ca.issue(['elsewhere.example'])), ca: ca.caPem, requestCert: true }, (_, response) => response.end('in'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const by = (settings: ConstructorParameters<typeof Http>[0]) => {
    const http = new Http(settings, 5000);
    clients.push(http);
    return http.send(get(url));
  };
  try {
    await expect(by({ ca: ca.caPem, cert, key, servername: 'elsewhere.example' })).resolves.toMatchObject({ body: 'in' });
    expect((await failure(by({ ca: ca.caPem, servername: 'elsewhere.example' })))[0]).toMatch(/certificate required|socket hang up/i);
    expect((await failure(by({ ca: ca.caPem, cert, key })))[1]).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    await expect(by({ rejectUnauthorized: false, cert, key })).resolves.toMatchObject({ body: 'in' });
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
