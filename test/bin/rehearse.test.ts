import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const projectDir = resolve(__dirname, '..', '..');
const directory = mkdtempSync(join(tmpdir(), 'rehearse-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A Vault that has a version, and does not start. */
const vault = join(directory, 'vault');
beforeAll(() => {
  writeFileSync(vault, '#!/bin/sh\n[ "$1" = version ] && echo "Vault v1.21.1" && exit\necho "no memory left" >&2\nexit 2\n');
  chmodSync(vault, 0o755);
});

/** The rehearsal of a cloud assembly that is not there, as a user runs it. */
function rehearse(...args: string[]): Promise<{ code: number; stderr: string }> {
  const program = join(projectDir, 'node_modules', 'ts-node', 'dist', 'bin.js');
  const all = [program, join('bin', 'rehearse.ts'), '--no-synth', '--output', join(directory, 'none'), ...args];
  return new Promise((done) => {
    execFile(process.execPath, all, { cwd: projectDir, env: { ...process.env, VAULT_BIN: vault }, timeout: 60_000 }, (error, _, stderr) => done({ code: error ? Number(error.code) : 0, stderr }));
  });
}

test('a rehearsal that fails exits with 1, and has written its page', async () => {
  const file = join(directory, 'report.html');
  expect(await rehearse('-e', 'dev', 'existing', '--report', file)).toMatchObject({ code: 1 });
  const page = readFileSync(file, 'utf8');
  expect(page).toContain('<p class="verdict badly">dev, existing failed</p>');
  expect(page.indexOf('What failed')).toBeLessThan(page.indexOf('row by row'));
  expect(page).toContain('Templates carried out, Vault started');
}, 60_000);

test('a page that cannot be written ends it before anything is done', async () => {
  const file = join(directory, 'nowhere', 'report.html');
  const { code, stderr } = await rehearse('-e', 'dev', '--report', file);
  expect(code).toBe(1);
  expect(stderr).toContain(`--report ${file}: the page cannot be written (ENOENT: no such file or directory, open '${file}'); name a file in a directory that exists and that you may write to.`);
  expect(stderr).not.toContain('Templates carried out');
  expect(existsSync(file)).toBe(false);
}, 60_000);
