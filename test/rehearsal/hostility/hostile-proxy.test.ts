import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Http } from '../../../lib/vault/client/http';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import type { Fault } from '../../../rehearsal/hostility/faults';
import { startHostileProxy, type Exchange, type HostileProxy } from '../../../rehearsal/hostility/hostile-proxy';

let proxy: HostileProxy;
let servers: Server[];
let arrived: string[];
let exchanges: Exchange[];

beforeEach(async () => {
  [arrived, exchanges] = [[], []];
  const answering: RequestListener = (request, response) => void buffer(request).then((body) => (arrived.push(`${request.method} ${request.url} ${body.toString()}`), response.end(`{"count":${arrived.length}}`)), () => undefined);
  const ca = await createCertificateAuthority('API server');
  servers = [createServer(await ca.issue(['127.0.0.1']), answering), createPlainServer(answering)];
  const [api, aws] = await Promise.all(servers.map((server) => new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))));
  const plain = `http://127.0.0.1:${aws}`;
  proxy = await startHostileProxy({ apiServer: { endpoint: `https://127.0.0.1:${api}`, caPem: ca.caPem }, iam: plain, events: plain, secretsManager: plain, s3: plain }, await createCertificateAuthority('proxy'), (exchange) => exchanges.push(exchange));
});
afterEach(async () => {
  await proxy.close();
  for (const server of servers) server.close();
});

async function ask(fault: Fault | undefined, path = '/proxy/v1/sys/mounts', body = '{}'): Promise<string> {
  proxy.begin(() => fault);
  const http = new Http(proxy.caPem, 1000);
  return http
    .send({ method: 'PUT', url: `${proxy.apiServer}${path}`, headers: { authorization: 'Bearer t' }, body })
    .then(({ status, body: answer }) => `${status} ${answer}`, (error: Error & { code: string }) => error.code)
    .finally(() => http.close());
}

test.each<[string, Fault | undefined, string, number]>([
  ['nothing', undefined, '200 {"count":1}', 1],
  ['drop', { kind: 'drop' }, 'ECONNRESET', 0],
  ['lose', { kind: 'lose' }, 'ECONNRESET', 1],
  ['hang before', { kind: 'hang', arrives: false }, 'ETIMEDOUT', 0],
  ['hang after', { kind: 'hang', arrives: true }, 'ETIMEDOUT', 1],
  ['delay', { kind: 'delay', ms: 20 }, '200 {"count":1}', 1],
  ['twice, first', { kind: 'twice', answer: 'first' }, '200 {"count":1}', 2],
  ['twice, second', { kind: 'twice', answer: 'second' }, '200 {"count":2}', 2],
  ['cut', { kind: 'cut', part: 0.5 }, 'ECONNRESET', 1],
  ['shorten', { kind: 'shorten', part: 0.5 }, '200 {"cou', 1],
  ['garbage before', { kind: 'garbage', arrives: false, answer: { status: 502, type: 'text/html', body: 'bad' } }, '502 bad', 0],
  ['garbage after', { kind: 'garbage', arrives: true, answer: { status: 502, type: 'text/html', body: 'bad' } }, '502 bad', 1],
])('%s', async (_, fault, seen, requests) => {
  expect(await ask(fault)).toBe(seen);
  expect(arrived).toEqual(Array<string>(requests).fill('PUT /proxy/v1/sys/mounts {}'));
  expect(proxy.faults).toEqual(fault ? [fault.kind] : []);
});

describe('an upload, which waits for the word to go on,', () => {
  const BODY = 'x'.repeat(100_000);

  async function upload(fault: Fault | undefined): Promise<string> {
    proxy.begin(() => fault);
    const http = new Http(undefined, 5000);
    const content = { size: BODY.length, read: () => Readable.from([BODY.slice(0, 10), BODY.slice(10)], { objectMode: false }) };
    const answer = await http.upload({ method: 'PUT', url: `${proxy.s3}/bucket/key`, headers: {} }, content, 300).then(({ status, body }) => `${status} ${body}`, (error: Error & { code: string }) => error.code);
    http.close();
    await proxy.settle();
    return answer;
  }

  test.each<[string, Fault | undefined, string, string[]]>([
    ['passes', undefined, '200 {"count":1}', [BODY]],
    ['is cut off before a byte of it', { kind: 'drop' }, 'ECONNRESET', []],
    ['is never let in', { kind: 'hang', arrives: false }, 'ETIMEDOUT', []],
    ['is refused before a byte of it', { kind: 'garbage', arrives: false, answer: { status: 503, type: 'text/xml', body: 'bad' } }, '503 bad', []],
    ['arrives, and its answer does not', { kind: 'lose' }, 'ECONNRESET', [BODY]],
    ['arrives twice', { kind: 'twice', answer: 'second' }, '200 {"count":2}', [BODY, BODY]],
    ['breaks in its midst', { kind: 'break', part: 0.5 }, 'ECONNRESET', []],
    ['arrives as another', { kind: 'change', part: 0.00001 }, '200 {"count":1}', [`xy${BODY.slice(2)}`]],
  ])('%s', async (_, fault, seen, bodies) => {
    expect(await upload(fault)).toBe(seen);
    expect(arrived).toEqual(bodies.map((body) => `PUT /bucket/key ${body}`));
    expect(proxy.seen[0]).toMatch(/^PutObject/);
  });
});

test.each<[string, Fault, string]>([
  ['stalls', { kind: 'stall', part: 0.5 }, 'ETIMEDOUT'],
  ['is another', { kind: 'change', part: 0 }, '200 z"count":1}'],
])('an answer %s', async (_, fault, seen) => {
  expect(await ask(fault, undefined, '')).toBe(seen);
});

test('a late request arrives behind those that came after it, or in the end', async () => {
  expect(await ask({ kind: 'late', after: 5 })).toBe('ECONNRESET');
  expect(arrived).toEqual([]);
  await proxy.settle();
  expect(arrived).toEqual(['PUT /proxy/v1/sys/mounts {}']);
});

test('an echo repeats what the request said; whoever searches for secrets is told of both', async () => {
  expect(await ask({ kind: 'garbage', arrives: true, answer: { status: 500, type: 'text/html', body: '', echo: true } }, '/proxy/v1/sys/init', 'mine')).toMatch(/^500 .*authorization: Bearer t.* mine$/);
  const asked = { what: 'PUT sys/init', body: 'mine' };
  expect(exchanges).toEqual([expect.objectContaining(asked), expect.objectContaining({ ...asked, answer: '{"count":1}' })]);
  // Of one that never arrives the echo says as much.
  exchanges.length = 0;
  await ask({ kind: 'garbage', arrives: false, answer: { status: 500, type: 'text/html', body: '', echo: true } }, '/proxy/v1/sys/init', 'mine');
  expect(exchanges).toEqual([expect.objectContaining({ ...asked, headers: expect.objectContaining({ authorization: 'Bearer t' }) as unknown })]);
});
