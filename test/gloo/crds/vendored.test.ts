import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdChart } from '../../../lib/gloo/crds/crd-chart';
import { crdsFault, vendoredCrds, vendoredVersions } from '../../../lib/gloo/crds/vendored';
import { charts } from '../../../lib/versions';

test('the default version of Gloo’s chart has its CRDs here, and a version that nobody added has none', () => {
  expect(vendoredVersions()).toContain(charts.gloo.version);
  expect(crdsFault(charts.gloo.version)).toBeUndefined();
  expect([vendoredCrds('1.21.3'), vendoredCrds('..'), vendoredCrds('')]).toEqual([undefined, undefined, undefined]);
  expect(crdsFault('1.21.3')).toBe(
    '"1.21.3" has no CRDs in cdk8s/gloo-crds, which has those of 1.22.1: Helm installs the chart\'s own where there are none, and an upgrade leaves them as they are. This adds them: npm run gloo-crds -- 1.21.3',
  );
});

test.each(vendoredVersions())('the chart of %s is what npm run gloo-crds makes of its files', (version) => {
  const folder = vendoredCrds(version)!;
  const files = readdirSync(join(folder, 'files'));
  const [source = ''] = /https\S+/.exec(readFileSync(join(folder, 'Chart.yaml'), 'utf8')) ?? [];
  const gloo = new Map([['Chart.yaml', `name: gloo\nversion: ${version}\n`], ...files.map((file): [string, string] => [`crds/${file}`, readFileSync(join(folder, 'files', file), 'utf8')])]);
  const made = crdChart(gloo, version, folder, source);
  for (const [path, text] of made) expect(readFileSync(join(folder, path), 'utf8')).toBe(text);
  expect(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())).toHaveLength(made.size);
});

test('Gloo 1.22.1 has seventeen', () => {
  expect(readdirSync(join(vendoredCrds('1.22.1')!, 'files'))).toHaveLength(17);
});
