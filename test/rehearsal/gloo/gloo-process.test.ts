import { glooSession } from '../../../lib/gloo/gloo-session';
import type { GlooClient, GlooToken } from '../../../rehearsal/gloo/gloo-client';
import { GlooProcess, type GlooProcessOptions } from '../../../rehearsal/gloo/gloo-process';
import { GlooCrash, type GlooSecret } from '../../../rehearsal/gloo/secret-list';
import { call } from '../../../rehearsal/http';

// node:timers/promises is not among what jest's fake timers replace.
jest.mock('node:timers/promises', () => ({
  setTimeout: (ms: number, value: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer);
        reject(new Error('aborted'));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      }, ms);
      signal?.addEventListener('abort', abort);
    }),
}));

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'], now: 1_795_478_384_000 }));
afterEach(() => jest.useRealTimers());

const SECRETS: GlooSecret[] = [{ namespace: 'gloo-system', name: 'one', content: {} }, { namespace: 'gloo-system', name: 'two', content: {} }];

/** A Vault with Gloo's client before it. */
class Vault {
  requests = 0;
  /** Of logins, those that fail. */
  refusing = false;
  away = false;
  leaseSeconds = 900;
  crash = false;
  readonly valid = new Set<string>();
  private count = 0;

  start(pace?: GlooProcessOptions['pace']): Promise<GlooProcess> {
    return GlooProcess.start({
      pod: () => ({ client: this as unknown as GlooClient, source: undefined as never, logIn: () => this.logIn() }),
      ...(pace ? { pace } : {}),
    });
  }

  private logIn(): Promise<GlooToken> {
    this.requests += 1;
    if (this.away || this.refusing) return Promise.reject(new Error('no login'));
    const token = `token-${(this.count += 1)}`;
    this.valid.add(token);
    return Promise.resolve({ token, leaseSeconds: this.leaseSeconds, policies: [], renewable: true });
  }

  renew({ token }: GlooToken): Promise<{ leaseSeconds: number }> {
    return this.answer(token, { leaseSeconds: this.leaseSeconds });
  }

  secrets({ token }: GlooToken): Promise<GlooSecret[]> {
    return this.crash ? Promise.reject(new GlooCrash('nil pointer')) : this.answer(token, SECRETS);
  }

