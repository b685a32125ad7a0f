import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findVault, installedVault, parseVersion, type VaultProbes } from '../../../rehearsal/vault/find-vault';

const nothing: VaultProbes = {
  binaryVersion: (path) => Promise.reject(new Error(`${path} version: not found`)),
  onPath: () => undefined,
  imageVersion: () => Promise.reject(new Error('docker version: not found')),
  build: () => Promise.reject(new Error('go env GOVERSION: not found')),
};

function find(env: NodeJS.ProcessEnv, probes: Partial<VaultProbes>) {
  return findVault({ env, onProgress: () => undefined }, { ...nothing, ...probes });
}

const version = () => Promise.resolve('1.21.1');
const never = () => Promise.reject(new Error('this source must not be asked'));

describe('findVault', () => {
  test('takes VAULT_BIN before anything else', async () => {
    const probes = { binaryVersion: version, onPath: () => '/usr/bin/vault', imageVersion: never, build: never };
    await expect(find({ VAULT_BIN: '/opt/vault' }, probes)).resolves.toEqual({
      kind: 'binary',
      path: '/opt/vault',
      version: '1.21.1',
      description: 'vault 1.21.1 from VAULT_BIN=/opt/vault',
    });
  });

  test('does not fall on from a VAULT_BIN that does not run', async () => {
    const probes = { onPath: () => '/usr/bin/vault', imageVersion: version, build: () => Promise.resolve('/cache/vault') };
    await expect(find({ VAULT_BIN: '/opt/vault' }, probes)).rejects.toThrow(
      'VAULT_BIN=/opt/vault: /opt/vault version: not found; set it to a vault program that runs here, or unset it to let one be found',
    );
  });

  test('then the one on PATH', async () => {
    const probes = { binaryVersion: version, onPath: () => '/usr/bin/vault', imageVersion: never, build: never };
    await expect(find({}, probes)).resolves.toMatchObject({
      path: '/usr/bin/vault',
      description: 'vault 1.21.1 from PATH (/usr/bin/vault)',
    });
  });

  test('then Docker, also when the one on PATH does not run', async () => {
    const probes = { onPath: () => '/usr/bin/vault', imageVersion: version, build: never };
    await expect(find({ VAULT_BIN: '' }, probes)).resolves.toEqual({
      kind: 'docker',
      image: 'hashicorp/vault:1.21.1',
      version: '1.21.1',
      description: 'vault 1.21.1 from Docker (hashicorp/vault:1.21.1)',
    });
  });

  test('builds one when all else fails', async () => {
    const probes = { binaryVersion: version, build: () => Promise.resolve('/cache/vault') };
    await expect(find({}, probes)).resolves.toMatchObject({
      kind: 'binary',
      path: '/cache/vault',
      description: 'vault 1.21.1 from the build of rehearsal/vault/go.mod (/cache/vault)',
    });
  });

  test('names every source it asked, and the mend, on one line', async () => {
    await expect(find({}, {})).rejects.toThrow(
      'no Vault to run: VAULT_BIN is not set; no vault on PATH; docker version: not found; go env GOVERSION: not found. ' +
        'Set VAULT_BIN to a vault program (1.21.1 is the version that is pinned), start Docker, or install Go 1.25.3 or newer.',
    );
  });
});

describe('on a real file system', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'find-vault-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function program(script: string): string {
    const path = join(folder, 'vault');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  const real = (env: NodeJS.ProcessEnv) => findVault({ env, onProgress: () => undefined });

  test('asks the program for its version', async () => {
    const path = program('echo "Vault v1.20.4+ent (abc), built 2025"');
    await expect(real({ VAULT_BIN: path })).resolves.toMatchObject({ description: `vault 1.20.4+ent from VAULT_BIN=${path}` });
    await expect(real({ PATH: `/nowhere:${folder}` })).resolves.toMatchObject({ path });
  });

  test('refuses a VAULT_BIN that is missing, fails, or is no Vault', async () => {
    const missing = join(folder, 'none');
    await expect(real({ VAULT_BIN: missing })).rejects.toThrow(`VAULT_BIN=${missing}: ${missing} version: not found;`);
    const path = program('echo "cannot run here" >&2; exit 3');
    await expect(real({ VAULT_BIN: path })).rejects.toThrow(`VAULT_BIN=${path}: ${path} version: cannot run here;`);
    program('echo "another program"');
    await expect(real({ VAULT_BIN: path })).rejects.toThrow(`"${path} version" answers "another program", not "Vault v…"`);
  });

  test('knows what is installed without running it', () => {
    expect(installedVault({ PATH: folder, XDG_CACHE_HOME: folder })).toBeUndefined();
    const path = program('exit 1');
    expect(installedVault({ PATH: folder, XDG_CACHE_HOME: folder })).toBe(path);
    expect(installedVault({ VAULT_BIN: '/opt/vault', PATH: folder })).toBe('/opt/vault');
    chmodSync(path, 0o644);
    expect(installedVault({ PATH: folder, XDG_CACHE_HOME: folder })).toBeUndefined();
  });
});

test('parseVersion reads the words of "vault version"', () => {
  expect(parseVersion('Vault v1.21.1 (hash), built 2025-11-18T13:04:32Z', 'vault')).toBe('1.21.1');
  expect(() => parseVersion('', 'x')).toThrow('"x version" answers "", not "Vault v…"');
});
