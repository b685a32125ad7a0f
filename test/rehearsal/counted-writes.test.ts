import { CountedWrites } from '../../rehearsal/counted-writes';
import type { Observer } from '../../rehearsal/observer';

/** A Vault in memory, as far as an observer writes and reads it. */
class Store {
  readonly held = new Map<string, unknown>();
  refuse = false;

  asObserver(): Observer {
    return this as unknown as Observer;
  }

  write(path: string, payload: unknown): Promise<void> {
    if (this.refuse) return Promise.reject(new Error('Vault is sealed'));
    this.held.set(path, payload);
    return Promise.resolve();
  }

  read(path: string): Promise<unknown> {
    return Promise.resolve(this.held.get(path));
  }
}

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
afterEach(() => jest.useRealTimers());

// node:timers/promises is not among what jest's fake timers replace.
jest.mock('node:timers/promises', () => ({ setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)) }));

/** Writes for so many milliseconds, which pass at once. */
async function written(store: Store, ms: number): Promise<CountedWrites> {
  const writes = new CountedWrites(store.asObserver(), 'prod', 'counted');
  await jest.advanceTimersByTimeAsync(ms);
  return writes;
}

/** The count, with the last pause of the writing over. */
async function count(writes: CountedWrites): Promise<number> {
  const counted = writes.count();
  counted.catch(() => undefined);
  await jest.advanceTimersByTimeAsync(1_000);
  return counted;
}

test('numbers from 1, one after the other, each below the mount’s data', async () => {
  const store = new Store();
  const writes = await written(store, 120);
  expect([...store.held]).toEqual([1, 2, 3].map((number) => [`prod/data/counted/${number}`, { data: { number } }]));
  expect(await count(writes)).toBe(3);
});

test('a write that Vault refused is tried under the next number, and nobody looks for it', async () => {
  const store = new Store();
  store.refuse = true;
  const writes = await written(store, 600);
  expect(store.held.size).toBe(0);
  store.refuse = false;
  await jest.advanceTimersByTimeAsync(500);
  const kept = store.held.size;
  expect(kept).toBeGreaterThan(1);
  expect(store.held.has('prod/data/counted/1')).toBe(false);
  expect(await count(writes)).toBe(kept);
});

test('writes nothing more once it was told to stop', async () => {
  const store = new Store();
  const writes = await written(store, 120);
  await count(writes);
  const { size } = store.held;
  await jest.advanceTimersByTimeAsync(5_000);
  expect(store.held.size).toBe(size);
});

test('names what Vault acknowledged and has lost, or holds otherwise', async () => {
  const store = new Store();
  const writes = await written(store, 520);
  const { size } = store.held;
  store.held.delete('prod/data/counted/2');
  store.held.set('prod/data/counted/5', { data: { number: 4 } });
  await expect(count(writes)).rejects.toThrow(`Of ${size} secrets that Vault acknowledged, 2 are lost: 2, 5`);
});

test('a Vault that lost all of them gets a short list', async () => {
  const store = new Store();
  const writes = await written(store, 1_020);
  const { size } = store.held;
  store.held.clear();
  await expect(count(writes)).rejects.toThrow(new RegExp(`^Of ${size} secrets that Vault acknowledged, ${size} are lost: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10$`));
});
