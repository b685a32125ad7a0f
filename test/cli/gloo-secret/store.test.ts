import { vaultConfigurationProperties } from '../../../lib/vault/configuration/wanted';
import { operatorPaths } from '../../../lib/vault/configuration/handler/operator-policy';
import { SecretStore } from '../../../cli/gloo-secret/store';
import { parseEnvironments } from '../../../lib/environment/parse';
import { describeWithVault } from '../../rehearsal/vault/available';
import { environments } from '../../environments';
import { startSecretsVault, type SecretsMount, type SecretsVault } from './vault';

const KEY = { namespace: 'one', name: 'a' };
const VALUE = { metadata: { name: 'a', namespace: 'one' }, header: { headers: { a: 'b' } } };

test.each([
  [{ namespace: 'one', name: '..' }],
  [{ namespace: 'one', name: 'a/../../../b' }],
  [{ namespace: '.', name: 'a' }],
  [{ namespace: 'one', name: '' }],
])('nothing is asked of Vault for %j, whose URL would lead elsewhere', async (key) => {
  const ask = jest.fn();
  const store = new SecretStore({ get: ask, put: ask, delete: ask }, 'dev', 'token');
  for (const attempt of [store.read(key), store.write(key, VALUE), store.delete(key)]) await expect(attempt).rejects.toThrow('none of them . or ..');
  expect(ask).not.toHaveBeenCalled();
});

describeWithVault("Gloo's secrets in Vault", (command) => {
  let vault: SecretsVault;
  let mount: SecretsMount;
  let store: SecretStore;
  beforeAll(async () => {
    vault = await startSecretsVault(command());
  });
  afterAll(() => vault.close());
  beforeEach(async () => {
    mount = await vault.mount();
    const [environment] = parseEnvironments(environments);
    if (!environment) throw new Error('no environment');
    // With no more than an operator's policy.
    store = await mount.storeFor(operatorPaths({ ...vaultConfigurationProperties(environment), secretsEngine: { mountPath: mount.path, maxVersions: '0' } }));
  });

  test('are written, read, listed and removed', async () => {
    expect([await store.keys(), await store.read(KEY)]).toEqual([[], undefined]);
    expect(await store.write(KEY, VALUE)).toBe(1);
    expect(await store.read(KEY)).toEqual({ state: 'present', version: 1, value: VALUE });
    expect([await store.keys(), await store.keys('one')]).toEqual([['one/'], ['a']]);
    expect(await store.write(KEY, VALUE, 1)).toBe(2);
    await store.delete(KEY);
    expect([await store.keys(), await store.read(KEY)]).toEqual([[], undefined]);
  });

  test('are told apart when they have no value', async () => {
    await store.write(KEY, VALUE);
    await mount.request('DELETE', 'data', 'one/a');
    expect(await store.read(KEY)).toEqual({ state: 'deleted', version: 1 });
    await mount.request('PUT', 'destroy', 'one/a', { versions: [1] });
    expect(await store.read(KEY)).toEqual({ state: 'destroyed', version: 1 });
    await mount.request('PUT', 'metadata', 'one/b', { max_versions: 3 });
    expect(await store.read({ ...KEY, name: 'b' })).toEqual({ state: 'unwritten', version: 0 });
  });

  test('keep names that need to be encoded', async () => {
    const key = { namespace: 'a b', name: 'c?d%2Fe#f' };
    await store.write(key, VALUE);
    expect([await store.keys(), await store.keys('a b'), await store.read(key)]).toEqual([['a b/'], ['c?d%2Fe#f'], { state: 'present', version: 1, value: VALUE }]);
  });

  test.each([
    [0, 'where there is one'],
    [2, 'over a version that is not there yet'],
  ])('are not written over version %s %s', async (over) => {
    await store.write(KEY, VALUE);
    await expect(store.write(KEY, VALUE, over)).rejects.toThrow('one/a was written by somebody else just now, so nothing was written');
  });

  test('are refused with the path and the mend', async () => {
    const nobody = await mount.storeFor({});
    await expect(nobody.read(KEY)).rejects.toThrow(
      `Vault refused to read ${mount.path}/data/gloo/gloo.solo.io/v1/Secret/one/a: 403 (1 error occurred: * permission denied). Your Vault role is "vault-operator-<cluster>": its policy must allow this, and a deployment writes it (vault.operators names who may use it).`,
    );
  });
});
