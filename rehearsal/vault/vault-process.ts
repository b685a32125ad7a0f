import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditLog, type AuditEntry } from './audit-log';
import type { VaultCommand } from './find-vault';
import { onFreePorts, runVault, type RunningVault } from './running-vault';

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
  /** Address of its pod, where it has port 8200 for itself. @default - 127.0.0.1, on a free port */
  readonly podAddress?: string;
}

/** A Vault on this machine. Its storage is in memory: with the process everything in it is gone. */
export interface VaultProcess {
  /** `http://127.0.0.1:<port>`, or at its pod's address. */
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

const ASK_LIMIT = 2_000;
const SILENCE_LOOKS = 20;
const SILENCE_LIMIT = 250;

/**
 * Starts Vault and waits until it answers.
 * However this process ends, Vault ends with it.
 * @throws when Vault ends or gives no answer in 20 s, with the last lines of its log.
 */
export async function startDevVault(options: DevVaultOptions): Promise<VaultProcess> {
  const audit = new AuditLog();
  const home = await mkdtemp(join(tmpdir(), 'rehearsal-vault-'));
  try {
    const begin = async (candidate: string) => ({ listen: candidate, running: await start(options, home, candidate, audit) });
    const first = await (options.podAddress === undefined ? onFreePorts(1, ([port = 0]) => begin(`127.0.0.1:${port}`)) : begin(`${options.podAddress}:8200`));
    const { listen } = first;
    let { running } = first;
    const address = `http://${listen}`;
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
        await running.end();
        running = await start(options, home, listen, audit);
      },
      stop: async () => {
        if (!stopped) {
          stopped = true;
          await running.end();
          await rm(home, { recursive: true, force: true });
        }
      },
      pause: async () => {
        await running.signal('STOP');
        await silence(address);
      },
      resume: () => running.signal('CONT'),
    };
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

async function start(options: DevVaultOptions, home: string, listen: string, audit: AuditLog): Promise<RunningVault> {
  const { command, env, onLine, mode = 'dev' } = options;
  return runVault({
    command,
    args: await vaultArguments(mode, home, listen),
    env,
    home,
    answers: () => health(`http://${listen}`),
    onAudit: (entry) => audit.add(entry),
    ...(onLine ? { onLine } : {}),
  });
}

async function vaultArguments(mode: 'dev' | 'uninitialised', home: string, address: string): Promise<string[]> {
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

/** In a container, a stop signal takes a moment to reach all threads, during which Vault may still answer. */
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
