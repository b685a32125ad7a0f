import { randomUUID } from 'node:crypto';
import { KeyStore } from '../../../../lib/vault/configuration/handler/key-store';
import { toMessage } from '../../../../lib/vault/client/errors';
import { startKeptSecret, type KeptSecret } from '../../client/kept-secret';

const KEYS = { rootToken: 'hvs.exampleRootTokenOfTheTest', recoveryKeys: ['recovery-key-one', 'recovery-key-two'] };
const MARK = '{"state":"initialising","cluster":"trial"}';
const note = 'Recovery keys of Vault, base64. Give each to its holder. docs/production.md, "Break glass", says what they are for.';
const WITHOUT = { state: 'initialised', cluster: 'trial', recovery_keys: KEYS.recoveryKeys, recovery_threshold: 2, note };
const WITH = { ...WITHOUT, root_token: KEYS.rootToken };

let kept: KeptSecret;
let store: KeyStore;
beforeEach(async () => {
  kept = await startKeptSecret();
  store = new KeyStore(kept.as('keeper'), kept.mask);
});
afterEach(() => kept.close());

const put = (contents: unknown) => kept.as('keeper').write(typeof contents === 'string' ? contents : JSON.stringify(contents), randomUUID());
const held = async () => Object.fromEntries(Object.entries(await kept.versions()).map(([labels, text]) => [labels, JSON.parse(text) as unknown]));
const keep = (attempt: (write: () => Promise<void>) => Promise<void> = (write) => write()) => store.keep(KEYS, 2, 'trial', attempt);

test('goes from empty over a mark to the keys', async () => {
  expect(await store.state()).toBe('empty');
  await store.begin('trial');
  expect([await store.state(), await store.rootToken(), (await kept.as('keeper').read())?.text]).toEqual(['initialising', undefined, MARK]);
  await keep();
  expect([await store.state(), await store.rootToken()]).toEqual(['initialised', KEYS.rootToken]);
  expect(await held()).toMatchObject({ AWSCURRENT: WITH });
});

test('a mark that comes late takes no keys away', async () => {
  await store.begin('trial');
  await keep();
  await store.begin('trial');
  expect([await store.state(), await store.rootToken()]).toEqual(['initialised', KEYS.rootToken]);
});

test('keys are one version, however often they are written', async () => {
  await store.begin('trial');
  await keep(async (write) => {
    await write();
    await write();
    await write();
  });
  expect(await held()).toEqual({ AWSCURRENT: WITH, 'AWSPREVIOUS INITIALISING': JSON.parse(MARK) as unknown });
});

test('writes the keys again after a throttle', async () => {
  kept.fixture.aws.throttleNext('secretsmanager', 1);
  const failures: string[] = [];
  await keep((write) => write().catch((error: Error) => (failures.push(error.message), write())));
  expect(failures).toEqual([expect.stringContaining('ThrottlingException')]);
  expect(await held()).toEqual({ AWSCURRENT: WITH });
});

describe('the root token is gone from every labelled version', () => {
  const nothing = async () => expect(JSON.stringify(await held())).not.toContain('root_token');

  test('where it is in the current one', async () => {
    await store.begin('trial');
    await keep();
    await store.dropRootToken();
    await nothing();
    expect(await held()).toMatchObject({ AWSCURRENT: WITHOUT });
  });

  test('where a run was cut off and left it in the previous one', async () => {
    await put(WITH);
    await put(WITHOUT);
    await store.dropRootToken();
    expect(await held()).toEqual({ AWSCURRENT: WITHOUT });
  });

  test('where it is in both', async () => {
    await put(WITH);
    await put({ ...WITH, root_token: 'hvs.anotherRootTokenOfTheTest' });
    await store.dropRootToken();
    await nothing();
  });

  test('where it is nowhere: nothing is written', async () => {
    await put({ state: 'initialising' });
    await put(WITHOUT);
    const before = kept.fixture.aws.requests.length;
    await store.dropRootToken();
    expect(kept.fixture.aws.requests.slice(before).map(({ action }) => action)).toEqual(['GetSecretValue', 'GetSecretValue']);
    await store.dropRootToken();
    expect(await held()).toEqual({ AWSCURRENT: WITHOUT, AWSPREVIOUS: { state: 'initialising' } });
  });

  test('where the secret is empty', async () => {
    await store.dropRootToken();
    expect(await held()).toEqual({});
  });

  test('and the recovery keys and what somebody added by hand in the app’s form stay', async () => {
    await put({ ...WITH, note: 'Ours.' });
    await store.dropRootToken();
    expect(await held()).toEqual({ AWSCURRENT: { ...WITHOUT, note: 'Ours.' } });
  });
});

test.each(['plain-text-password', '{"password":"plain-text-password"}', '["plain-text-password"]', 'null', '{"state":"plain-text-password"}', '{"state":"initialised","root_token":["plain-text-password"]}'])('a secret of another form, %s, is told from keys, and not repeated', async (text) => {
  await put(text);
  for (const ask of [() => store.state(), () => store.rootToken(), () => store.dropRootToken()]) {
    const error: unknown = await ask().then(() => undefined, (thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ConfigurationError' });
    expect((error as Error).message).toBe(
      `The secret ${kept.arn} does not hold recovery keys in this app's form (state, recovery_keys, root_token): it was written by something else. Give vault.raft.recovery.secret another secret, or none.`,
    );
  }
  expect((await kept.as('keeper').read())?.text).toBe(text);
});

test('who has read the keys says none of them', async () => {
  await put(WITH);
  await store.state();
  const said = toMessage(new Error(JSON.stringify(WITH)), kept.mask);
  for (const secret of [KEYS.rootToken, ...KEYS.recoveryKeys]) expect(said).not.toContain(secret);
});
