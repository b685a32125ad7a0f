import { setTimeout as pause } from 'node:timers/promises';
import { survey } from '../../../cli/gloo-secret/walk';
import { GlooClient } from '../../../rehearsal/gloo/gloo-client';
import { DEV_ROOT_TOKEN } from '../../../rehearsal/vault/vault-process';
import { describeWithVault } from '../../rehearsal/vault/available';
import listed from './fixtures/listed-by-gloo.json';
import { startSecretsVault, type SecretsVault } from './vault';

const NOW = new Date('2026-11-24T12:00:00Z');

describeWithVault("a KV mount as Gloo's own client listed it", (command) => {
  let vault: SecretsVault;
  beforeAll(async () => {
    vault = await startSecretsVault(command());
  });
  afterAll(() => vault.close());

  test.each(listed.cases)('$name', async ({ name, steps, outcome, said, read }) => {
    const mount = await vault.mount();
    for (const [method, area, path, body] of steps as [string, string, string, unknown][]) await mount.request(method as 'PUT', area, path, body ?? undefined);
    if (name === 'a lease that has ended') await pause(1500);

    const gloo = new GlooClient({ address: 'http://vault', aws: { iamServerIdHeader: '', mountPath: 'aws', region: 'us-east-1' }, pathPrefix: mount.path }, () => vault.process.address, 10);
    const list = gloo.secrets({ token: DEV_ROOT_TOKEN, leaseSeconds: 1, policies: [], renewable: false });
    if (outcome === 'read') expect((await list).map((secret) => `${secret.namespace}/${secret.name}`)).toEqual(read);
    else await expect(list).rejects.toThrow(outcome === 'crashes' ? 'nil pointer dereference' : said);

    const { secrets, misplaced } = await survey(mount.store, mount.path, NOW);
    const effects = [...secrets.flatMap(({ findings }) => findings), ...misplaced].map(({ secret, effect }) => `${effect} ${secret}`);
    expect(effects).toEqual(EFFECTS[name as keyof typeof EFFECTS] ?? []);
    expect(effects.some((line) => line.startsWith('list '))).toBe(outcome !== 'read');
  });

  test('a namespace alone is looked at alone', async () => {
    const { store, path, request } = await vault.mount();
    await request('PUT', 'data', 'one/a', { data: { password: 'x' } });
    await request('PUT', 'data', 'two/b', { data: { password: 'x' } });
    const { secrets } = await survey(store, path, NOW, 'two');
    expect(secrets.map(({ key, version }) => [key, version])).toEqual([[{ namespace: 'two', name: 'b' }, 1]]);
  });
});

/** What lint says of each, where it says something. */
const EFFECTS = {
  'a deleted version': ['list one/b'],
  'a destroyed version': ['list one/b'],
  'metadata alone': ['list one/b'],
  'a folder': ['list one/sub/'],
  'a folder beside a secret of its name': ['warning one/a/'],
  'a secret outside of namespaces': ['warning stray'],
  'a lease': ['secret one/b'],
  'a lease that has ended': ['list one/b'],
  'an empty value': ['list one/b'],
  'no metadata': ['list one/b'],
  'another name in the metadata': ['secret one/b'],
  'a name that is none': ['warning one/My_Secret'],
  'an unknown field in another namespace': ['list two/b'],
} as const;

test('what is in a folder is named, so that it can be removed', async () => {
  const folders: Readonly<Record<string, readonly string[]>> = { one: ['sub/'], 'one/sub': ['a', 'deep/'], 'one/sub/deep': ['b', 'c', 'd', 'e', 'f'] };
  const store = { keys: (namespace = '') => Promise.resolve([...(folders[namespace] ?? [])]), read: () => Promise.resolve(undefined) };
  expect((await survey(store, 'dev', NOW, 'one')).misplaced).toEqual([
    {
      secret: 'one/sub/',
      effect: 'list',
      what: 'it is a folder, and Gloo looks for a secret there: its whole list fails',
      mend: `put what is in it under a name of its own, and remove it: ${['a', 'deep/b', 'deep/c', 'deep/d', 'deep/e'].map((path) => `gloo-vault secret delete sub/${path} --namespace one`).join('; ')}; and 1 more`,
    },
  ]);
});

test('reads eight secrets at once, and no more', async () => {
  let [underWay, most] = [0, 0];
  const store = {
    keys: (namespace?: string) => Promise.resolve(namespace === undefined ? ['one/'] : Array.from({ length: 50 }, (_, index) => `s${index}`)),
    read: async () => {
      most = Math.max(most, ++underWay);
      await pause(1);
      underWay--;
      return { state: 'deleted', version: 1 } as const;
    },
  };
  const { secrets } = await survey(store, 'dev', NOW);
  expect([secrets.map(({ key }) => key.name), most]).toEqual([Array.from({ length: 50 }, (_, index) => `s${index}`), 8]);
});

test('a secret that went away meanwhile is none', async () => {
  const store = { keys: (namespace?: string) => Promise.resolve(namespace === undefined ? ['one/'] : ['a']), read: () => Promise.resolve(undefined) };
  expect(await survey(store, 'dev', NOW)).toEqual({ secrets: [], misplaced: [] });
});
