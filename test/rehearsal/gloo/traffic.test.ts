import type { GlooClient, GlooToken } from '../../../rehearsal/gloo/gloo-client';
import { Traffic } from '../../../rehearsal/gloo/traffic';

// node:timers/promises is not among what jest's fake timers replace.
jest.mock('node:timers/promises', () => ({ setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)) }));

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
afterEach(() => jest.useRealTimers());

const TOKEN: GlooToken = { token: 'a-token', leaseSeconds: 900, policies: [], renewable: true };

/** A Vault that answers reads, until it does not. */
class Reads {
  readonly asked: unknown[][] = [];
  logins = 0;
  away = false;
  /** Milliseconds that an answer takes. */
  slow = 0;

  async read(...what: unknown[]): Promise<Record<string, unknown>> {
    this.asked.push(what);
    if (this.slow > 0) await new Promise((resolve) => setTimeout(resolve, this.slow));
    if (this.away) throw new Error('connect ECONNREFUSED');
    return {};
  }

  start(): Promise<Traffic> {
    return Traffic.start({
      logIn: () => {
        this.logins += 1;
        return Promise.resolve({ client: this as unknown as GlooClient, token: TOKEN });
      },
      namespace: 'gloo-system',
      secret: 'rehearsal',
    });
  }
}

/** What was noticed, with the two reads over that it waits for. */
async function outage(traffic: Traffic) {
  const seen = traffic.outage();
  await jest.advanceTimersByTimeAsync(3_000);
  return seen;
}

async function stop(traffic: Traffic): Promise<void> {
  const stopped = traffic.stop();
  await jest.advanceTimersByTimeAsync(3_000);
  return stopped;
}

test('reads the one secret without end, by one login', async () => {
  const vault = new Reads();
  const traffic = await vault.start();
  await jest.advanceTimersByTimeAsync(1_000);
  const { longestGap, failures, reads } = await outage(traffic);
  expect(failures).toBe(0);
  expect(reads).toBeGreaterThanOrEqual(20);
  expect(longestGap).toBeLessThan(100);
  expect(vault.asked[0]).toEqual([TOKEN, 'gloo-system', 'rehearsal']);
  expect(vault.logins).toBe(1);
  await stop(traffic);
});

test('measures the time between two reads that went well, however many failed between them', async () => {
  const vault = new Reads();
  const traffic = await vault.start();
  await jest.advanceTimersByTimeAsync(500);
  vault.away = true;
  await jest.advanceTimersByTimeAsync(4_200);
  vault.away = false;
  const { longestGap, failures } = await outage(traffic);
  expect(failures).toBe(5);
  // From the last read before to the first retry after it, and retries are a second apart.
  expect(longestGap).toBeGreaterThanOrEqual(4_200);
  expect(longestGap).toBeLessThanOrEqual(5_300);
  await stop(traffic);
});

test('an answer that takes long is a gap as well', async () => {
  const vault = new Reads();
  const traffic = await vault.start();
  await jest.advanceTimersByTimeAsync(100);
  vault.slow = 7_000;
  await jest.advanceTimersByTimeAsync(100);
  vault.slow = 0;
  await jest.advanceTimersByTimeAsync(7_000);
  const { longestGap, failures } = await outage(traffic);
  expect(failures).toBe(0);
  expect(longestGap).toBeGreaterThanOrEqual(7_000);
  expect(longestGap).toBeLessThan(7_200);
  await stop(traffic);
});

test('tells of each fault by itself: what was noticed before is forgotten', async () => {
  const vault = new Reads();
  const traffic = await vault.start();
  vault.away = true;
  await jest.advanceTimersByTimeAsync(2_000);
  vault.away = false;
  expect((await outage(traffic)).failures).toBeGreaterThan(0);
  const { longestGap, failures } = await outage(traffic);
  expect(failures).toBe(0);
  expect(longestGap).toBeLessThan(100);
  await stop(traffic);
});

test('waits with its word until reads go well again', async () => {
  const vault = new Reads();
  const traffic = await vault.start();
  await jest.advanceTimersByTimeAsync(100);
  vault.away = true;
  let ended = false;
  const seen = traffic.outage().finally(() => (ended = true));
  await jest.advanceTimersByTimeAsync(20_000);
  expect(ended).toBe(false);
  vault.away = false;
  await jest.advanceTimersByTimeAsync(3_000);
  expect((await seen).longestGap).toBeGreaterThanOrEqual(20_000);
  await stop(traffic);
});

test('ends when it is told to', async () => {
  const vault = new Reads();
  const traffic = await vault.start();
  await stop(traffic);
  const { length } = vault.asked;
  await jest.advanceTimersByTimeAsync(5_000);
  expect(vault.asked).toHaveLength(length);
});