  private answer<T>(token: string, value: T): Promise<T> {
    this.requests += 1;
    return this.away || !this.valid.has(token) ? Promise.reject(new Error('permission denied')) : Promise.resolve(value);
  }
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const page = async (gloo: GlooProcess) => (await call({ method: 'GET', url: `${gloo.metricsOrigin ?? ''}/metrics`, limit: 5_000 })).text;

test('logs in once, renews at once and after two thirds of the lease, lists without end', async () => {
  const vault = new Vault();
  const gloo = await vault.start({ list: 100, lease: 3_000 });
  await pass(4_000);
  const report = gloo.report();
  expect(report).toMatchObject({ logins: 1, loginFailures: 0, renewals: 2, failures: 0, emptyLists: 0 });
  expect(report.lists).toBeGreaterThanOrEqual(39);
  expect(report.reads).toBe(report.lists * 2);
  expect(report.longestGap).toBeLessThanOrEqual(100);
  expect(gloo.secrets).toEqual(['gloo-system/one', 'gloo-system/two']);
  await gloo.stop();
});

test('a login or list that fails at the start ends it', async () => {
  const vault = new Vault();
  vault.refusing = true;
  const failed = expect(vault.start()).rejects.toThrow('no login');
  await pass(3_000);
  await failed;
  expect(vault.requests).toBe(3);
  vault.refusing = false;
  vault.crash = true;
  await expect(vault.start()).rejects.toThrow('nil pointer');
});

test('each list that fails hands on an empty one', async () => {
  const vault = new Vault();
  const gloo = await vault.start({ list: 100, lease: 60_000 });
  await pass(500);
  vault.away = true;
  await pass(1_000);
  expect(gloo.secrets).toEqual([]);
  vault.away = false;
  await pass(200);
  expect(gloo.report()).toMatchObject({ failures: 10, emptyLists: 10, logins: 1 });
  expect(gloo.report().longestGap).toBeGreaterThanOrEqual(1_000);
  expect(gloo.secrets).toHaveLength(2);
  await gloo.stop();
});

test('logs in again when renewal fails until the lease ends', async () => {
  const vault = new Vault();
  const gloo = await vault.start({ list: 100, lease: 3_000 });
  await pass(100);
  vault.valid.clear();
  await pass(4_000);
  expect(gloo.renewing).toBe(true);
  expect(gloo.report()).toMatchObject({ logins: 2, loginFailures: 0 });
  expect(glooSession(await page(gloo))).toMatchObject({ loggedOut: false, loginFailures: 0, renewalFailures: 1 });
  await gloo.stop();
});

test('three logins that fail in a row end its renewal for good; a new pod mends it', async () => {
  const vault = new Vault();
  const gloo = await vault.start({ list: 100, lease: 3_000 });
  await pass(100);
  vault.valid.clear();
  vault.refusing = true;
  await pass(8_000);
  expect(gloo.renewing).toBe(false);
  expect(gloo.running).toBe(true);
  expect(glooSession(await page(gloo))).toMatchObject({ loggedOut: true, loginFailures: 3, renewalFailures: 1 });
  vault.refusing = false;
  await pass(60_000);
  expect(gloo.secrets).toEqual([]);
  expect(gloo.report().logins).toBe(1);

  await gloo.restart();
  expect(gloo.renewing).toBe(true);
  expect(gloo.secrets).toHaveLength(2);
  expect(glooSession(await page(gloo))).toMatchObject({ loggedOut: false, loginFailures: 0, renewalFailures: 0 });
  expect(gloo.report().longestGap).toBeGreaterThan(60_000);
  await gloo.stop();
});

test('two that fail are no end', async () => {
  const vault = new Vault();
  const gloo = await vault.start({ list: 100, lease: 3_000 });
  await pass(100);
  vault.valid.clear();
  vault.refusing = true;
  while (gloo.report().loginFailures < 2) await pass(100);
  vault.refusing = false;
  await pass(5_000);
  expect(gloo.renewing).toBe(true);
  expect(gloo.report()).toMatchObject({ logins: 2, loginFailures: 2 });
  await gloo.stop();
});

test('a rollout whose new pod cannot start leaves the old one', async () => {
  const vault = new Vault();
  const gloo = await vault.start({ list: 100, lease: 60_000 });
  vault.refusing = true;
  const failed = expect(gloo.restart()).rejects.toThrow('no login');
  await pass(3_000);
  await failed;
  expect(gloo.secrets).toHaveLength(2);
  expect(gloo.running).toBe(true);
  await gloo.stop();
});

test('what crashes its client ends the process, and its metrics with it', async () => {
  const vault = new Vault();
  const gloo = await vault.start({ list: 100, lease: 60_000 });
  vault.crash = true;
  await pass(200);
  expect(gloo.running).toBe(false);
  expect(gloo.crash?.message).toBe('nil pointer');
  expect(gloo.metricsOrigin).toBeUndefined();
  await gloo.stop();
});

test('counts from the last time it was cleared, over all its pods', async () => {
  const vault = new Vault();
  const gloo = await vault.start({ list: 100, lease: 60_000 });
  await pass(1_000);
  gloo.clear();
  expect(gloo.report()).toMatchObject({ logins: 0, lists: 0, requests: 0 });
  await gloo.restart();
  await pass(1_000);
  expect(gloo.report().logins).toBe(1);
  expect(gloo.report().lists).toBeGreaterThanOrEqual(10);
  await gloo.stop();
});

test('is settled after two whole lists, and says so when there are none', async () => {
  const vault = new Vault();
  const gloo = await vault.start({ list: 100, lease: 60_000 });
  const settled = gloo.settled();
  await pass(300);
  await settled;
  vault.away = true;
  const failed = expect(gloo.settled(1_000)).rejects.toThrow(/^Gloo had no whole list of secrets in 1000 ms: .*"emptyLists":\d/);
  await pass(1_200);
  await failed;
  await gloo.stop();
});

test('ends when it is told to', async () => {
  const vault = new Vault();
  const gloo = await vault.start();
  await gloo.stop();
  const { requests } = vault;
  await pass(5_000);
  expect(vault.requests).toBe(requests);
});
