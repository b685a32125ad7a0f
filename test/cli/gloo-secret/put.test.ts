import { put, type Wanted } from '../../../cli/gloo-secret/put';
import { kinds, type Kind } from '../../../cli/gloo-secret/kinds';
import type { Labelling } from '../../../cli/gloo-secret/build';
import { describeWithVault } from '../../rehearsal/vault/available';
import { startSecretsVault, type SecretsMount, type SecretsVault } from './vault';

const NOW = new Date('2026-11-24T12:00:00Z');
const KEY = { namespace: 'one', name: 'a' };
const kind = (name: string) => kinds.find((candidate) => candidate.name === name) as Kind;
const wanted = (parts: Readonly<Record<string, string>>, of = kind('header'), labelling: Labelling = {}): Wanted => ({ key: KEY, kind: of, parts: new Map(Object.entries(parts).map(([name, text]) => [name, Buffer.from(text)])), labelling });

describeWithVault('put', (command) => {
  let vault: SecretsVault;
  let mount: SecretsMount;
  beforeAll(async () => {
    vault = await startSecretsVault(command());
  });
  afterAll(() => vault.close());
  beforeEach(async () => {
    mount = await vault.mount();
  });
  const run = (what: Wanted, dryRun = false) => put(mount.store, mount.path, what, { now: NOW, dryRun });

  test('creates, leaves as it is, changes', async () => {
    expect(await run(wanted({ a: 'b' }))).toEqual({ change: 'created', version: 1, findings: [] });
    expect(await run(wanted({ a: 'b' }))).toEqual({ change: 'unchanged', version: 1, findings: [] });
    expect(await run(wanted({ a: 'c' }))).toEqual({ change: 'changed', version: 2, findings: [] });
    expect(await mount.store.read(KEY)).toEqual({ state: 'present', version: 2, value: { header: { headers: { a: 'c' } }, metadata: { name: 'a', namespace: 'one' } } });
  });

  test('writes nothing in a dry run', async () => {
    expect(await run(wanted({ a: 'b' }), true)).toEqual({ change: 'created', version: 0, findings: [] });
    expect(await mount.store.read(KEY)).toBeUndefined();
    await run(wanted({ a: 'b' }));
    expect(await run(wanted({ a: 'c' }), true)).toEqual({ change: 'changed', version: 1, findings: [] });
    expect(await mount.store.read(KEY)).toMatchObject({ version: 1 });
  });

  test('does not overwrite what somebody else wrote meanwhile', async () => {
    const racing = {
      read: mount.store.read.bind(mount.store),
      write: async (...parameters: Parameters<typeof mount.store.write>) => {
        await mount.request('PUT', 'data', 'one/a', { data: { mine: 'theirs' } });
        return mount.store.write(...parameters);
      },
    };
    const attempt = put(racing, mount.path, wanted({ a: 'b' }), { now: NOW, dryRun: false });
    await expect(attempt).rejects.toThrow('one/a was written by somebody else just now, so nothing was written: look at it with "secret get", then put it again.');
    expect(await mount.store.read(KEY)).toMatchObject({ version: 1, value: { mine: 'theirs' } });
  });

  test.each([
    ['DELETE', 'data', undefined],
    ['PUT', 'destroy', { versions: [1] }],
  ] as const)('brings back what %s %s took', async (method, area, body) => {
    await run(wanted({ a: 'b' }));
    await mount.request(method, area, 'one/a', body);
    expect(await run(wanted({ a: 'b' }))).toEqual({ change: 'created', version: 2, findings: [] });
  });

  test('fills what has metadata alone', async () => {
    await mount.request('PUT', 'metadata', 'one/a', { max_versions: 3 });
    expect(await run(wanted({ a: 'b' }))).toMatchObject({ change: 'created', version: 1 });
  });

  test('mends what is malformed', async () => {
    await mount.request('PUT', 'data', 'one/a', { data: { password: 'x' } });
    expect(await run(wanted({ a: 'b' }))).toEqual({ change: 'changed', version: 2, findings: [] });
  });

  test('keeps labels, annotations and what is known of the holder, unless it is told others', async () => {
    const metadata = { name: 'a', namespace: 'one', labels: { team: 'infra' }, annotations: { note: 'x' } };
    await mount.request('PUT', 'data', 'one/a', { data: { apiKey: { apiKey: 'old', metadata: { 'user-id': 'u' } }, metadata } });
    await run(wanted({ 'api-key': 'new' }, kind('api-key')));
    expect(await mount.store.read(KEY)).toMatchObject({ value: { apiKey: { apiKey: 'new', metadata: { 'user-id': 'u' } }, metadata } });
    await run(wanted({ 'api-key': 'new' }, kind('api-key'), { labels: { team: 'shop' } }));
    expect(await mount.store.read(KEY)).toMatchObject({ version: 3, value: { metadata: { ...metadata, labels: { team: 'shop' } } } });
  });

  test('refuses what would be malformed, before anything is written', async () => {
    await expect(run(wanted({ 'a b': 'c' }))).rejects.toThrow(
      'Nothing was written, for one/a would be malformed: "a b" can\'t be the name of a header (letters, digits and -._ may stand in it (RFC 9110, 5.6.2)).',
    );
    expect(await mount.store.read(KEY)).toBeUndefined();
  });

  test('refuses another kind', async () => {
    await run(wanted({ a: 'b' }));
    await expect(run(wanted({ 'client-secret': 'x' }, kind('oauth')))).rejects.toThrow(
      'one/a is of kind header, not oauth, and whoever refers to it needs that kind: take another name, or remove it first: gloo-vault secret delete a --namespace one',
    );
  });

  test('says that what it wrote will end by itself', async () => {
    await mount.request('PUT', 'metadata', 'one/a', { delete_version_after: '1h' });
    const { change, findings } = await run(wanted({ a: 'b' }));
    expect([change, findings.map(({ effect }) => effect)]).toEqual(['created', ['secret']]);
    // The same value again is no cure, and neither is it left as it is.
    await mount.request('PUT', 'metadata', 'one/a', { delete_version_after: '0s' });
    expect(await run(wanted({ a: 'b' }))).toEqual({ change: 'changed', version: 2, findings: [] });
  });

  test('delete takes all versions along', async () => {
    await run(wanted({ a: 'b' }));
    await run(wanted({ a: 'c' }));
    await mount.store.delete(KEY);
    expect([await mount.store.read(KEY), await mount.store.keys()]).toEqual([undefined, []]);
  });
});
