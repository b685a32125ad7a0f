import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environments } from '../environments';
import { EnvironmentError } from '../../lib/environment/faults';
import { loadEnvironments } from '../../lib/environment/load';

const yaml = `
qa:
  account: '012345678901'
  region: eu-central-1
  cluster:
    create: { name: qa, kubernetesVersion: '1.34' }
`;

function loadError(context: unknown, readFile?: (path: string) => string): EnvironmentError {
  try {
    loadEnvironments(context, environments, readFile);
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
  throw new Error('The environments were accepted.');
}

test('without the context, the built-in environments', () => {
  expect(loadEnvironments(undefined, environments).map(({ name }) => name)).toEqual(['dev', 'existing', 'prod']);
});

test('a file takes the place of the built-in environments', () => {
  const folder = mkdtempSync(join(tmpdir(), 'environments-'));
  try {
    const file = join(folder, 'qa.yaml');
    writeFileSync(file, yaml);
    const [qa, ...others] = loadEnvironments(file, environments);
    expect(qa).toMatchObject({ name: 'qa', account: '012345678901', region: 'eu-central-1', cluster: { kubernetesVersion: '1.34' } });
    expect(qa?.warnings).toEqual(['Kubernetes 1.34 leaves standard support on 2026-12-02; EKS then charges for extended support, until 2027-12-02.']);
    expect(others).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('JSON with tabs', () => {
  const json = JSON.stringify({ qa: { account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'qa' } } } }, null, '\t');
  expect(loadEnvironments('qa.json', environments, () => json).map(({ name }) => name)).toEqual(['qa']);
});

test('what YAML takes for a number gets the mend', () => {
  const { message } = loadError('qa.yaml', () => yaml.replaceAll("'", ''));
  expect(message).toBe(
    'qa.yaml has 2 faults, so no template was written:\n' +
      '  environments.qa.account: 12345678901 is a number, and a number loses its leading zeros; put the account in quotes: account: "012345678901".\n' +
      '  environments.qa.cluster.create.kubernetesVersion: 1.34 is a number, and a number loses its last zero; put the version in quotes: "1.34".',
  );
});

test.each([
  ['a key twice', 'dev: {}\ndev: {}\n', ['line 2, column 1: a key stands twice in one mapping; leave one out.']],
  ['a JSON key twice', '{"dev": {}, "dev": {}}', ['line 1, column 13: a key stands twice in one mapping; leave one out.']],
  ['a list', '- dev\n', ['a list is not a mapping of environments; begin with a name: dev: …']],
  ['nothing', '', ['null is not a mapping of environments; begin with a name: dev: …']],
  ['an unknown tag', 'dev: !secret x\n', ['line 1, column 6: Unresolved tag: !secret.']],
  ['an alias of nothing', 'dev: *nothing\n', ['Unresolved alias (the anchor must be set before the alias): nothing.']],
  ['two documents', 'a: {}\n---\nb: {}\n', ['line 2, column 1: Source contains multiple documents; please use YAML.parseAllDocuments().']],
])('%s', (_, text, lines) => {
  const error = loadError('file.yaml', () => text);
  expect(error.faults).toEqual(lines);
  expect(error.source).toBe('file.yaml');
});

test('bad YAML, by its line and without its text', () => {
  const error = loadError('file.yaml', () => 'dev:\n  gloo: {values: {password: s3cret\n  region: x\n');
  expect(error.faults[0]).toMatch(/^line 3, column \d+: /);
  expect(error.message).not.toContain('s3cret');
});

test('a file that is not there', () => {
  expect(loadError('no-such-file.yaml').message).toBe(
    'no-such-file.yaml has a fault, so no template was written:\n' +
      `  cannot be read (ENOENT); -c environments=FILE is looked for from the working directory, ${process.cwd()}.`,
  );
});

test.each([[''], [5], [{ dev: {} }]])('the context %j', (context) => {
  expect(loadError(context).faults).toEqual([
    `environments: ${typeof context === 'object' ? 'a mapping' : JSON.stringify(context)} is not a file's name; write -c environments=FILE, a YAML or JSON file.`,
  ]);
});
