import { ConfigurationError, Setback } from '../../../../lib/vault/client/errors';
import type { VaultAnswer } from '../../../../lib/vault/client/answers';
import type { VaultClient } from '../../../../lib/vault/client/vault-client';
import { initialise, lostKeys } from '../../../../lib/vault/configuration/handler/initialise';
import { KeyStore } from '../../../../lib/vault/configuration/handler/key-store';
import { startKeptSecret, type KeptSecret } from '../../client/kept-secret';
import { listening } from '../../client/listening';
import { trialRun } from './trial-run';

const ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:keys-abcdef';
const initialisation = { pod: 'https:vault-0:8200', replicas: '3', secretArn: ARN, recoveryShares: '5', recoveryThreshold: '3' };
const KEYS = { root_token: 'hvs.exampleRootTokenOfTheTest', recovery_keys_base64: ['recovery-key-one', 'recovery-key-two'], recovery_keys: ['aabbccddeeff', '112233445566'] };
const READY = { initialized: false, sealed: true, type: 'awskms', recovery_seal: true };
const UNSEALED = { ...READY, initialized: true, sealed: false };
const SEALED = { ...READY, initialized: true };

let kept: KeptSecret;
let store: KeyStore;
beforeEach(async () => {
  kept = await startKeptSecret();
  store = new KeyStore(kept.as('keeper'), kept.mask);
});
afterEach(() => kept.close());

/** A pod whose seal status is the first of `statuses`, then the next, and that answers `sys/init` with `answer`. */
function pod(statuses: readonly object[], answer: VaultAnswer | (() => Promise<VaultAnswer>) = { ok: true, body: KEYS }): { client: VaultClient; asked: unknown[] } {
  const asked: unknown[] = [];
  let looks = 0;
  const client: Partial<VaultClient> = {
    get: () => Promise.resolve({ ok: true, body: { ...statuses[Math.min(looks++, statuses.length - 1)] } }),
    put: (path, payload) => {
      asked.push([path, payload]);
      return typeof answer === 'function' ? answer() : Promise.resolve(answer);
    },
  };
  return { client: client as VaultClient, asked };
}

const thrown = (action: Promise<unknown>): Promise<Error & { awaiting?: string }> => action.then(() => Promise.reject(new Error('It ended.')), (error: Error) => error);
const begin = ({ client }: { client: VaultClient }, { run } = trialRun(), keys = store) => thrown(initialise(run, client, keys, { initialisation, cluster: 'trial', namespace: 'vault' }));

test('marks the secret, asks for as many keys as the environment says, and stores them before all else', async () => {
  const ready = pod([READY]);
  const trial = trialRun();
  const error = await begin(ready, trial);
  expect([error.name, error.awaiting, error.message]).toEqual(['Setback', 'starting', 'Vault was initialised, and no leader answers yet.']);
  expect(ready.asked).toEqual([['sys/init', { recovery_shares: 5, recovery_threshold: 3 }]]);
  expect(JSON.parse((await kept.as('keeper').read())?.text ?? '')).toMatchObject({ state: 'initialised', recovery_keys: KEYS.recovery_keys_base64, recovery_threshold: 3, root_token: KEYS.root_token });
  expect(trial.log).toEqual(['initialising https:vault-0:8200', 'initialised https:vault-0:8200: 2 recovery keys are in the secret']);
  for (const secret of Object.values(KEYS).flat()) expect(trial.run.mask.apply(`"${secret}"`)).not.toContain(secret);
});

test('asks for nothing where the secret cannot be written', async () => {
  const ready = pod([READY]);
  const error = await begin(ready, trialRun(), new KeyStore(kept.as('reader'), kept.mask));
  expect(error).toMatchObject({ name: 'Setback', awaiting: 'settling', message: expect.stringContaining('could not be written') as unknown });
  expect(ready.asked).toEqual([]);
});

test('does not begin where too little time is left to store the keys', async () => {
  const ready = pod([READY]);
  const error = await begin(ready, trialRun({ deadline: Date.now() + 10_000 }));
  expect(error).toMatchObject({ name: 'Setback', awaiting: 'starting', message: 'https:vault-0:8200 can be initialised, and this run has too little time left to store its keys. Nothing is initialised yet: deploy again.' });
  expect(ready.asked).toEqual([]);
  expect(await store.state()).toBe('initialising');
});

test('stores the keys as long as the run lasts, whatever the patience', async () => {
  kept.fixture.aws.throttleNext('secretsmanager', 0);
  const trial = trialRun();
  const error = await begin(pod([READY], () => {
    kept.fixture.aws.throttleNext('secretsmanager', 3);
    return Promise.resolve({ ok: true, body: KEYS });
  }), trial);
  expect(error.message).toBe('Vault was initialised, and no leader answers yet.');
  expect(await store.rootToken()).toBe(KEYS.root_token);
  expect(trial.log.filter((line) => line.startsWith('waiting: '))).toHaveLength(1);
});

