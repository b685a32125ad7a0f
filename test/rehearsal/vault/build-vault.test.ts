import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildVault, builtVault, builtVaultPath, pinnedVault } from '../../../rehearsal/vault/build-vault';

// A "go" that answers what the build asks and writes down each of its calls.
const FAKE_GO = `#!/bin/sh
echo "$@" >> "$CALLS"
case "$1 $2" in
  "env GOVERSION") echo "\${FAKE_VERSION:-go1.26.0}" ;;
  "mod download") echo "{\\"Dir\\": \\"$MODULE_DIR\\"}" ;;
  "mod edit") ;;
  "list -deps") printf 'a\\nb\\nc\\n' ;;
  "build -v")
    test -f src/main.go && test ! -e src/ui && cp src/helper/builtinplugins/registry_min.go built || exit 9
    echo "a" >&2
    test -z "$FAKE_FAILURE" || { echo "src/main.go:1: does not compile" >&2; exit 1; }
    sleep 0.2
    mv built vault && chmod 755 vault ;;
  *) exit 8 ;;
esac
`;

let folder: string;
let env: NodeJS.ProcessEnv;
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-vault-'));
  const moduleDir = join(folder, 'module');
  mkdirSync(join(moduleDir, 'helper/builtinplugins'), { recursive: true });
  mkdirSync(join(moduleDir, 'ui'));
  writeFileSync(join(moduleDir, 'main.go'), 'package main\n');
  writeFileSync(join(moduleDir, 'helper/builtinplugins/registry_min.go'), 'the original');
  chmodSync(join(moduleDir, 'helper/builtinplugins/registry_min.go'), 0o444);
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/go'), FAKE_GO);
  chmodSync(join(folder, 'bin/go'), 0o755);
  env = {
    PATH: `${folder}/bin:/usr/bin:/bin`,
    XDG_CACHE_HOME: join(folder, 'cache'),
    CALLS: join(folder, 'calls'),
    MODULE_DIR: moduleDir,
  };
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const build = (more: NodeJS.ProcessEnv = {}) => buildVault({ env: { ...env, ...more }, onProgress: (line) => lines.push(line) });
const builds = () => readFileSync(join(folder, 'calls'), 'utf8').split('\n').filter((call) => call.startsWith('build '));
const cacheFolder = () => dirname(dirname(builtVaultPath(env)));

test('keeps the program outside the checkout, by the content of the pinned files', () => {
  expect(builtVaultPath({ XDG_CACHE_HOME: '/caches' })).toMatch(/^\/caches\/gloo-vault-irsa\/vault-[0-9a-f]{16}\/vault$/);
  expect(builtVaultPath({ HOME: '/home/a' })).toMatch(/^\/home\/a\/\.cache\/gloo-vault-irsa\//);
  expect(builtVaultPath({ HOME: '/home/a', XDG_CACHE_HOME: 'relative' })).toMatch(/^\/home\/a\/\.cache\//);
});

test('builds with the aws auth method put in, once, and leaves nothing but the program', async () => {
  expect(builtVault(env)).toBeUndefined();
  const path = await build();
  expect(path).toBe(builtVaultPath(env));
  expect(readFileSync(path, 'utf8')).toContain('awsauth.Factory');
  expect(builds()).toEqual([
    'build -v -tags minimal -trimpath -buildvcs=false -ldflags -s -w -o vault github.com/hashicorp/vault',
  ]);
  expect(readdirSync(cacheFolder())).toEqual([expect.stringMatching(/^vault-[0-9a-f]{16}$/)]);
  expect(lines.map((line) => line.replace(/\(\d+ s\)/, '(… s)'))).toEqual([
    'Vault 1.21.1: downloading its source (… s)',
    'Vault 1.21.1: downloading what it is built from (… s)',
    'Vault 1.21.1: compiling (… s)',
    `Vault 1.21.1: built, kept as ${path} (… s)`,
  ]);
  await expect(build()).resolves.toBe(path);
  expect(builds()).toHaveLength(1);
});

test('a failed build says what the compiler said and leaves nothing', async () => {
  await expect(build({ FAKE_FAILURE: '1' })).rejects.toThrow(
    'go build of github.com/hashicorp/vault failed (1): src/main.go:1: does not compile',
  );
  expect(readdirSync(cacheFolder())).toEqual([]);
  await expect(build()).resolves.toBe(builtVaultPath(env));
});

test('two at once build once', async () => {
  await Promise.all([build(), build()]);
  expect(builds()).toHaveLength(1);
  expect(lines).toContain(`Vault is being built by process ${process.pid}; waiting for it`);
});

test('takes over from a build that was killed, and removes its scratch folder', async () => {
  const child = spawn('true');
  await once(child, 'close');
  const scratch = join(cacheFolder(), `building-${child.pid}-abc`);
  mkdirSync(scratch, { recursive: true });
  writeFileSync(join(scratch, 'vault'), 'half a program', { mode: 0o755 });
  const lock = `${dirname(builtVaultPath(env))}.lock`;
  writeFileSync(lock, String(child.pid));
  expect(builtVault(env)).toBeUndefined();
  await build();
  expect(existsSync(scratch)).toBe(false);
  expect(existsSync(lock)).toBe(false);
  expect(builds()).toHaveLength(1);
});

test('says so when Go is missing or too old', async () => {
  await expect(build({ PATH: '/nowhere' })).rejects.toThrow('go env GOVERSION: not found');
  await expect(build({ FAKE_VERSION: 'go1.24.9' })).rejects.toThrow(
    'Go is go1.24.9, but building Vault needs 1.25.3 or newer; install it, or let go fetch it (GOTOOLCHAIN=auto)',
  );
});

test('the pinned versions stand in go.mod', () => {
  expect(pinnedVault()).toEqual({ version: '1.21.1', go: '1.25.3' });
});
