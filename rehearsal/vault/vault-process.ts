import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditLog, parseAuditLine, type AuditEntry } from './audit-log';
import type { VaultCommand } from './find-vault';
import { runProgram } from './run-program';
import { vaultLaunch, type VaultLaunch, type VaultSignal } from './vault-launch';

/** Root token of a dev-mode Vault that {@link startDevVault} started. */
export const DEV_ROOT_TOKEN = 'root';

export interface DevVaultOptions {
  readonly command: VaultCommand;
  /** Vault's environment (`HTTPS_PROXY`, `SSL_CERT_FILE`, `AWS_…`); it inherits nothing, and HOME is a temporary folder. */
  readonly env: Readonly<Record<string, string>>;
  /** Gets each line of Vault's own log: no audit entries, no unseal key, no root token. */
  readonly onLine?: (line: string) => void;
  /**
   * `uninitialised`: an ordinary server, in memory, that nobody has initialised yet.
   * @default 'dev' - initialised and unsealed, with {@link DEV_ROOT_TOKEN}
   */
  readonly mode?: 'dev' | 'uninitialised';
}

/** A Vault on loopback. Its storage is in memory: with the process everything in it is gone. */
export interface VaultProcess {
  /** `http://127.0.0.1:<port>`. */
  readonly address: string;
  /** As Vault itself says, `1.21.1`. */
  readonly version: string;
  /** What the file audit device (`file_path=stdout`) has written, over all restarts. */
  auditEntries(): AuditEntry[];
  /**
   * The first audit entry, past or coming, that matches.
   * @param limit milliseconds.
   * @throws when there is none by then.
   */
  waitForAudit(predicate: (entry: AuditEntry) => boolean, limit: number): Promise<AuditEntry>;
  /** Ends Vault and starts it on the same port, empty. */
  restart(): Promise<void>;
  /** Ends Vault and removes its temporary folder. A second call does nothing. */
  stop(): Promise<void>;
  /** Freezes Vault: it still accepts connections and answers none. Resolves once that is so. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

const START_POLL = 50;
const START_LIMIT = 20_000;
const ASK_LIMIT = 2_000;
const SILENCE_LOOKS = 20;
const SILENCE_LIMIT = 250;
const TERM_LIMIT = 5_000;
const SIGNAL_LIMIT = 20_000;
const PORT_TRIES = 3;
const LAST_LINES = 15;
const SECRET_LINE = /^\s*(Unseal Key|Root Token|Initial Root Token|Recovery Key).*:/i;

/**
 * Starts Vault on a free port of 127.0.0.1 and waits until it answers.
 * However this process ends, Vault ends with it.
 * @throws when Vault ends or gives no answer in 20 s, with the last lines of its log.
 */
export async function startDevVault(options: DevVaultOptions): Promise<VaultProcess> {
  const audit = new AuditLog();
  const home = await mkdtemp(join(tmpdir(), 'rehearsal-vault-'));
  try {
    const first = await onFreePort((candidate) => start(options, home, candidate, audit));
    const { port } = first;
    let { running } = first;
    const address = `http://127.0.0.1:${port}`;
    const version = await health(address);
    let stopped = false;
    return {
      address,
      version,
      auditEntries: () => audit.all(),
      waitForAudit: (predicate, limit) => audit.waitFor(predicate, limit),
      restart: async () => {
        if (stopped) {
          throw new Error(`Vault at ${address} is stopped for good; start another one`);
        }
        await end(running);
        running = await start(options, home, port, audit);
      },
      stop: async () => {
        if (!stopped) {
          stopped = true;
          await end(running);
          await rm(home, { recursive: true, force: true });
        }
      },
      pause: async () => {
        await signal(running, 'STOP');
        await silence(address);
      },
      resume: () => signal(running, 'CONT'),
    };
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

interface Running {
  readonly child: ChildProcess;
  readonly launch: VaultLaunch;
  readonly guard: ChildProcess;
  /** Resolves when Vault has ended and all its output is read. */
  readonly ended: Promise<void>;
}

async function start(options: DevVaultOptions, home: string, port: number, audit: AuditLog): Promise<Running> {
  const launch = vaultLaunch({
    command: options.command,
    args: await vaultArguments(options.mode ?? 'dev', home, port),
    env: { HOME: home, ...options.env },
    home,
    container: `rehearsal-vault-${randomBytes(6).toString('hex')}`,
    user: `${userInfo().uid}:${userInfo().gid}`,
    dockerEnv: process.env,
  });
  const child = spawn(launch.program, [...launch.args], { env: launch.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lastLines: string[] = [];
  const log = (line: string): void => {
    if (line !== '' && !SECRET_LINE.test(line)) {
      lastLines.push(line);
      lastLines.splice(0, lastLines.length - LAST_LINES);
      options.onLine?.(line);
    }
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const entry = parseAuditLine(line);
    if (entry) {
      audit.add(entry);
    } else {
      log(line);
    }
  });
  createInterface({ input: child.stderr }).on('line', log);

  const pid = await new Promise<number>((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', (error) => reject(new Error(`${options.command.description} does not start: ${error.message}`)));
  });
  const guard = spawnGuard(launch.signal('KILL', pid), home);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      guard.kill('SIGKILL');
      resolve();
    });
  });
  const running = { child, launch, guard, ended };
  try {
    await answers(`http://127.0.0.1:${port}`, running);
  } catch (error) {
    await end(running);
    throw new Error(`${options.command.description} ${words(error)}; its last lines: ${lastLines.join(' | ')}`);
  }
  return running;
}

