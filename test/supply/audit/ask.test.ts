import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askAudit } from '../../../supply/audit/ask';
import { judgeAudit, type AuditVerdict } from '../../../supply/audit/verdict';

const ADVISORIES = '/-/npm/v1/security/advisories/bulk';
const advisory = { id: 1, url: 'https://github.com/advisories/GHSA-test', title: 'Reads what it should not', severity: 'high', vulnerable_versions: '<2.0.0', cwe: [], cvss: { score: 7.5, vectorString: null } };
const manifest = (version: string) => ({ name: 'leaky', version, dist: { tarball: 'http://127.0.0.1/leaky.tgz', integrity: 'sha512-AA==' } });
const packument = { name: 'leaky', 'dist-tags': { latest: '2.0.0' }, versions: { '1.0.0': manifest('1.0.0'), '2.0.0': manifest('2.0.0') } };

const project = mkdtempSync(join(tmpdir(), 'audited-'));
writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'audited', version: '1.0.0', dependencies: { leaky: '^1.0.0' } }));
writeFileSync(
  join(project, 'package-lock.json'),
  JSON.stringify({ name: 'audited', version: '1.0.0', lockfileVersion: 3, requires: true, packages: { '': { name: 'audited', version: '1.0.0', dependencies: { leaky: '^1.0.0' } }, 'node_modules/leaky': { version: '1.0.0', integrity: 'sha512-AA==', license: 'MIT' } } }),
);
let server: Server | undefined;
afterEach(() => server?.close());
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** npm's own client against a registry on loopback that answers an audit so. */
async function audited(answer: { readonly status: number; readonly body: unknown }): Promise<AuditVerdict> {
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { status, body } = request.url === ADVISORIES ? answer : { status: 200, body: packument };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return judgeAudit(await askAudit(project, { npm_config_registry: registry, npm_config_fetch_retries: '0', npm_config_cache: join(project, 'cache') }), 'high');
}

test('a vulnerability of a severity that counts', async () => {
  await expect(audited({ status: 200, body: { leaky: [advisory] } })).resolves.toEqual({
    kind: 'vulnerable',
    found: [{ name: 'leaky', severity: 'high', because: ['Reads what it should not (https://github.com/advisories/GHSA-test)'] }],
  });
});

test('one below it', async () => {
  await expect(audited({ status: 200, body: { leaky: [{ ...advisory, id: 2, severity: 'moderate' }] } })).resolves.toEqual({ kind: 'sound', packages: 1, below: 1 });
});

test('none', async () => {
  await expect(audited({ status: 200, body: {} })).resolves.toEqual({ kind: 'sound', packages: 1, below: 0 });
});

test.each([405, 503])('a registry that answers %s is no clean result', async (status) => {
  await expect(audited({ status, body: {} })).resolves.toEqual({ kind: 'unanswered', reason: expect.stringContaining(String(status)) as string });
});
