import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAuditLine, type AuditEntry } from './audit-log';
import type { VaultCommand } from './find-vault';
import { runProgram } from '../run-program';
import { stopped } from './stopped';
import { vaultLaunch, type VaultSignal } from './vault-launch';

export interface RunVaultOptions {
  readonly command: VaultCommand;
  /** Vault's own arguments. */
  readonly args: readonly string[];
  /** The whole environment, but for HOME, which is `home`. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder that Vault may write to. It goes when this process dies with Vault running. */
  readonly home: string;
  /** Asks Vault something that every Vault answers, sealed or not; rejects when it does not. */
  readonly answers: () => Promise<unknown>;
  /** Gets what a file audit device with `file_path=stdout` writes. */
  readonly onAudit: (entry: AuditEntry) => void;
  /** Gets each line of Vault's own log: no audit entries, no unseal key, no root token. */
  readonly onLine?: (line: string) => void;
}

/** A Vault process from its first answer to its end. */
export interface RunningVault {
  /** Of the process that was spawned: Vault, or the client of its container, which passes signals on. */
  readonly pid: number;
  hasEnded(): boolean;
  /** A process that was sent STOP has stopped then. @throws when it cannot be sent, as to a process that has ended. */
  signal(name: VaultSignal): Promise<void>;
  /** Ends Vault, frozen or not, by SIGTERM and after 5 s by SIGKILL; resolves when it has ended and its output is read. */
  end(): Promise<void>;
  /** The same by SIGKILL at once. */
  kill(): Promise<void>;
}

const START_POLL = 50;
const START_LIMIT = 20_000;
const TERM_LIMIT = 5_000;
const SIGNAL_LIMIT = 20_000;
const LAST_LINES = 15;
const SECRET_LINE = /^\s*(Unseal Key|Root Token|Initial Root Token|Recovery Key).*:/i;
const PORT_TRIES = 3;
const PORT_LOOKS = 100;
// Below the range from which Linux, macOS and Windows take the ports of outgoing connections.
const PORTS = { first: 20_000, count: 12_000 };

/**
 * Starts Vault and waits until it answers. However this process ends, Vault ends with it.
 * @throws when Vault ends or gives no answer in 20 s, with the last lines of its log.
 */
export async function runVault(options: RunVaultOptions): Promise<RunningVault> {
  const { command, home, args } = options;
  const launch = vaultLaunch({
    command,
    args,
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
      options.onAudit(entry);
    } else {
      log(line);
    }
  });
  createInterface({ input: child.stderr }).on('line', log);

  const pid = await new Promise<number>((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', (error) => reject(new Error(`${command.description} does not start: ${error.message}`)));
  });
  const guard = spawnGuard(home, launch.signal('KILL', pid));
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      guard.kill('SIGKILL');
      resolve();
    });
  });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const signal = async (name: VaultSignal): Promise<void> => {
    // Through the shell, whose own "kill" is there even where no package brings one.
    await runProgram('sh', ['-c', '"$@"', 'sh', ...launch.signal(name, pid)], { env: process.env, timeout: SIGNAL_LIMIT });
    if (name === 'STOP' && command.kind === 'binary') await stopped(pid);
  };
  const send = async (name: VaultSignal): Promise<void> => {
    try {
      await signal(name);
    } catch (error) {
      if (!hasEnded()) {
        throw error;
      }
    }
  };
  const running: RunningVault = {
    pid,
    hasEnded,
    signal,
    end: async () => {
      if (!hasEnded()) {
        await send('TERM');
        await send('CONT');
        const patience = setTimeout(() => void send('KILL'), TERM_LIMIT);
        await ended;
        clearTimeout(patience);
      }
      await ended;
    },
    kill: async () => {
      if (!hasEnded()) {
        await send('KILL');
      }
      await ended;
    },
  };
  try {
    await firstAnswer(options.answers, child);
  } catch (error) {
    await running.end();
    throw new Error(`${command.description} ${words(error)}; its last lines: ${lastLines.join(' | ')}`);
  }
  return running;
}

/**
 * A shell that runs `kill` and removes the folder as soon as its stdin ends: when this process is gone, whatever ended it.
 * Handlers of this process would not run on SIGKILL.
 */
export function spawnGuard(folder: string, kill: readonly string[] = ['true']): ChildProcess {
  // Several guards may be at work in one folder, and a killed process may write until it is gone.
  const script = 'trap "" INT TERM HUP; home=$1; shift; read -r _; "$@" 2>/dev/null; for _ in 1 2 3 4 5; do rm -rf "$home" 2>/dev/null && break; sleep 0.2; done';
  const guard = spawn('sh', ['-c', script, 'sh', folder, ...kill], { stdio: ['pipe', 'ignore', 'ignore'] });
  guard.unref();
  return guard;
}

async function firstAnswer(answers: () => Promise<unknown>, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_LIMIT;
  let last = '';
  while (Date.now() < deadline) {
    const { signalCode, exitCode } = child;
    if (signalCode !== null || exitCode !== null) {
      throw new Error(`ended (${signalCode ?? `exit code ${exitCode}`}) before it answered`);
    }
    try {
      await answers();
      return;
    } catch (error) {
      last = words(error);
    }
    await sleep(START_POLL);
  }
  throw new Error(`gives no answer in ${START_LIMIT / 1000} s (${last})`);
}

/**
 * Makes an attempt with so many free ports of 127.0.0.1, and another with others if somebody else took one meanwhile.
 * No outgoing connection gets one of them, so whoever stops listening may listen on the same port again.
 */
export async function onFreePorts<T>(count: number, attempt: (ports: readonly number[]) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const ports = new Set<number>();
    while (ports.size < count) {
      ports.add(await freePort());
    }
    try {
      return await attempt([...ports]);
    } catch (error) {
      if (!words(error).includes('address already in use') || tries === PORT_TRIES) {
        throw error;
      }
    }
  }
}

async function freePort(): Promise<number> {
  for (let look = 0; look < PORT_LOOKS; look++) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (free) {
      return port;
    }
  }
  throw new Error(`none of ${PORT_LOOKS} ports of 127.0.0.1 from ${PORTS.first} to ${PORTS.first + PORTS.count - 1} is free; end what listens there`);
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
