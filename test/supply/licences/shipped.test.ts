import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VENDORED, vendoredVersions } from '../../../lib/gloo/crds/vendored';
import { charts, vaultImage } from '../../../lib/versions';
import { handlerEntries } from '../../../lib/vault/handler-asset';
import { bundledPackages, notices } from '../../../supply/licences/bundles';
import { others } from '../../../supply/licences/others';
import { licenceMismatch, lockedPackages } from '../../../supply/licences/packages';
import { faults, renderLicences } from '../../../supply/licences/report';
import { environments } from '../../environments';
import { synthesize } from '../../synthesize';

const root = join(__dirname, '..', '..', '..');
const installed = lockedPackages(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
const entries = handlerEntries();
const bundled = bundledPackages(entries, installed);

test('all that ships is under a permissive licence, as it is installed', () => {
  expect(entries.length).toBeGreaterThanOrEqual(8);
  expect(bundled.map(({ name }) => name)).toEqual(expect.arrayContaining(['zod', 'p-retry', '@smithy/signature-v4']));
  expect(faults({ bundled, installed, others })).toEqual([]);
  expect(installed.map((each) => licenceMismatch(root, each)).filter((each) => each !== undefined)).toEqual([]);
});

test('copyleft in any of them is found: a bundle, a package, something else', () => {
  const bad = { folder: 'node_modules/bad', name: 'bad', version: '1.0.0', licence: 'GPL-3.0-only', dev: false };
  expect(faults({ bundled: [{ ...bad, dev: true }], installed: [], others: [] })).toHaveLength(1);
  expect(faults({ bundled: [], installed: [bad, { ...bad, dev: true }], others: [] })).toHaveLength(1);
  expect(faults({ bundled: [], installed: [], others: [{ name: 'crds', licence: 'MPL-2.0', how: 'ships', note: '' }, { name: 'chart', licence: 'MPL-2.0', how: 'fetched', note: '' }] })).toEqual(['crds ships and has the licence "MPL-2.0": leave it out.']);
});

test('every chart, add-on, layer and vendored file has a line', () => {
  const names = new Set(others.map(({ name }) => name));
  const { stacks, template } = synthesize(environments);
  const resources = [...stacks.keys()].flatMap((stack) => Object.values((template(stack).toJSON() as { Resources: Record<string, { Type: string; Properties?: Record<string, string> }> }).Resources));
  const deployed = [
    ...resources.filter(({ Type }) => Type === 'Custom::AWSCDK-EKS-HelmChart').map(({ Properties }) => `chart ${Properties?.Chart}`),
    ...resources.filter(({ Type }) => Type === 'AWS::EKS::Addon').map(({ Properties }) => `add-on ${Properties?.AddonName}`),
  ];
  expect(new Set(deployed).size).toBeGreaterThanOrEqual(5);
  for (const name of [...deployed, `image ${vaultImage(charts.vault.version)?.repository}`, 'kubectl', 'helm', 'cdk8s/gloo-crds']) expect(names).toContain(name);
  for (const version of vendoredVersions()) expect(readFileSync(join(VENDORED, version, 'SOURCE.md'), 'utf8')).toContain('Apache-2.0');
});

test('what goes along with bundles that are handed on has the text of every licence in them', () => {
  const text = notices(root, bundled);
  for (const { name, version } of bundled) expect(text).toContain(`${name} ${version} (`);
  expect(text).toContain('Copyright (c) 2025 Colin McDonnell');
  expect(() => notices(root, [{ folder: 'test/supply/audit', name: 'bare', version: '1.0.0', licence: 'MIT', dev: false }])).toThrow('bare@1.0.0 has no file with its licence in test/supply/audit: ask its owner for one.');
});

test('the table counts licences, the most frequent first', () => {
  expect(renderLicences({ bundled, installed, others })).toMatch(/npm packages that are +│ \d+ MIT, \d+ Apache-2\.0/);
});
