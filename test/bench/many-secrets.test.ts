import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { withKeptConnections } from '../../bench/kept-connections';
import { listAsGloo, pathsOfList, secretKeys, sendRaw } from '../../bench/many-secrets';
import { GlooClient } from '../../rehearsal/gloo/gloo-client';
import { describeWithVault } from '../rehearsal/vault/available';
import { listMany } from './listed-vault';

const KEYS = [...secretKeys(12, 'gloo-system'), ...secretKeys(3, 'shops')];
const PATHS = pathsOfList('dev', KEYS);

test('names are as long as one another, so that Vault lists them in the order of their numbers', () => {
  const names = secretKeys(101, 'shops').map(({ name }) => name);
  expect([names[0], names.at(-1)]).toEqual(['shop-000', 'shop-100']);
  expect([...names].sort()).toEqual(names);
});

test('a list is the namespaces, then the names of each, and a read of each of these', () => {
  const folder = 'gloo/gloo.solo.io/v1/Secret';
  expect(pathsOfList('dev', [{ namespace: 'a', name: 'x' }, { namespace: 'b', name: 'y' }, { namespace: 'a', name: 'z' }])).toEqual([
    `dev/metadata/${folder}?list=true`,
    `dev/metadata/${folder}/a?list=true`,
    `dev/data/${folder}/a/x`,
    `dev/data/${folder}/a/z`,
    `dev/metadata/${folder}/b?list=true`,
    `dev/data/${folder}/b/y`,
  ]);
});

describe('at a server that counts', () => {
  let server: Server;
  let seen: { paths: string[]; most: number; connections: number };
  beforeAll(async () => {
    let underway = 0;
    server = createServer((request, response) => {
      const path = (request.url ?? '').replace('/v1/', '');
      seen.paths.push(path);
      underway += 1;
      seen.most = Math.max(seen.most, underway);
      void sleep(2).then(() => {
        underway -= 1;
        const answer = answerTo(path);
        response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? { errors: [] }));
      });
    }).on('connection', () => (seen.connections += 1));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  beforeEach(() => {
    seen = { paths: [], most: 0, connections: 0 };
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  test('Gloo sends one request after the other, on one connection, and has every secret once', async () => {
    const { result } = await withKeptConnections(address(), 8, (agent) => {
      const client = new GlooClient({ address: address(), aws: { iamServerIdHeader: '', mountPath: '', region: '' }, pathPrefix: 'dev' }, (to) => to, 10, { agent });
      return listAsGloo(client, { token: 't', leaseSeconds: 0, policies: [], renewable: false });
    });
    expect(result.map(({ namespace, name }) => ({ namespace, name }))).toEqual(KEYS);
    expect(seen).toEqual({ paths: PATHS, most: 1, connections: 1 });
  });

  test('the floor is these requests in this order, one after the other on one connection', async () => {
    await sendRaw({ address: address() }, 't', PATHS, 1);
    expect(seen).toEqual({ paths: PATHS, most: 1, connections: 1 });
  });

  test('several at once are the same requests, and so many connections', async () => {
    await sendRaw({ address: address() }, 't', PATHS, 4);
    expect([...seen.paths].sort()).toEqual([...PATHS].sort());
    expect([seen.most, seen.connections]).toEqual([4, 4]);
  });

  test('an answer that is no success is no time', async () => {
    await expect(sendRaw({ address: address() }, 't', ['dev/none'], 1)).rejects.toThrow('Vault answered 404 to GET dev/none');
  });

  function answerTo(path: string): unknown {
    const [, kind, below = ''] = /^dev\/(metadata|data)\/gloo\/gloo\.solo\.io\/v1\/Secret\/?([^?]*)/.exec(path) ?? [];
    if (kind === undefined) return undefined;
    const namespaces = [...new Set(KEYS.map(({ namespace }) => namespace))];
    if (kind === 'metadata') return { data: { keys: below === '' ? namespaces.map((namespace) => `${namespace}/`) : KEYS.filter(({ namespace }) => namespace === below).map(({ name }) => name) } };
    const [namespace, name] = below.split('/');
    return { data: { data: { metadata: { namespace, name } }, metadata: { deletion_time: '', destroyed: false } } };
  }
});

describeWithVault('a real Vault', (command) => {
  test('gives Gloo every secret once, for one request each, one for the namespaces and one for the names in each of them', async () => {
    const { names, asked, rawAsked, expectedPaths } = await listMany(command(), 60, ['gloo-system', 'shops']);
    expect(new Set(names).size).toBe(120);
    expect(names).toHaveLength(120);
    expect(asked).toHaveLength(1 + 2 + 120);
    expect(asked.map(({ path, operation }) => ({ path: path.replace(/\/$/, ''), operation }))).toEqual(expectedPaths.map((path) => ({ path: path.replace('?list=true', ''), operation: path.endsWith('?list=true') ? 'list' : 'read' })));
    expect(rawAsked).toEqual(asked);
  });
});
