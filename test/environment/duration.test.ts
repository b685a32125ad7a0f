import { parseDuration } from '../../lib/environment/duration';

test.each([
  ['15m', 900],
  ['1h30m', 5400],
  ['900s', 900],
  ['1.5h', 5400],
  ['30m1h', 5400],
  ['2d', 172_800],
  ['0s', 0],
])('%s is %d seconds', (written, seconds) => {
  expect(parseDuration(written)).toBe(seconds);
});

test.each(['', '15', '15 m', ' 15m', '-15m', '+15m', '15M', '15min', '1w', '500ms', '0.5s', '1d12h', '1.5d', 'm', '1..5h', '1e3s', '٣m'])(
  '%j is no duration',
  (written) => {
    expect(parseDuration(written)).toBeUndefined();
  },
);
