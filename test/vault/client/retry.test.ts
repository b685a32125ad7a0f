import { ConfigurationError, Setback, type Awaiting } from '../../../lib/vault/client/errors';
import { retrying, type Patience } from '../../../lib/vault/client/retry';

const patience = (limits: Partial<Patience> = {}): Patience => ({ starting: 0, settling: 0, passing: 0, pause: { first: 1, longest: 5 }, deadline: Date.now() + 10_000, ...limits });
const script = (...ends: (Awaiting | Error | 'done')[]) => {
  let attempts = 0;
  return {
    attempt: () => {
      const end = ends[Math.min(attempts, ends.length - 1)];
      attempts += 1;
      if (end === 'done') return Promise.resolve(attempts);
      return Promise.reject(end instanceof Error ? end : new Setback(end as Awaiting, `${end}!`));
    },
    attempts: () => attempts,
  };
};

test('repeats whole attempts until one ends, and says each reason once', async () => {
  const log: string[] = [];
  const { attempt } = script('starting', 'starting', 'settling', 'done');
  expect(await retrying(patience({ starting: 5000, settling: 5000 }), (line) => log.push(line), attempt)).toBe(4);
  expect(log).toEqual(['waiting: starting!', 'waiting: settling!']);
});

test.each([new ConfigurationError('no'), new TypeError('bug'), new RangeError('bug')])('ends at once with %s', async (error) => {
  const { attempt, attempts } = script(error);
  await expect(retrying(patience({ starting: 5000 }), () => undefined, attempt)).rejects.toBe(error);
  expect(attempts()).toBe(1);
});

test('does not wait, nor says so, for what it has no patience with', async () => {
  const log: string[] = [];
  const { attempt, attempts } = script('passing');
  await expect(retrying(patience({ starting: 5000 }), (line) => log.push(line), attempt)).rejects.toThrow(new Setback('passing', 'passing!'));
  expect([attempts(), log]).toEqual([1, []]);
});

test('gives up with the last reason, and how long it tried', async () => {
  const { attempt } = script('starting', 'starting', 'passing');
  await expect(retrying(patience({ starting: 5000 }), () => undefined, attempt)).rejects.toThrow(/^passing! \(gave up after 3 attempts in \d+ s\)$/);
});

test.each([0, 60])('starts no attempt after the deadline (%i ms)', async (time) => {
  const deadline = Date.now() + time;
  const starts: number[] = [];
  const attempt = () => {
    starts.push(Date.now());
    return Promise.reject(new Setback('starting', 'not yet'));
  };
  await expect(retrying(patience({ starting: 60_000, pause: { first: 20, longest: 10_000 }, deadline }), () => undefined, attempt)).rejects.toThrow('not yet');
  // Timers fire up to some milliseconds late.
  expect(starts.slice(1).every((start) => start <= deadline + 50)).toBe(true);
  expect(starts.length).toBeLessThan(10);
});

test('counts patience from when a reason of its kind began in a row', async () => {
  let now = 0;
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
  let attempts = 0;
  const attempt = () => {
    attempts += 1;
    now += 400;
    return Promise.reject(new Setback(attempts === 3 ? 'starting' : 'settling', 'x'));
  };
  await expect(retrying(patience({ starting: 1000, settling: 1000, deadline: 1e9 }), () => undefined, attempt)).rejects.toThrow('gave up after 7 attempts in 3 s');
  clock.mockRestore();
});
