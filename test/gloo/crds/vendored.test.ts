import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdFiles } from '../../../lib/gloo/crds/crd-files';
import { digestOf, readCrds } from '../../../lib/gloo/crds/crds';
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

test.each(vendoredVersions())('the CRDs of %s are what npm run gloo-crds makes of them', (version) => {
  const folder = vendoredCrds(version)!;
  const files = new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  const [source = ''] = /https\S+/.exec(files.get('SOURCE.md') ?? '') ?? [];
  const chart = new Map([['Chart.yaml', `name: gloo\nversion: ${version}\n`], ...[...files].filter(([file]) => file !== 'SOURCE.md').map(([file, text]): [string, string] => [`crds/${file}`, text])]);
  expect(crdFiles(chart, version, folder, source)).toEqual(files);
});

test('Gloo 1.22.1 has seventeen, whose digest tells them from any others', () => {
  const crds = readCrds(vendoredCrds('1.22.1')!);
  expect(crds).toHaveLength(17);
  expect(digestOf(crds)).toBe(digestOf(readCrds(vendoredCrds('1.22.1')!)));
  expect(digestOf(crds.map((crd, index) => (index === 3 ? { ...crd, text: `${crd.text} ` } : crd)))).not.toBe(digestOf(crds));
});
