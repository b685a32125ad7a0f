import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditLog, type AuditEntry } from './audit-log';
import type { VaultCommand } from './find-vault';
import { mountSecret } from './mounted-secret';
import type { NodeConfiguration, NodePlace } from './raft-configuration';
import { runVault, type RunningVault } from './running-vault';
import { askHealth, askSealStatus, servedSerial, type Health, type SealStatus, type VaultPlace } from './vault-status';

/** One Vault of a Raft cluster: a pod with its volume. Its address and what it has stored outlive its process. */
export interface RaftNode extends VaultPlace {
  /** Name of the pod: `vault-0`. */
  readonly name: string;
  /** Folder that stands for the pod's root. */
  readonly root: string;
  /** Of Vault's process. @throws when there is none. */
  pid(): number;
  /** Whether there is a process, frozen or not. */
  isRunning(): boolean;
  /** When the process was last started, milliseconds since the epoch. */
  startedAt(): number;
  /** @throws when there is no answer in 2 s. */
  sealStatus(): Promise<SealStatus>;
  /** @param limit milliseconds to wait for an answer. */
  health(limit: number): Promise<Health>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts the process again on the same volume and ports; resolves at its first answer, sealed or not. */
  start(): Promise<void>;
  /** SIGTERM, then {@link start}. */
  restart(): Promise<void>;
  /** SIGSTOP: it still accepts connections and answers none. Resolves once that is so. */
  pause(): Promise<void>;
  /** SIGCONT. */
  resume(): Promise<void>;
  /** SIGHUP: Vault reads its certificate again. Resolves once new connections get the one that is mounted, within 5 s. */
  reload(): Promise<void>;
  /** Appends a line to the configuration and has Vault read it again. It is gone at the next start, as in a pod, which writes its configuration anew. */
  configure(line: string): Promise<void>;
  /** Serial number, in hex, of the certificate that a new connection gets. */
  servedSerial(): Promise<string>;
  /** What the file audit device (`file_path=stdout`) of this node has written, over all its processes. */
  auditEntries(): AuditEntry[];
}

/** A node with what only its cluster does to it. */
export interface OwnedNode extends RaftNode {
  /** Puts an empty volume in the place of the node's, whose process is gone. */
  emptyVolume(): Promise<void>;
  /** Mounts the certificate's Secret, in the place of an earlier one. Vault notices nothing until it is told. */
  mount(secret: MountedCertificate): Promise<void>;
}

export interface MountedCertificate {
  /** `tls.crt`, `tls.key`, `ca.crt`, all PEM. */
  readonly keys: Readonly<Record<string, string>>;
  /** Serial number of `tls.crt`, in hex. */
  readonly serial: string;
}

export interface RaftNodeOptions {
  readonly command: VaultCommand;
  readonly place: NodePlace;
  readonly configuration: NodeConfiguration;
  readonly env: Readonly<Record<string, string>>;
  readonly caPem: string;
  readonly onAudit: (entry: AuditEntry) => void;
  readonly onLine?: (line: string) => void;
}

const ASK_LIMIT = 2_000;
const SILENCE_LOOKS = 20;
const SILENCE_LIMIT = 250;
const RELOAD_LOOKS = 100;
const RELOAD_POLL = 50;

/** A node that is not started yet: its folders are made, its certificate is still to be mounted. */
export async function createRaftNode(options: RaftNodeOptions): Promise<OwnedNode> {
  const { command, configuration, place: at, caPem, onLine } = options;
  const { name, root } = at;
  const file = join(root, 'vault.hcl');
  await mkdir(configuration.dataFolder, { recursive: true });

  const place: VaultPlace = { address: `https://127.0.0.1:${at.port}`, caPem };
  const audit = new AuditLog();
  let running: RunningVault | undefined;
  let started = 0;
  let mounted = '';
  const isRunning = (): boolean => running !== undefined && !running.hasEnded();
  const process = (): RunningVault => {
    if (!running || running.hasEnded()) {
      throw new Error(`${name} at ${place.address} is not running; start it first`);
    }
    return running;
  };
  const node: OwnedNode = {
    ...place,
    name,
    root,
    pid: () => process().pid,
    isRunning,
    startedAt: () => started,
    sealStatus: () => askSealStatus(place, ASK_LIMIT),
    health: (limit) => askHealth(place, limit),
    servedSerial: () => servedSerial(place, ASK_LIMIT),
    auditEntries: () => audit.all(),
    mount: async ({ keys, serial }) => {
      await mountSecret(configuration.secretFolder, keys);
      mounted = serial;
    },
    emptyVolume: async () => {
      await rm(configuration.dataFolder, { recursive: true, force: true });
      await mkdir(configuration.dataFolder);
    },
    kill: async () => running?.kill(),
    start: async () => {
      if (isRunning()) {
        throw new Error(`${name} at ${place.address} is running already; kill it first, or restart it`);
      }
      await writeFile(file, configuration.text);
      started = Date.now();
      running = await runVault({
        command,
        args: ['server', `-config=${file}`],
        env: { ...options.env, ...configuration.environment },
        home: root,
        answers: () => askHealth(place, ASK_LIMIT),
        onAudit: (entry) => {
          audit.add(entry);
          options.onAudit(entry);
        },
        ...(onLine ? { onLine } : {}),
      });
    },
    restart: async () => {
      await process().end();
      await node.start();
    },
    pause: async () => {
      await process().signal('STOP');
      // In a container, a stop signal takes a moment to reach all threads, during which Vault may still answer.
      for (let look = 0; look < SILENCE_LOOKS; look++) {
        if ((await answer(askHealth(place, SILENCE_LIMIT))) === undefined) {
          return;
        }
      }
      throw new Error(`${name} at ${place.address} still answers after it was paused`);
    },
    resume: () => process().signal('CONT'),
    configure: async (line) => {
      await appendFile(file, `\n${line}\n`);
      await node.reload();
    },
    reload: async () => {
      await process().signal('HUP');
      for (let look = 0; look < RELOAD_LOOKS; look++) {
        if ((await answer(servedSerial(place, ASK_LIMIT))) === mounted) {
          return;
        }
        await sleep(RELOAD_POLL);
      }
      throw new Error(`${name} at ${place.address} does not show the certificate ${mounted} after SIGHUP`);
    },
  };
  return node;
}

/** The answer, or undefined when there is none. */
export function answer<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch(() => undefined);
}
