import { changeIsSeen, firstSecrets } from '../../bench/refresh';

test('where a list takes no time, a change is seen after the pause between two lists and the second of the emitter', () => {
  expect(changeIsSeen(0)).toBe(61);
});

test('a list counts twice: the rest of the one that has passed the change, and the whole next one', () => {
  expect(changeIsSeen(7)).toBe(75);
});

test('a Gloo that starts lists twice before it has secrets', () => {
  expect(firstSecrets(7)).toBe(14);
});