async function vaultArguments(mode: 'dev' | 'uninitialised', home: string, port: number): Promise<string[]> {
  const address = `127.0.0.1:${port}`;
  if (mode === 'dev') {
    const flags = ['-dev', '-dev-no-store-token', `-dev-root-token-id=${DEV_ROOT_TOKEN}`, `-dev-listen-address=${address}`];
    return ['server', ...flags];
  }
  const file = join(home, 'vault.json');
  const configuration = {
    storage: { inmem: {} },
    listener: [{ tcp: { address, tls_disable: true } }],
    api_addr: `http://${address}`,
    disable_mlock: true,
  };
  await writeFile(file, JSON.stringify(configuration));
  return ['server', `-config=${file}`];
}

/**
 * A shell that kills Vault and removes its folder as soon as its stdin ends: when this process is gone, whatever ended it.
 * Handlers of this process would not run on SIGKILL.
 */
function spawnGuard(kill: readonly string[], home: string): ChildProcess {
  const script = 'trap "" INT TERM HUP; home=$1; shift; read -r _; "$@" 2>/dev/null; rm -rf "$home"';
  const guard = spawn('sh', ['-c', script, 'sh', home, ...kill], { stdio: ['pipe', 'ignore', 'ignore'] });
  guard.unref();
  return guard;
}

async function answers(address: string, running: Running): Promise<void> {
  const deadline = Date.now() + START_LIMIT;
  let last = '';
  while (Date.now() < deadline) {
    if (hasEnded(running)) {
      const { signalCode, exitCode } = running.child;
      throw new Error(`ended (${signalCode ?? `exit code ${exitCode}`}) before it answered`);
    }
    try {
      await health(address);
      return;
    } catch (error) {
      last = words(error);
    }
    await sleep(START_POLL);
  }
  throw new Error(`gives no answer at ${address} in ${START_LIMIT / 1000} s (${last})`);
}

/** A stop signal takes a moment to reach all threads of a process, during which Vault may still answer. */
async function silence(address: string): Promise<void> {
  for (let look = 0; look < SILENCE_LOOKS; look++) {
    try {
      await health(address, SILENCE_LIMIT);
    } catch {
      return;
    }
  }
  throw new Error(`Vault at ${address} still answers after it was paused`);
}

/** Vault's version. A sealed or uninitialised Vault answers with another status than 200, and just as well. */
async function health(address: string, limit = ASK_LIMIT): Promise<string> {
  const response = await fetch(`${address}/v1/sys/health`, { signal: AbortSignal.timeout(limit) });
  const body: unknown = await response.json();
  if (typeof body === 'object' && body !== null && 'version' in body && typeof body.version === 'string') {
    return body.version;
  }
  throw new Error(`sys/health at ${address} answers ${response.status} without a version: that is no Vault`);
}

async function onFreePort(attempt: (port: number) => Promise<Running>): Promise<{ port: number; running: Running }> {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    try {
      return { port, running: await attempt(port) };
    } catch (error) {
      // Somebody else took the port between our look and Vault's start.
      const taken = words(error).includes('address already in use');
      if (!taken || tries === PORT_TRIES) {
        throw error;
      }
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

function hasEnded({ child }: Running): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function signal(running: Running, name: VaultSignal): Promise<void> {
  const command = running.launch.signal(name, running.child.pid ?? 0);
  // Through the shell, whose own "kill" is there even where no package brings one.
  await runProgram('sh', ['-c', '"$@"', 'sh', ...command], { env: process.env, timeout: SIGNAL_LIMIT });
}

async function end(running: Running): Promise<void> {
  const send = async (name: VaultSignal): Promise<void> => {
    try {
      await signal(running, name);
    } catch (error) {
      if (!hasEnded(running)) {
        throw error;
      }
    }
  };
  if (!hasEnded(running)) {
    await send('TERM');
    await send('CONT');
    const patience = setTimeout(() => void send('KILL'), TERM_LIMIT);
    await running.ended;
    clearTimeout(patience);
  }
  await running.ended;
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