test('says what is lost where the keys could not be stored to the end', async () => {
  const nowhere = kept.at(await listening((_, response) => void response.writeHead(503).end()));
  const { run } = trialRun({ deadline: Date.now() + 15_500 });
  const keys: Partial<KeyStore> = { state: () => Promise.resolve('empty'), begin: () => Promise.resolve(), keep: (...args) => new KeyStore(nowhere, kept.mask).keep(...args) };
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'], now: Date.now() });
  try {
    const ended = begin(pod([READY]), { run, log: [] }, keys as KeyStore);
    let done = false;
    void ended.then(() => (done = true));
    while (!done) {
      jest.advanceTimersByTime(5);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const error = await ended;
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toMatch(/^The secret for Vault's recovery keys could not be written .*HTTP 503.*they are lost, and nobody can get in\. .*kubectl delete pvc /);
    expect(error.message).not.toMatch(/hvs\.|recovery-key/);
  } finally {
    jest.useRealTimers();
  }
});

describe('where another run is at it at the same time', () => {
  const BY_ANOTHER = { name: 'Setback', awaiting: 'starting', message: 'Vault was initialised by another run at the same time, and no leader answers yet.' };

  test('and was faster with sys/init, waits for its Vault', async () => {
    expect(await begin(pod([READY], { ok: false, status: 400, reason: 'Vault is already initialized' }))).toMatchObject(BY_ANOTHER);
  });

  test('and has stored its keys meanwhile, does not take the volume for an empty one', async () => {
    await store.keep({ rootToken: KEYS.root_token, recoveryKeys: KEYS.recovery_keys_base64 }, 3, 'trial', (write) => write());
    const initialised = pod([READY, SEALED]);
    expect(await begin(initialised)).toMatchObject(BY_ANOTHER);
    expect(initialised.asked).toEqual([]);
  });
});

test.each([{}, { root_token: 'hvs.exampleRootTokenOfTheTest' }, { ...KEYS, recovery_keys_base64: 'one' }])('an answer without keys is none, and says by what Vault is whether they are lost: %j', async (body) => {
  expect(await begin(pod([READY], { ok: true, body }))).toMatchObject({ name: 'Setback', awaiting: 'passing', message: 'PUT sys/init was answered without a root token and recovery keys. Nothing is initialised yet.' });
  const lost = await begin(pod([READY, SEALED], { ok: true, body }));
  expect(lost).toMatchObject({ name: 'ConfigurationError', message: expect.stringContaining('Vault got half-way, and nobody was given its keys.') as unknown });
  expect(lost.message).not.toContain('hvs.');
});

describe('a refusal of sys/init', () => {
  const refusal = { ok: false, status: 400, reason: 'failed to encrypt keys for storage' } as const;

  test('that left nothing behind passes', async () => {
    expect(await begin(pod([READY], refusal))).toMatchObject({ name: 'Setback', awaiting: 'passing', message: 'PUT sys/init was answered with 400 failed to encrypt keys for storage. Nothing is initialised yet.' });
  });

  test('that left Vault half-way says so at once, with the cause', async () => {
    const error = await begin(pod([READY, SEALED], refusal));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toMatch(/^PUT sys\/init was answered with 400 failed to encrypt keys for storage\. Vault got half-way, and nobody was given its keys\. Mend what it says first\. .*kubectl delete pvc /);
  });
});

describe('an initialised pod', () => {
  test('is waited for while it is unsealed and has no leader', async () => {
    expect(await begin(pod([UNSEALED]))).toMatchObject({ awaiting: 'starting', message: expect.stringContaining('Vault is unsealed, and no leader answers yet.') as unknown });
  });

  test('that is sealed is waited for, as long as the run may last where its keys are stored, and briefly where they never came', async () => {
    await store.begin('trial');
    expect(await begin(pod([SEALED]))).toMatchObject({ awaiting: 'passing', message: expect.stringMatching(/is sealed: it unseals by KMS\. .*they are lost, and nobody can get in/) as unknown });
    await store.keep({ rootToken: KEYS.root_token, recoveryKeys: [] }, 3, 'trial', (write) => write());
    expect(await begin(pod([SEALED]))).toMatchObject({ awaiting: 'starting', message: expect.not.stringContaining('lost') as unknown });
  });
});

test('a seal without recovery keys is refused before anything is written', async () => {
  const shamir = pod([{ ...READY, type: 'shamir', recovery_seal: false }]);
  const error = await begin(shamir);
  expect([error instanceof Setback, error.message]).toEqual([false, expect.stringContaining('Vault\'s seal is "shamir", whose keys a person would have to keep')]);
  expect([shamir.asked, await store.state()]).toEqual([[], 'empty']);
});

test('a pod that does not tell its seal is asked again', async () => {
  const client = { get: () => Promise.resolve({ ok: false, status: 418, reason: 'tea' }) } as unknown as VaultClient;
  expect(await begin({ client })).toMatchObject({ awaiting: 'passing', message: 'GET sys/seal-status was answered with 418 tea.' });
});

test.each([
  ['initialising', ['they are lost, and nobody can get in.', 'kubectl delete pvc -n gloo-vault -l app.kubernetes.io/instance=vault,component=server --wait=false && kubectl delete pod -n gloo-vault -l']],
  ['empty', [`${ARN} holds nothing.`, `{"state":"initialised","root_token":"…"} in a file, then aws secretsmanager put-secret-value --secret-id ${ARN} --secret-string file://FILE`]],
  ['initialised', [`${ARN} holds no root token any more`, 'docs/production.md, "Break glass"']],
] as const)('a way in that is lost with a secret that is %s has a mend', (state, words) => {
  for (const word of words) expect(lostKeys(state, ARN, 'gloo-vault')).toContain(word);
});
