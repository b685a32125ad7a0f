import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../run-program';
import { spawnGuard } from '../vault/running-vault';

/** Set for whatever runs in a network namespace of its own. */
const MARK = 'REHEARSAL_NETWORK_NAMESPACE';

/** Where pods have their addresses: every one of them is this machine, inside the namespace. */
const POD_NETWORK = '10.128.0.0/9';

// A pod's address must be none of loopback, which the API server's proxies refuse.
const SET_UP = `ip link set lo up && ip route add local ${POD_NETWORK} dev lo && exec "$@"`;
const UNSHARE = ['--user', '--map-root-user', '--net', '--fork', '--kill-child', 'sh', '-c', SET_UP, 'sh'];
const QUICK = 10_000;

/** Whether this process is in a network namespace that {@link runInNamespace} made. */
export function isInNamespace(env: NodeJS.ProcessEnv): boolean {
  return env[MARK] !== undefined;
}

/** Why a network namespace of our own is not to be had here, in one line; undefined where it is. */
export async function namespaceRefusal(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    return `${process.platform} has no network namespaces`;
  }
  const command = [...UNSHARE, 'true'];
  return runProgram('unshare', command, { env, timeout: QUICK }).then(
    () => undefined,
    (error: Error) => `no network namespace of its own: ${error.message.replace(command.join(' '), '…')} (it takes unshare, unprivileged user namespaces and ip)`,
  );
}

/**
 * Runs a program to its end in a network namespace of its own, where nothing reaches the network of this machine and every
 * address of {@link POD_NETWORK} is local. However this process ends, the program ends with it.
 * @returns its exit code.
 */
export async function runInNamespace(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn('unshare', [...UNSHARE, program, ...args], { env: { ...env, [MARK]: '1' }, stdio: 'inherit' });
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-namespace-'));
  const guard = spawnGuard(folder, ['kill', '-KILL', String(child.pid)]);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
  } finally {
    guard.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

let networks = 0;

/** So many addresses that nothing in this process has got before. Only one process of a namespace may ask. */
export function podAddresses(count: number): string[] {
  const network = networks++;
  return Array.from({ length: count }, (_, index) => `10.${128 + Math.floor(network / 256)}.${network % 256}.${index + 1}`);
}
