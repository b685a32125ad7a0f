import { setTimeout as sleep } from 'node:timers/promises';
import { eachSideBySide } from '../../bench/kept-connections';

test('does something with each, once, and with so many at a time', async () => {
  const items = Array.from({ length: 20 }, (_, index) => index);
  const done: number[] = [];
  let [underway, most] = [0, 0];
  await eachSideBySide(items, 4, async (item) => {
    underway += 1;
    most = Math.max(most, underway);
    await sleep(2);
    underway -= 1;
    done.push(item);
  });
  expect(done.sort((a, b) => a - b)).toEqual(items);
  expect(most).toBe(4);
});

test('one at a time keeps the order', async () => {
  const done: string[] = [];
  await eachSideBySide(['a', 'b', 'c'], 1, async (item) => {
    await sleep(1);
    done.push(item);
  });
  expect(done).toEqual(['a', 'b', 'c']);
});

test('begins no more once one has failed, and throws what that one threw', async () => {
  const begun: number[] = [];
  const failing = eachSideBySide([1, 2, 3, 4, 5, 6], 2, async (item) => {
    begun.push(item);
    await sleep(item === 1 ? 1 : 10);
    if (item === 1) throw new Error('the first');
  });
  await expect(failing).rejects.toThrow('the first');
  await sleep(30);
  expect(begun).toEqual([1, 2]);
});
