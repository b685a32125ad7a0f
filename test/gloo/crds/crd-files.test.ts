import { crdFiles } from '../../../lib/gloo/crds/crd-files';

const crd = (name: string, metadata = '') => `# generated\n\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n${metadata}  name: ${name}\nspec:\n  group: x\n  description: 'as {{ .Values.this }} is'\n`;
const chartYaml = 'name: gloo\nversion: 1.22.1\n';
const SOURCE = 'https://charts.example.com/gloo-1.22.1.tgz';
const made = (files: Readonly<Record<string, string>>, version = '1.22.1') => crdFiles(new Map(Object.entries({ 'Chart.yaml': chartYaml, ...files })), version, 'gloo.tgz', SOURCE);

test('holds the CRDs byte for byte, each by its name, and says where they are from', () => {
  const [plain, annotated] = [crd('a.solo.io'), crd('b.solo.io', '  annotations:\n    generator: v1\n')];
  expect([...made({ 'crds/one.yaml': plain, 'crds/two.yaml': annotated })]).toEqual([
    ['SOURCE.md', `The CustomResourceDefinitions of Gloo's chart 1.22.1, unchanged, each in a file of its name.\n\n- Chart: ${SOURCE}\n- Project: https://github.com/solo-io/gloo, Apache-2.0\n`],
    ['a.solo.io.yaml', plain],
    ['b.solo.io.yaml', annotated],
  ]);
});

test.each<readonly [string, Readonly<Record<string, string>>, string]>([
  ['another chart', { 'Chart.yaml': 'name: vault\nversion: 1.22.1\n' }, 'gloo.tgz is chart "vault", version "1.22.1"; wanted is "gloo", version "1.22.1".'],
  ['another version', { 'Chart.yaml': 'name: gloo\nversion: 1.22.0\n' }, 'gloo.tgz is chart "gloo", version "1.22.0"; wanted is "gloo", version "1.22.1".'],
  ['no chart', { 'Chart.yaml': 'version: 1\n' }, 'gloo.tgz is no Helm chart: it has no Chart.yaml with name and version.'],
  ['no CRDs', {}, 'gloo.tgz has no file in crds/.'],
  ['what is no CRD', { 'crds/a.yaml': 'kind: ConfigMap\n' }, 'crds/a.yaml does not hold one CustomResourceDefinition of apiextensions.k8s.io/v1.'],
  ['two in a file', { 'crds/a.yaml': `${crd('a')}---\n${crd('b')}` }, 'crds/a.yaml does not hold one CustomResourceDefinition of apiextensions.k8s.io/v1.'],
  ['the same twice', { 'crds/a.yaml': crd('a'), 'crds/b.yaml': crd('a') }, 'crds/b.yaml and crds/a.yaml both define a.'],
  ['a name that is no file’s', { 'crds/a.yaml': crd('../a') }, 'crds/a.yaml does not hold one CustomResourceDefinition of apiextensions.k8s.io/v1.'],
])('refuses %s', (_, files, words) => {
  expect(() => made(files)).toThrow(new Error(words));
});
