import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildProgram, builtPath, checkGo, pinnedVersions, type GoProgram } from '../../../rehearsal/build/go-program';

let folder: string;
let program: GoProgram;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'go-program-'));
  for (const name of ['bin', 'module']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'module/go.mod'), 'module x\n\ngo 1.24\n\nrequire (\n\texample.com/server/v3 v3.6.6 // indirect\n)\n');
  writeFileSync(join(folder, 'module/go.sum'), '');
  writeFileSync(
    join(folder, 'bin/go'),
    '#!/bin/sh\necho "$@" >> "$CALLS"\ncase "$1" in env) echo go1.26.0 ;; list) echo a ;; build) pwd > server && chmod 755 server ;; esac\n',
  );
  chmodSync(join(folder, 'bin/go'), 0o755);
  program = { title: 'the server', name: 'server', module: 'example.com/server/v3', package: 'example.com/server/v3/cmd', directory: join(folder, 'module') };
  env = { PATH: `${folder}/bin:/usr/bin:/bin`, XDG_CACHE_HOME: join(folder, 'cache'), CALLS: join(folder, 'calls') };
});
afterEach(() => rmSync(folder, { recursive: true }));

const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

test('builds the package of the pinned module as it was published', async () => {
  const lines: string[] = [];
  const path = await buildProgram(program, { env, onProgress: (line) => lines.push(line) });
  expect(path).toBe(builtPath(program, env));
  expect(calls()).toEqual(['env GOVERSION', 'list -deps example.com/server/v3/cmd', 'build -v -trimpath -buildvcs=false -ldflags -s -w -o server example.com/server/v3/cmd']);
  expect(lines[0]).toBe('the server 3.6.6: downloading what it is built from (0 s)');
});

test('gives variables to the linker', async () => {
  await buildProgram({ ...program, variables: { 'example.com/version.text': 'v3.6.6' } }, { env, onProgress: () => undefined });
  expect(calls().at(-1)).toContain('-ldflags -s -w -X example.com/version.text=v3.6.6 -o');
});

test('everything that decides about the result decides where it is kept', () => {
  const paths = [program, { ...program, variables: { a: 'b' } }].map((one) => builtPath(one, env));
  writeFileSync(join(folder, 'module/go.sum'), 'another');
  paths.push(builtPath(program, env));
  writeFileSync(join(folder, 'module/patch'), '');
  paths.push(builtPath({ ...program, patches: ['patch'] }, env));
  expect(new Set(paths).size).toBe(4);
  expect(paths.every((path) => basename(path) === 'server')).toBe(true);
});

test('a go.mod that does not require the module is named', () => {
  expect(pinnedVersions(program)).toEqual({ version: '3.6.6', go: '1.24' });
  expect(() => pinnedVersions({ ...program, module: 'example.com/other' })).toThrow(`${folder}/module/go.mod: it must have a "go" line and require example.com/other`);
});

test.each([
  ['go1.25.3', true],
  ['go1.26rc1', true],
  ['go2.0', true],
  ['go1.25.2', false],
  ['go1.25', false],
  ['go1.9.9', false],
  ['devel', false],
])('checkGo(%p) against 1.25.3: %p', (found, enough) => {
  const check = () => checkGo(found, '1.25.3', 'Vault');
  if (enough) {
    expect(check).not.toThrow();
  } else {
    expect(check).toThrow(`Go is ${found}`);
  }
});
