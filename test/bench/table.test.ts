import { judge, summarize, type Figure } from '../../bench/figure';
import { renderReport, reportAsJson, type Report } from '../../bench/table';

const machine = { cores: 2, cpu: 'A processor', memoryGiB: 8, load: 0.25, platform: 'linux-x64', node: '20.20.2', versions: { 'aws-cdk-lib': '2.276.0', Vault: '1.21.1' } };
const synth: Figure = { id: 'synth.cpu', title: 'Synth', unit: 'CPU s', samples: [1.5, 1.4, 1.7], beside: { what: 'least app', samples: [0.5, 0.4, 0.6] }, limit: { on: 'ratio', atMost: 3 } };
const writes: Figure = { id: 'writes', title: 'Second run, writes', unit: 'writes', samples: [1, 1], beside: { what: 'bank-vaults', samples: [4] }, limit: { on: 'value', atMost: 0 }, note: 'counted once' };
const load: Figure = { id: 'load', title: 'Loading', unit: 'ms', samples: [21.5], beside: { what: 'empty handler', samples: [0.25] }, limit: { on: 'excess', atMost: 50 } };
const suite = { id: 'suite', title: 'Test suite', reason: 'npm test failed after 3 s: 1 failed' };

const report = (figures: Report['figures']): Report => ({
  machine,
  figures,
  synthParts: [{ part: 'loading aws-cdk-lib', app: 0.221, least: 0.2 }],
  bundleParts: [{ part: 'zod', bytes: 19_440 }],
});

test('each figure stands beside its floor and its limit, and a limit that is missed is marked', () => {
  expect(renderReport(report([synth, writes, load, suite]))).toMatchInlineSnapshot(`
"2 cores (A processor), 8 GiB, load 0.3 at the start, linux-x64, Node 20.20.2
aws-cdk-lib 2.276.0, Vault 1.21.1

                      median (min–max)        beside it                   ratio   limit
✔ Synth               1.50 (1.40–1.70) CPU s  0.50 (0.40–0.60) least app  × 3.00  ≤ × 3
✖ Second run, writes  1 write                 4 bank-vaults               × 0.25  ≤ 0 writes
✔ Loading             21.5 ms                 0.3 empty handler                   ≤ +50 ms, is +21.3
? Test suite          not measured

Second run, writes: counted once
Test suite: not measured: npm test failed after 3 s: 1 failed

Where a synth's CPU seconds go  app   least app
  loading aws-cdk-lib           0.22  0.20

What the handler bundle is made of  kB
  zod                               19.4

1 limit is missed; 1 not measured."
`);
});

test('says so when no limit is missed', () => {
  expect(renderReport(report([synth])).split('\n').at(-1)).toBe('No limit is missed.');
});

test('as JSON each figure has its samples and its verdict', () => {
  expect(reportAsJson(report([synth, suite]))).toMatchObject({
    figures: [{ id: 'synth.cpu', samples: [1.5, 1.4, 1.7], ratio: 3, within: true, value: { median: 1.5, min: 1.4, max: 1.7 }, beside: { what: 'least app', samples: [0.5, 0.4, 0.6], median: 0.5 } }, suite],
  });
});

test.each([
  ['value', 1.5, true],
  ['value', 1.49, false],
  ['ratio', 3, true],
  ['ratio', 2.9, false],
  ['excess', 1, true],
  ['excess', 0.9, false],
] as const)('a limit on the %s of at most %d: %s', (on, atMost, within) => {
  expect(judge({ ...synth, limit: { on, atMost } }).within).toBe(within);
});

test('a limit that compares is missed where there is nothing to compare with', () => {
  expect(judge({ id: 'a', title: 'A', unit: 's', samples: [1], limit: { on: 'ratio', atMost: 3 } }).within).toBe(false);
});

test('median of an odd and of an even number of samples', () => {
  expect(summarize([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(summarize([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(() => summarize([])).toThrow('There are no samples to summarize.');
});

test('a note that is so of several figures is said once', () => {
  const again: Figure = { ...writes, id: 'again', title: 'Another run, writes' };
  expect(renderReport(report([writes, again])).split('counted once')).toHaveLength(2);
});
