import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addCrds } from '../../../lib/gloo/crds/add-crds';
import { Http } from '../../../lib/vault/client/http';
import { listening } from '../../vault/client/listening';

const CRD = 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: a.solo.io\n';
const directory = mkdtempSync(join(tmpdir(), 'add-crds-test-'));
const http = new Http(undefined, 10_000);
const into = join(directory, 'vendored');
mkdirSync(into);
afterAll(() => {
  http.close();
  rmSync(directory, { recursive: true });
});

/** The package of a chart, as `helm package` makes it. */
function packaged(name: string, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(directory, 'chart-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, path, '..'), { recursive: true });
    writeFileSync(join(folder, name, path), text);
  }
  execFileSync('tar', ['-czf', join(folder, 'chart.tgz'), '-C', folder, name]);
  return join(folder, 'chart.tgz');
}
const file = packaged('gloo', { 'Chart.yaml': 'name: gloo\nversion: 1.22.1\n', 'crds/a.yaml': CRD });
const digest = createHash('sha256').update(readFileSync(file)).digest('hex');

/** A Helm repository with that chart, as its index says. */
const repository = (said = digest, urls = ['charts/gloo-1.22.1.tgz']) =>
  listening((request, response) => {
    if (request.url === '/helm/index.yaml') response.end(JSON.stringify({ entries: { gloo: [{ version: '1.22.1', digest: said, urls }] } }));
    else if (request.url === '/helm/charts/gloo-1.22.1.tgz') response.end(readFileSync(file));
    else response.writeHead(404).end();
  });

test('pulls the chart by the repository’s index, and leaves nothing else', async () => {
  const folder = join(into, '1.22.1');
  mkdirSync(folder);
  writeFileSync(join(folder, 'gone-since.yaml'), '');
  const url = await repository();
  await expect(addCrds({ version: '1.22.1', repository: `${url}/helm`, http, into })).resolves.toEqual({ folder, crds: 1 });
  expect(readFileSync(join(folder, 'a.solo.io.yaml'), 'utf8')).toBe(CRD);
  expect(readFileSync(join(folder, 'SOURCE.md'), 'utf8')).toContain(`- Chart: ${url}/helm/charts/gloo-1.22.1.tgz\n`);
  expect(existsSync(join(folder, 'gone-since.yaml'))).toBe(false);
});

test('takes a package that lies here, from which no name leads out', async () => {
  await expect(addCrds({ version: '1.22.1', repository: 'https://charts.example.com', http, into, file })).resolves.toMatchObject({ crds: 1 });
  expect(readFileSync(join(into, '1.22.1', 'SOURCE.md'), 'utf8')).toContain('- Chart: https://charts.example.com/charts/gloo-1.22.1.tgz\n');
});

test('what is wrong is said, and changes nothing', async () => {
  const before = readFileSync(join(into, '1.22.1', 'SOURCE.md'), 'utf8');
  const [tampered, gone] = await Promise.all([repository('0'.repeat(64)), repository(digest, ['gone.tgz'])]);
  const add = (options: Partial<Parameters<typeof addCrds>[0]>) => addCrds({ version: '1.22.1', repository: `${tampered}/helm`, http, into, ...options });
  await expect(add({})).rejects.toThrow(new Error(`${tampered}/helm/charts/gloo-1.22.1.tgz has the digest ${digest}, and the repository's index says "${'0'.repeat(64)}": pull it again, and if that does not help, ask the chart's owner.`));
  await expect(add({ repository: `${gone}/helm` })).rejects.toThrow(new Error(`GET ${gone}/helm/gone.tgz was answered with 404.`));
  await expect(add({ version: '1.22.0' })).rejects.toThrow(new Error(`${tampered}/helm has no chart gloo 1.22.0; it has 1.22.1.`));
  await expect(add({ version: '1.22' })).rejects.toThrow('"1.22" is not a Gloo version whose support this app knows; allowed: 1.19.x, 1.20.x, 1.21.x or 1.22.x, written in full (1.22.1).');
  await expect(add({ repository: tampered })).rejects.toThrow(`GET ${tampered}/index.yaml was answered with 404.`);
  await expect(add({ repository: 'http://127.0.0.1:1' })).rejects.toThrow(/^GET http:\/\/127\.0\.0\.1:1\/index\.yaml: no answer \(ECONNREFUSED: .*\)\. Without a way out, give the package: --chart FILE\.tgz$/);
  await expect(add({ file: packaged('vault', { 'Chart.yaml': 'name: vault\n' }) })).rejects.toThrow(/chart\.tgz cannot be unpacked as a chart of Gloo with CRDs \(tar: .*gloo\/Chart\.yaml: Not found in archive\)\.$/);
  await expect(add({ version: '1.22.0', file })).rejects.toThrow(new Error(`${file} is chart "gloo", version "1.22.1"; wanted is "gloo", version "1.22.0".`));
  expect(readFileSync(join(into, '1.22.1', 'SOURCE.md'), 'utf8')).toBe(before);
  expect(existsSync(join(into, '1.22.0'))).toBe(false);
});
