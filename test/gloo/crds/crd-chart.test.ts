import { crdChart, kept } from '../../../lib/gloo/crds/crd-chart';

const crd = (name: string, metadata = '') => `# generated\n\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n${metadata}  name: ${name}\nspec:\n  group: x\n  description: 'as {{ .Values.this }} is'\n`;
const chartYaml = 'name: gloo\nversion: 1.22.1\n';
const SOURCE = 'https://charts.example.com/gloo-1.22.1.tgz';
const made = (files: Readonly<Record<string, string>>, version = '1.22.1') => crdChart(new Map(Object.entries({ 'Chart.yaml': chartYaml, ...files })), version, 'gloo.tgz', SOURCE);

test('holds the CRDs byte for byte, where no template engine looks, and says where they are from', () => {
  const [plain, annotated] = [crd('a.solo.io'), crd('b.solo.io', '  annotations:\n    generator: v1\n')];
  const chart = made({ 'crds/a.yaml': plain, 'crds/b.yaml': annotated });
  expect([...chart.keys()]).toEqual(['Chart.yaml', 'templates/crds.yaml', 'files/a.yaml', 'files/b.yaml']);
  expect([chart.get('files/a.yaml'), chart.get('files/b.yaml')]).toEqual([plain, annotated]);
  expect(chart.get('templates/crds.yaml')).not.toContain('.Values');
  expect(chart.get('Chart.yaml')).toBe(
    "apiVersion: v2\nname: gloo-crds\nversion: 1.22.1\ndescription: The CustomResourceDefinitions of Gloo's chart 1.22.1, unchanged.\n" +
      `sources:\n  - ${SOURCE}\n  - https://github.com/solo-io/gloo\nannotations:\n  licenses: Apache-2.0\n`,
  );
});

test('an uninstall keeps them, by one annotation before those that are there', () => {
  expect(kept(crd('a'))).toContain('\nmetadata:\n  annotations:\n    helm.sh/resource-policy: keep\n  name: a\n');
  expect(kept(crd('b', '  annotations:\n    generator: v1\n'))).toContain('\nmetadata:\n  annotations:\n    helm.sh/resource-policy: keep\n    generator: v1\n  name: b\n');
});

const cannotMark = 'its metadata does not begin with its annotations, or has other indents than two spaces: the chart\'s template cannot mark it.';
test.each<readonly [string, Readonly<Record<string, string>>, string]>([
  ['another chart', { 'Chart.yaml': 'name: vault\nversion: 1.22.1\n' }, 'gloo.tgz is chart "vault", version "1.22.1"; wanted is "gloo", version "1.22.1".'],
  ['another version', { 'Chart.yaml': 'name: gloo\nversion: 1.22.0\n' }, 'gloo.tgz is chart "gloo", version "1.22.0"; wanted is "gloo", version "1.22.1".'],
  ['no chart', { 'Chart.yaml': 'version: 1\n' }, 'gloo.tgz is no Helm chart: it has no Chart.yaml with name and version.'],
  ['no CRDs', {}, 'gloo.tgz has no file in crds/.'],
  ['what is no CRD', { 'crds/a.yaml': 'kind: ConfigMap\n' }, 'crds/a.yaml does not hold one CustomResourceDefinition of apiextensions.k8s.io/v1.'],
  ['two in a file', { 'crds/a.yaml': `${crd('a')}---\n${crd('b')}` }, 'crds/a.yaml does not hold one CustomResourceDefinition of apiextensions.k8s.io/v1.'],
  ['the same twice', { 'crds/a.yaml': crd('a'), 'crds/b.yaml': crd('a') }, 'crds/b.yaml and crds/a.yaml both define a.'],
  ['annotations behind its labels', { 'crds/a.yaml': crd('a', '  labels:\n    a: b\n  annotations:\n    c: d\n') }, `crds/a.yaml: ${cannotMark}`],
  ['annotations of another indent', { 'crds/a.yaml': crd('a', '  annotations:\n      c: d\n') }, `crds/a.yaml: ${cannotMark}`],
  ['metadata in its first line', { 'crds/a.yaml': 'metadata:\n  name: a\nkind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\n' }, `crds/a.yaml: ${cannotMark}`],
])('refuses %s', (_, files, words) => {
  expect(() => made(files)).toThrow(new Error(words));
});
