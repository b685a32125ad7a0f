import { foldInputs } from '../../bench/bundle';
import { foldParts } from '../../bench/synth';

test('the inputs of a bundle by package, the app as one, the small ones together', () => {
  const inputs = { 'lib/vault/handler/index.ts': 30, 'lib/vault/properties.ts': 20, 'node_modules/zod/v4/index.js': 40, 'node_modules/@smithy/core/a.js': 60, 'node_modules/a/node_modules/@smithy/core/b.js': 10, 'node_modules/tiny/index.js': 1 };
  expect(foldInputs(inputs, 165, 3)).toEqual([
    { part: '@smithy/core', bytes: 70 },
    { part: "the handler's own code", bytes: 50 },
    { part: 'zod', bytes: 40 },
    { part: "1 more, and the bundler's own", bytes: 5 },
  ]);
});

test("a synth's parts by what they take in the app; what is small in both is one line", () => {
  expect(foldParts({ app: { zod: 0.04, cdk: 0.2, semver: 0.002 }, least: { cdk: 0.1, layer: 0.01, yaml: 0.001 } })).toEqual([
    { part: 'cdk', app: 0.2, least: 0.1 },
    { part: 'zod', app: 0.04, least: 0 },
    { part: 'layer', app: 0, least: 0.01 },
    { part: 'all the rest', app: 0.002, least: 0.001 },
  ]);
});
