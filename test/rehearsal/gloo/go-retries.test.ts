import { withGoRetries } from '../../../rehearsal/gloo/go-retries';
import type { Reply } from '../../../rehearsal/http';

jest.mock('node:timers/promises', () => ({ setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)) }));

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const reply = (status: number): Reply => ({ status, text: '', bytes: Buffer.alloc(0) });

/** Statuses one after the other, the last of them for ever; 0 is no answer. */
async function attempts(statuses: readonly number[], settings = { max: 30, timeoutSeconds: 300 }) {
  const began = performance.now();
  const at: number[] = [];
  const answered = withGoRetries(settings, () => {
    const status = statuses[Math.min(at.length, statuses.length - 1)] ?? 0;
    at.push(performance.now() - began);
    return status === 0 ? Promise.reject(new Error('connect ECONNREFUSED')) : Promise.resolve(reply(status));
  }).then(
    ({ status }) => status,
    (error: Error) => error.message,
  );
  await jest.advanceTimersByTimeAsync(400_000);
  return { answered: await answered, at };
}

test.each([200, 204, 400, 403, 404, 501])('%i is an answer', async (status) => {
  expect(await attempts([status])).toEqual({ answered: status, at: [0] });
});

test.each([0, 412, 429, 500, 502, 503])('%i is not', async (status) => {
  const { answered, at } = await attempts([status, 200]);
  expect(answered).toBe(200);
  expect(at).toHaveLength(2);
});

test('pauses grow with the attempts, by a second to one and a half', async () => {
  const { at } = await attempts([0, 0, 0, 0, 0, 200]);
  const pauses = at.slice(1).map((time, index) => (time - (at[index] ?? 0)) / (index + 1));
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1000);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(1500);
});

test('ends with the last answer, after so many attempts or so much time', async () => {
  expect(await attempts([503], { max: 2, timeoutSeconds: 60 })).toMatchObject({ answered: 503, at: { length: 3 } });
  const { answered, at } = await attempts([0]);
  expect(answered).toBe('connect ECONNREFUSED');
  expect(at.at(-1)).toBeLessThan(300_000);
  expect(at.length).toBeGreaterThan(18);
});
