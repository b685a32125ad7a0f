import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { DEV_ROOT_TOKEN, startDevVault, type VaultProcess } from '../../../rehearsal/vault/vault-process';
import { describeWithVault } from './available';

async function ask(vault: VaultProcess, method: string, path: string, body?: unknown): Promise<{ status: number; body: string }> {
  const response = await fetch(`${vault.address}/v1/${path}`, {
    method,
    headers: { 'X-Vault-Token': DEV_ROOT_TOKEN },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5000),
  });
  return { status: response.status, body: await response.text() };
}

const AUDIT = { type: 'file', options: { file_path: 'stdout' } };

describeWithVault('a dev Vault', (command) => {
  let vault: VaultProcess;
  const lines: string[] = [];
  beforeAll(async () => {
    vault = await startDevVault({ command: command(), env: {}, onLine: (line) => lines.push(line) });
  });
  afterAll(() => vault.stop());

  test('answers with its version, has the aws auth method, and logs no key or token', async () => {
    expect(vault.version).toBe(command().version);
    expect(await ask(vault, 'PUT', 'sys/auth/aws', { type: 'aws' })).toMatchObject({ status: 204 });
    expect(lines.some((line) => line.includes('core: vault is unsealed'))).toBe(true);
    expect(lines.join('\n')).not.toMatch(/Unseal Key:|Root Token:/);
  });

  test('gives its audit entries apart from its log', async () => {
    await ask(vault, 'PUT', 'sys/audit/stdout', AUDIT);
    await ask(vault, 'PUT', 'secret/data/a', { data: { word: 'not-to-be-seen' } });
    const entry = await vault.waitForAudit(({ type, request }) => type === 'response' && request.path === 'secret/data/a', 5000);
    expect(entry).toMatchObject({ request: { operation: 'create', mount_type: 'kv' }, auth: { policies: ['root'] } });
    expect(vault.auditEntries()).toContainEqual(entry);
    expect(JSON.stringify(vault.auditEntries())).not.toContain('not-to-be-seen');
    expect(lines.some((line) => line.startsWith('{'))).toBe(false);
  });

  test('says what came instead of the audit entry that did not come', async () => {
    await expect(vault.waitForAudit(({ request }) => request.path === 'nowhere', 10)).rejects.toThrow(
      /^no audit entry of Vault matched within 10 ms: \d+ came, the last: create secret\/data\/a$/,
    );
  });

  test('paused, it answers nobody until it is resumed', async () => {
    await vault.pause();
    const answer = ask(vault, 'GET', 'sys/health');
    const first = await Promise.race([answer, sleep(200, 'silence')]);
    expect(first).toBe('silence');
    await vault.resume();
    await expect(answer).resolves.toMatchObject({ status: 200 });
  });

  test('restarted, it has the same address and has lost everything', async () => {
    const { address } = vault;
    await vault.restart();
    expect(vault.address).toBe(address);
    expect(await ask(vault, 'GET', 'secret/data/a')).toMatchObject({ status: 404 });
    expect((await ask(vault, 'GET', 'sys/auth')).body).not.toContain('aws/');
  });

  test('stopped while paused, it is gone, and stays so', async () => {
    const other = await startDevVault({ command: command(), env: {} });
    await other.pause();
    await other.stop();
    await other.stop();
    await expect(ask(other, 'GET', 'sys/health')).rejects.toThrow('fetch failed');
    await expect(other.restart()).rejects.toThrow(`Vault at ${other.address} is stopped for good; start another one`);
  });

  test('trusts a server of the rehearsal CA', async () => {
    const ca = await createCertificateAuthority('Rehearsal CA');
    const folder = mkdtempSync(join(tmpdir(), 'vault-tls-'));
    writeFileSync(join(folder, 'ca.pem'), ca.caPem);
    const server = createServer(await ca.issue(['localhost', '127.0.0.1']), (_request, response) => {
      response.setHeader('content-type', 'application/json').end('{"initialized":true,"sealed":false,"version":"from node"}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const chosen = command();
    if (chosen.kind !== 'binary') {
      throw new Error('describeWithVault gives binaries only');
    }
    const status = (address: string, trusted: Record<string, string>) =>
      promisify(execFile)(chosen.path, ['status', `-address=${address}`], { env: { HOME: folder, VAULT_MAX_RETRIES: '0', ...trusted } });
    try {
      const trusting = { SSL_CERT_FILE: join(folder, 'ca.pem') };
      await expect(status(`https://127.0.0.1:${port}`, trusting)).resolves.toMatchObject({ stdout: expect.stringContaining('from node') as string });
      await expect(status(`https://localhost:${port}`, trusting)).resolves.toMatchObject({ stdout: expect.stringContaining('from node') as string });
      await expect(status(`https://127.0.0.1:${port}`, {})).rejects.toThrow('certificate signed by unknown authority');
    } finally {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describeWithVault('an uninitialised Vault', (command) => {
  test('answers, and is sealed after its initialisation until it is unsealed', async () => {
    const vault = await startDevVault({ command: command(), env: {}, mode: 'uninitialised' });
    try {
      expect(await ask(vault, 'GET', 'sys/health')).toMatchObject({ status: 501 });
      const init = await ask(vault, 'PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 });
      expect(init.status).toBe(200);
      expect(await ask(vault, 'GET', 'sys/health')).toMatchObject({ status: 503 });
      const { keys } = JSON.parse(init.body) as { keys: string[] };
      await ask(vault, 'PUT', 'sys/unseal', { key: keys[0] });
      expect(await ask(vault, 'GET', 'sys/health')).toMatchObject({ status: 200 });
    } finally {
      await vault.stop();
    }
  });
});

describeWithVault('a Vault whose owner is killed', (command) => {
  function accepts(port: number): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  }

  // Paused, Vault could not even end by itself when its output is cut.
  test('ends too, even paused, and leaves no file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vault-owner-'));
    const script = `
      const { startDevVault } = require('./rehearsal/vault/vault-process');
      startDevVault({ command: JSON.parse(process.argv[1]), env: {} }).then(async (vault) => {
        await vault.pause();
        console.log(vault.address);
      });`;
    const owner = spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', '-e', script, JSON.stringify(command())], {
      cwd: join(__dirname, '../../..'),
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [chunk] = (await once(owner.stdout, 'data')) as [Buffer];
    const port = Number(new URL(chunk.toString().trim()).port);
    const left = () => readdirSync(folder).filter((name) => name.startsWith('rehearsal-vault-'));
    expect([await accepts(port), left()]).toEqual([true, [expect.any(String)]]);
    owner.kill('SIGKILL');
    for (let look = 0; look < 100 && ((await accepts(port)) || left().length > 0); look++) {
      await sleep(50);
    }
    expect([await accepts(port), left()]).toEqual([false, []]);
    rmSync(folder, { recursive: true });
  });
});

describe('a program that is no Vault server', () => {
  const command = (path: string) => ({ kind: 'binary', path, version: '1', description: `vault 1 from ${path}` }) as const;

  test('that ends at once is an error with its last lines', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'no-vault-'));
    const path = join(folder, 'vault');
    writeFileSync(path, '#!/bin/sh\necho "Root Token: hidden"\necho "cannot bind" >&2\nexit 1\n', { mode: 0o755 });
    try {
      await expect(startDevVault({ command: command(path), env: {} })).rejects.toThrow(
        new Error(`vault 1 from ${path} ended (exit code 1) before it answered; its last lines: cannot bind`),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('that is not there is an error', async () => {
    await expect(startDevVault({ command: command('/nowhere/vault'), env: {} })).rejects.toThrow(
      'vault 1 from /nowhere/vault does not start: spawn /nowhere/vault ENOENT',
    );
  });
});
