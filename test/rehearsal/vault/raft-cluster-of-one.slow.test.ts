import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { startRaftCluster } from '../../../rehearsal/vault/raft-cluster';
import { ask } from '../api-server/client';
import { describeWithVault } from './available';
import { DNS_NAMES, raftHcl } from './raft-hcl';

describeWithVault('a Raft cluster of one', (command) => {
  test('keeps what was written over a restart, and says when nobody unseals it', async () => {
    const ca = await createCertificateAuthority('Rehearsal CA');
    const configuration = raftHcl({ nodes: 1, storage: 'performance_multiplier = 1' });
    const cluster = await startRaftCluster({ command: command(), size: 1, ca, seal: 'shamir', env: {}, configuration, dnsNames: DNS_NAMES });
    let token = '';
    const vault = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
      const place = { endpoint: cluster.nodes[0]?.address ?? '', caPem: ca.caPem };
      const { text } = await ask(place, `/v1/${path}`, { method, headers: { 'x-vault-token': token }, body: JSON.stringify(body) });
      return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    };
    try {
      const init = (await vault('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 })) as { keys: [string]; root_token: string };
      token = init.root_token;
      const unseal = async (): Promise<void> => void (await vault('PUT', 'sys/unseal', { key: init.keys[0] }));
      await unseal();
      await cluster.waitForLeader(10_000);
      await vault('PUT', 'cubbyhole/a', { word: 'kept' });
      const logLevel = async () => ((await vault('GET', 'sys/config/state/sanitized')).data as { log_level?: string }).log_level;
      const [node] = cluster.nodes;
      const before = await logLevel();
      await node?.configure('log_level = "warn"');
      for (let look = 0; look < 50 && (await logLevel()) !== 'warn'; look++) {
        await sleep(100);
      }
      expect([before, await logLevel()]).toEqual(['', 'warn']);
      await cluster.restartInTurn(10_000, unseal);
      expect(await vault('GET', 'cubbyhole/a')).toMatchObject({ data: { word: 'kept' } });
      expect(await logLevel()).toBe('');
      await expect(cluster.restartInTurn(1)).rejects.toThrow('vault-0 is sealed 1 ms after its restart, not unsealed');
      await cluster.nodes[0]?.kill();
      await expect(cluster.nodes[0]?.restart()).rejects.toThrow(`vault-0 at ${cluster.nodes[0]?.address} is not running; start it first`);
      await expect(cluster.waitForLeader(1)).rejects.toThrow('no leader among Vault\'s nodes in 1 ms: vault-0 is not running');
    } finally {
      await cluster.close();
      await cluster.close();
    }
  }, 20_000);
});

describeWithVault('the process that starts a Raft cluster', (command) => {
  const script = `
    const { createCertificateAuthority } = require('./rehearsal/certificate-authority');
    const { startRaftCluster } = require('./rehearsal/vault/raft-cluster');
    const [command, configuration, dnsNames, size] = JSON.parse(process.argv[1]);
    (async () => {
      const ca = await createCertificateAuthority('Rehearsal CA');
      const cluster = await startRaftCluster({ command, size, ca, seal: 'shamir', env: {}, configuration, dnsNames });
      await cluster.nodes[0].kill();
      await cluster.nodes[1].pause();
      return 'ready';
    })().catch((error) => error.message).then(console.log);`;

  /** Runs the script with a folder for temporary files; `left` are those of a cluster. */
  async function own(configuration: string, size: 1 | 3, look: (said: string, left: () => string[], kill: () => void) => Promise<void>): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'raft-owner-'));
    const owner = spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', '-e', script, JSON.stringify([command(), configuration, DNS_NAMES, size])], {
      cwd: join(__dirname, '../../..'),
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [chunk] = (await once(owner.stdout, 'data')) as [Buffer];
      const left = () => readdirSync(folder).filter((name) => name.startsWith('rehearsal-'));
      await look(chunk.toString().trim(), left, () => owner.kill('SIGKILL'));
    } finally {
      owner.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    }
  }

  test('gets the words of a Vault that cannot start, and nothing is left', () =>
    own(raftHcl({ nodes: 1 }).replace('tls12', 'tls99'), 1, (said, left) => {
      expect(said).toMatch(/ended \(exit code 1\) before it answered; its last lines: .*tls99/);
      expect(left()).toEqual([]);
      return Promise.resolve();
    }));

  test('takes all nodes with it when it is killed, the frozen one too, and every file', () =>
    own(raftHcl(), 3, async (said, left, kill) => {
      expect([said, left()]).toEqual(['ready', [expect.any(String)]]);
      kill();
      for (let look = 0; look < 100 && left().length > 0; look++) {
        await sleep(50);
      }
      expect(left()).toEqual([]);
    }), 15_000);
});
