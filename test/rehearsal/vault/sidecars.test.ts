import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { raftHelmValues } from '../../../lib/vault/raft-helm-values';
import type { RaftNode } from '../../../rehearsal/vault/raft-node';
import { startSidecars, type Sidecar, type Sidecars } from '../../../rehearsal/vault/sidecars';

const directory = mkdtempSync(join(tmpdir(), 'sidecars-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A pod as far as a sidecar sees it. */
function pod(name: string, pid: number): RaftNode {
  const root = join(directory, name);
  mkdirSync(join(root, 'vault', 'tls'), { recursive: true });
  return { name, root, pid: () => pid } as RaftNode;
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 10_000; !holds(); await sleep(10)) if (Date.now() > deadline) throw new Error(`after 10 s not yet ${what}`);
}

describe('a container beside each pod', () => {
  let sidecars: Sidecars | undefined;
  afterEach(() => sidecars?.close());

  test('has its own root, and finds its own Vault', async () => {
    const sidecar: Sidecar = { name: 'looks', command: ['/bin/sh', '-c', 'echo "$FILE $WORD $(pidof vault)"'], env: { FILE: '/vault/tls/tls.crt', WORD: 'said' } };
    sidecars = await startSidecars([pod('vault-0', 11), pod('vault-1', 12)], sidecar, {});
    await until(() => sidecars?.lines.length === 2, 'printed');
    expect([...sidecars.lines].sort()).toEqual([0, 1].map((index) => `vault-${index}: ${join(directory, `vault-${index}`, 'vault/tls/tls.crt')} said 1${index + 1}`));
  });

  test('has the variables that the rehearsal sets otherwise, and none of its own', async () => {
    process.env.OF_THE_REHEARSAL = 'x';
    sidecars = await startSidecars([pod('vault-0', 11)], { name: 'looks', command: ['/bin/sh', '-c', 'echo "$WORD,$OF_THE_REHEARSAL"'], env: { WORD: 'said' } }, { WORD: 'changed' });
    delete process.env.OF_THE_REHEARSAL;
    await until(() => sidecars?.lines.length === 1, 'printed');
    expect(sidecars.lines).toEqual(['vault-0: changed,']);
  });

  test('ends with all that it has started', async () => {
    const alive = join(directory, 'alive');
    sidecars = await startSidecars([pod('vault-0', 11)], { name: 'stays', command: ['/bin/sh', '-c', 'while sleep 0.01; do printf . >> "$ALIVE"; done & wait'], env: {} }, { ALIVE: alive });
    const written = () => (existsSync(alive) ? readFileSync(alive, 'utf8').length : 0);
    await until(() => written() > 2, 'alive');
    await sidecars.close();
    await sleep(50);
    const then = written();
    await sleep(100);
    expect(written()).toBe(then);
    // A second time, with nothing left to end.
    await sidecars.close();
  });
});

describe('the container that tells Vault of a renewed certificate', () => {
  const raft = { replicas: 1, tls: true, storageSize: 10, recovery: { shares: 5, threshold: 3 }, snapshots: { everyHours: 6, retentionDays: 35 } } as const;
  const { server } = raftHelmValues({ raft, region: 'us-east-1', sealKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/k', image: { repository: 'hashicorp/vault', tag: '2.0.4' } }) as {
    server: { extraContainers: [{ name: string; command: string[]; env: { name: string; value: string }[] }] };
  };
  const [{ name, command, env }] = server.extraContainers;
  const sidecar: Sidecar = { name, command, env: Object.fromEntries(env.map((each) => [each.name, each.value])) };

  const path = process.env.PATH ?? '';
  const bin = join(directory, 'bin');
  beforeAll(() => {
    mkdirSync(bin);
    // Each look at the certificate leaves a byte.
    writeFileSync(join(bin, 'sha256sum'), `#!/bin/sh\nPATH='${path}' sha256sum\nprintf . >> "$LOOKS"\n`);
    chmodSync(join(bin, 'sha256sum'), 0o700);
    process.env.PATH = `${bin}${delimiter}${path}`;
  });
  afterAll(() => {
    process.env.PATH = path;
  });

  let vault: ChildProcess;
  let sidecars: Sidecars;
  let node: RaftNode;
  let folder: string;
  const file = (of: string) => join(folder, of);
  const read = (of: string) => readFileSync(file(of), 'utf8');
  /** As the kubelet does it: all at once. */
  const renew = (text: string) => {
    writeFileSync(file('next'), `${text}\n`);
    renameSync(file('next'), file('vault/tls/tls.crt'));
  };
  const looked = async (times: number) => {
    const before = read('looks').length;
    await until(() => read('looks').length >= before + times, `looked ${times} times`);
  };
  const told = () => sidecars.lines.filter((line) => line.includes('certificate renewed, and Vault told to read it')).length;

  /** Starts a Vault that writes down what it reads on SIGHUP, and the container. */
  async function start(of: string): Promise<void> {
    folder = join(directory, of);
    mkdirSync(folder);
    vault = spawn('/bin/sh', ['-c', 'trap \'cat vault/tls/tls.crt >> read\' HUP; echo up; while :; do sleep 0.02; done'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    await once(vault.stdout as NonNullable<ChildProcess['stdout']>, 'data');
    node = pod(of, vault.pid ?? 0);
    renew('first');
    for (const empty of ['looks', 'read']) writeFileSync(file(empty), '');
    sidecars = await startSidecars([node], sidecar, { POLL_SECONDS: '0.02', LOOKS: file('looks') });
    await looked(2);
  }
  afterEach(async () => {
    await sidecars.close();
    vault.kill('SIGKILL');
  });

  test('says nothing as long as it is the same', async () => {
    await start('same');
    renew('first');
    await looked(5);
    expect([sidecars.lines, read('read')]).toEqual([[], '']);
  });

  test('tells once of a renewal', async () => {
    await start('renewed');
    renew('second');
    await until(() => read('read') !== '', 'read');
    await looked(5);
    expect([told(), read('read')]).toEqual([1, 'second\n']);
  });

  test('goes on where the file is missing for a moment, and tells when it is back', async () => {
    await start('missing');
    rmSync(file('vault/tls/tls.crt'));
    await until(() => sidecars.lines.length > 0, 'missed');
    expect(read('read')).toBe('');
    renew('second');
    await until(() => read('read') !== '', 'read');
    expect(read('read')).toBe('second\n');
  });

  test('of two renewals one after the other, Vault has the last in the end', async () => {
    await start('twice');
    renew('second');
    renew('third');
    await until(() => read('read').endsWith('third\n'), 'read');
    await looked(5);
    expect(told()).toBeLessThanOrEqual(2);
    renew('fourth');
    await until(() => read('read').endsWith('fourth\n'), 'read');
  });

  test('tries again where there is no Vault to tell', async () => {
    await start('gone');
    vault.kill('SIGKILL');
    await once(vault, 'exit');
    renew('second');
    await looked(3);
    expect(told()).toBe(0);
    expect(sidecars.lines.length).toBeGreaterThan(1);
  });
});
