import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { BreakGlassRefused, generateRoot, hasGlass, overBrokenGlass, type BehindGlass } from '../../rehearsal/break-glass';

const OTP = 'an-otp-of-the-same-length-28';
const ROOT = 'hvs.a-root-token-made-of-xor';
const KEYS = ['key-1', 'key-2', 'key-3', 'key-4', 'key-5'];
const encoded = Buffer.from(Buffer.from(ROOT).map((byte, index) => byte ^ OTP.charCodeAt(index))).toString('base64').replace(/=+$/, '');

type Answer = readonly [status: number, body?: unknown];
let server: Server;
let address: string;
let given: string[];
let answer: (asked: string) => Answer | undefined;
const asked: { what: string; body: unknown }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((content) => {
      const what = `${request.method ?? ''} ${request.url ?? ''}`;
      const body: unknown = content === '' ? undefined : JSON.parse(content);
      asked.push({ what, body });
      const [status, reply] = answer(what) ?? vault(what, body);
      response.writeHead(status).end(reply === undefined ? '' : JSON.stringify(reply));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  given = [];
  asked.splice(0);
  answer = () => undefined;
});

/** As Vault before 2.0 answers, wanting three keys. */
function vault(what: string, body: unknown): Answer {
  if (what === 'DELETE /v1/sys/generate-root/attempt') return [204];
  if (what === 'PUT /v1/sys/generate-root/attempt') return [200, { nonce: 'n', otp: OTP, complete: false }];
  given.push((body as { key: string }).key);
  return [200, given.length < 3 ? { complete: false } : { complete: true, encoded_root_token: encoded }];
}

test('the keys one after the other, under one nonce, are a root token', async () => {
  expect(await generateRoot({ address }, KEYS, 3)).toBe(ROOT);
  expect(asked.map(({ what }) => what)).toEqual([
    // One that somebody else has begun would take no keys of ours.
    'DELETE /v1/sys/generate-root/attempt',
    'PUT /v1/sys/generate-root/attempt',
    ...Array<string>(3).fill('PUT /v1/sys/generate-root/update'),
  ]);
  expect(asked.slice(2).map(({ body }) => body)).toEqual(['key-1', 'key-2', 'key-3'].map((key) => ({ key, nonce: 'n' })));
});

test('no more keys than are needed leave the hand', async () => {
  await expect(generateRoot({ address }, KEYS, 2)).rejects.toThrow('2 of 5 recovery keys were not enough for a root token');
  expect(given).toEqual(['key-1', 'key-2']);
});

test('a Vault that wants a token for it refuses by a name of its own', async () => {
  answer = () => [403, { errors: ['permission denied'] }];
  const refused = generateRoot({ address }, KEYS, 3);
  await expect(refused).rejects.toThrow(BreakGlassRefused);
  await expect(refused).rejects.toThrow('Vault answered 403 to DELETE sys/generate-root/attempt: recovery keys alone make no root token in this version');
});

test('another answer is an error, without a key in it', async () => {
  answer = (what) => (what.endsWith('/update') ? [400, { errors: ['key-1 is no key'] }] : undefined);
  const failed = generateRoot({ address }, KEYS, 3);
  await expect(failed).rejects.toThrow(/^Vault answered 400 to PUT sys\/generate-root\/update$/);
  await expect(failed).rejects.not.toThrow(BreakGlassRefused);
});

test.each([
  ['1.21.1', false],
  ['2.0.4', true],
  ['2.0.0-rc1', true],
])('in Vault %s, keys alone need the leader opened: %p', (version, needed) => {
  expect(hasGlass(version)).toBe(needed);
});

describe('over broken glass', () => {
  const OPENING = 'enable_unauthenticated_access = ["generate-root"]';
  const did: string[] = [];
  let open: boolean;
  let obeys: (line: string) => boolean;
  let closes: boolean;
  const node = (name: string) => ({
    name,
    address,
    configure: (line: string) => {
      did.push(`${name}: ${line}`);
      open = obeys(line);
      return Promise.resolve();
    },
    restart: () => {
      did.push(`${name}: restart`);
      open = !closes;
      return Promise.resolve();
    },
  });
  const vault = (version: string): BehindGlass => ({ version, caPem: '', nodes: [node('vault-0'), node('vault-1')], waitForLeader: () => Promise.resolve(1), services: { waitForEndpoint: (service) => Promise.resolve(String(did.push(`wait for ${service}`))) } });
  const act = () => overBrokenGlass(vault('2.0.4'), (place) => generateRoot(place, KEYS, 3), 300);

  beforeEach(() => {
    did.splice(0);
    open = false;
    closes = true;
    obeys = (line) => line === OPENING;
    answer = (what) => (open ? (what.startsWith('GET') ? [200, { started: false }] : undefined) : [403, { errors: ['permission denied'] }]);
  });

  test('Vault 1 needs none of it', async () => {
    open = true;
    expect(await overBrokenGlass(vault('1.21.1'), (place) => generateRoot(place, KEYS, 3))).toBe(ROOT);
    expect(did).toEqual([]);
  });

  test('Vault 2 has its leader opened, and started again', async () => {
    expect(await act()).toBe(ROOT);
    expect(did).toEqual([`vault-1: ${OPENING}`, 'vault-1: restart', 'wait for vault', 'wait for vault-active']);
    expect(open).toBe(false);
  });

  test('it is closed again after what failed', async () => {
    await expect(overBrokenGlass(vault('2.0.4'), () => Promise.reject(new Error('no keys at hand')))).rejects.toThrow('no keys at hand');
    expect(did).toEqual([`vault-1: ${OPENING}`, 'vault-1: restart', 'wait for vault', 'wait for vault-active']);
  });

  test('a leader that stays closed ends it', async () => {
    obeys = () => false;
    await expect(act()).rejects.toThrow(`vault-1, Vault 2.0.4, still wants a token for generate-root 300 ms after SIGHUP with ${OPENING}`);
  });

  test('so does one that is open before, or after', async () => {
    open = true;
    await expect(act()).rejects.toThrow('Vault 2.0.4 takes recovery keys from anybody, though vault-1 was not opened for them');
    [open, closes] = [false, false];
    await expect(act()).rejects.toThrow('vault-1 takes recovery keys from anybody after vault-1 was started again');
  });

  test('an answer that is neither is no answer', async () => {
    answer = () => [503];
    await expect(act()).rejects.toThrow('Vault answered 503 to GET sys/generate-root/attempt');
  });
});
