import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CertificateAuthority } from '../certificate-authority';
import { AuditLog, type AuditEntry } from './audit-log';
import type { VaultCommand } from './find-vault';
import { nodeConfiguration, type NodePlace } from './raft-configuration';
import { answer, createRaftNode, type MountedCertificate, type OwnedNode, type RaftNode } from './raft-node';
import { onFreePorts, spawnGuard } from './running-vault';
import type { SealStatus } from './vault-status';

export interface RaftClusterOptions {
  readonly command: VaultCommand;
  /** Replicas of the StatefulSet. */
  readonly size: 1 | 3 | 5;
  /** Issues the certificate that all nodes mount, as cert-manager would. */
  readonly ca: CertificateAuthority;
  /** `awskms`: by the configuration's own block. `shamir`: that block is left out, for tests without KMS. */
  readonly seal: 'awskms' | 'shamir';
  /** Environment of every node (`HTTPS_PROXY`, `SSL_CERT_FILE`, `AWS_…`); nothing is inherited. The chart's own variables are added. */
  readonly env: Readonly<Record<string, string>>;
  /** HCL as in the Helm value `server.ha.raft.config`; what of it differs here stands at {@link nodeConfiguration}. */
  readonly configuration: string;
  /** Names and addresses in the certificate. */
  readonly dnsNames: readonly string[];
  /** Addresses of the pods, one a replica. @default - none: nodes are on loopback alone */
  readonly podAddresses?: readonly string[];
  /** Gets each line of each node's own log: no audit entries, no keys, no tokens. */
  readonly onLine?: (line: string, node: string) => void;
}

/** Vault as the chart runs it in HA mode with Raft: real processes on loopback, each with its own volume and TLS. */
export interface RaftCluster {
  readonly nodes: readonly RaftNode[];
  /** As Vault itself says, `1.21.1`. */
  readonly version: string;
  /** @throws when node `index` gives no answer in 2 s. */
  sealStatus(index: number): Promise<SealStatus>;
  /** Index of the node that answers as the active one; undefined while none does. */
  leader(): Promise<number | undefined>;
  /**
   * Waits for a node to answer as the active one.
   * @param limit milliseconds.
   * @returns its index.
   * @throws when there is none by then, with what each node said.
   */
  waitForLeader(limit: number): Promise<number>;
  /**
   * Waits until every node is a voter. Until then, some 20 s after it has joined, the cluster does not survive the loss of its leader.
   * The nodes' own logs say so: to ask Vault takes a token, which nobody has after the initialisation.
   * @param limit milliseconds.
   * @throws when they are fewer by then.
   */
  waitForVoters(limit: number): Promise<void>;
  /**
   * Restarts each node in turn, the next only when the last one is unsealed and there is a leader.
   * @param limit milliseconds for each node.
   * @param started called when a node has given its first answer: unseals it where it does not do so itself. @default - nothing
   */
  restartInTurn(limit: number, started?: (index: number) => Promise<void>): Promise<void>;
  /** Mounts a new certificate for the same names on every node, as after cert-manager's renewal. @returns its serial number, hex. */
  renewCertificate(): Promise<string>;
  /** Kills every node, takes its volume away, and starts it on an empty one: a Vault that nobody has initialised. */
  loseVolumes(): Promise<void>;
  /** What the audit devices of all nodes have written to stdout, in the order it came. */
  auditEntries(): AuditEntry[];
  /**
   * The first audit entry of any node, past or coming, that matches.
   * @param limit milliseconds.
   * @throws when there is none by then.
   */
  waitForAudit(predicate: (entry: AuditEntry) => boolean, limit: number): Promise<AuditEntry>;
  /** Kills every node and removes their folders. A second call does nothing. */
  close(): Promise<void>;
}

const LEADER_POLL = 100;
const LEADER_ASK_LIMIT = 1_000;

/**
 * Starts the nodes side by side, as the StatefulSet does, and waits until each answers. None is initialised.
 * However this process ends, the nodes end with it and their folders go.
 * @throws when the configuration does not fit, or a node ends or gives no answer in 20 s, with the last lines of its log.
 */
export async function startRaftCluster(options: RaftClusterOptions): Promise<RaftCluster> {
  const audit = new AuditLog();
  // No voter leaves: neither the chart nor Vault's autopilot, as it is by default, removes one.
  let voters = 0;
  const onLine = (line: string, node: string): void => {
    voters = Math.max(voters, votersIn(line));
    options.onLine?.(line, node);
  };
  const { folder, nodes } = await onFreePorts(2 * options.size, (ports) => startNodes({ ...options, onLine }, ports, audit));
  const guard = spawnGuard(folder);
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) {
      closed = true;
      await remove(folder, nodes);
      guard.kill('SIGKILL');
    }
  };

  const at = (index: number): RaftNode => {
    const node = nodes[index];
    if (!node) {
      throw new Error(`the cluster has no node ${index}; there are ${nodes.length}, from 0`);
    }
    return node;
  };
  const leader = async (): Promise<number | undefined> => {
    const active = await Promise.all(nodes.map(async (node) => (await answer(node.health(LEADER_ASK_LIMIT)))?.standby === false));
    return soleLeader(active);
  };
  const waitForLeader = async (limit: number): Promise<number> => {
    const deadline = Date.now() + limit;
    for (;;) {
      const found = await leader();
      if (found !== undefined) {
        return found;
      }
      if (Date.now() > deadline) {
        const states = await Promise.all(nodes.map(async (node) => `${node.name} is ${await state(node)}`));
        throw new Error(`no leader among Vault's nodes in ${limit} ms: ${states.join(', ')}`);
      }
      await sleep(LEADER_POLL);
    }
  };
  const waitForVoters = async (limit: number): Promise<void> => {
    for (const deadline = Date.now() + limit; voters < nodes.length; await sleep(LEADER_POLL)) {
      if (Date.now() > deadline) {
        throw new Error(`Raft has ${voters} voters of ${nodes.length} nodes after ${limit} ms; autopilot makes a voter of a node that was stable for 10 s`);
      }
    }
  };
  const waitUntilUnsealed = async (node: RaftNode, limit: number): Promise<void> => {
    const deadline = Date.now() + limit;
    while ((await answer(node.sealStatus()))?.sealed !== false) {
      if (Date.now() > deadline) {
        throw new Error(`${node.name} is ${await state(node)} ${limit} ms after its restart, not unsealed`);
      }
      await sleep(LEADER_POLL);
    }
  };

  try {
    const { version } = await at(0).health(LEADER_ASK_LIMIT);
    return {
      nodes,
      version,
      sealStatus: async (index) => at(index).sealStatus(),
      leader,
      waitForLeader,
      waitForVoters,
      restartInTurn: async (limit, started) => {
        for (const [index, node] of nodes.entries()) {
          await node.restart();
          await started?.(index);
          await waitUntilUnsealed(node, limit);
          await waitForLeader(limit);
        }
      },
      renewCertificate: async () => {
        const certificate = await issue(options);
        await Promise.all(nodes.map((node) => node.mount(certificate)));
        return certificate.serial;
      },
      loseVolumes: async () => {
        await Promise.all(nodes.map((node) => node.kill()));
        voters = 0;
        await Promise.all(nodes.map((node) => node.emptyVolume()));
        await Promise.all(nodes.map((node) => node.start()));
      },
      auditEntries: () => audit.all(),
      waitForAudit: (predicate, limit) => audit.waitFor(predicate, limit),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Index of the node that is active. One that was frozen believes in itself for a moment: two are none yet. */
export function soleLeader(active: readonly boolean[]): number | undefined {
  const found = active.flatMap((isActive, index) => (isActive ? [index] : []));
  return found.length === 1 ? found[0] : undefined;
}

/** How many voters a line of Raft's log lists: 0 for any other line. */
export function votersIn(line: string): number {
  return /storage\.raft: .*configuration: /.test(line) ? line.split('Suffrage:Voter ').length - 1 : 0;
}

async function startNodes(options: RaftClusterOptions, ports: readonly number[], audit: AuditLog): Promise<{ folder: string; nodes: OwnedNode[] }> {
  const { command, size, ca, seal, env, onLine } = options;
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-raft-'));
  const places: NodePlace[] = Array.from({ length: size }, (_, index) => {
    const name = `vault-${index}`;
    const podAddress = options.podAddresses?.[index];
    return { name, root: join(folder, name), port: ports[2 * index] ?? 0, clusterPort: ports[2 * index + 1] ?? 0, ...(podAddress === undefined ? {} : { podAddress }) };
  });
  const nodes: OwnedNode[] = [];
  try {
    const certificate = await issue(options);
    for (const place of places) {
      await mkdir(place.root);
      const node = await createRaftNode({
        command,
        place,
        configuration: nodeConfiguration(options.configuration, seal, place, places),
        env,
        caPem: ca.caPem,
        onAudit: (entry) => audit.add(entry),
        ...(onLine ? { onLine: (line) => onLine(line, place.name) } : {}),
      });
      await node.mount(certificate);
      nodes.push(node);
    }
    const starts = await Promise.allSettled(nodes.map((node) => node.start()));
    const failed = starts.find((start) => start.status === 'rejected');
    if (failed) {
      throw failed.reason;
    }
    return { folder, nodes };
  } catch (error) {
    await remove(folder, nodes);
    throw error;
  }
}

async function issue({ ca, dnsNames }: RaftClusterOptions): Promise<MountedCertificate> {
  const { cert, key } = await ca.issue([...dnsNames]);
  return { keys: { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca.caPem }, serial: new X509Certificate(cert).serialNumber };
}

async function remove(folder: string, nodes: readonly RaftNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.kill()));
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function state(node: RaftNode): Promise<string> {
  if (!node.isRunning()) {
    return 'not running';
  }
  const health = await answer(node.health(LEADER_ASK_LIMIT));
  if (!health) {
    return 'silent';
  }
  return !health.initialized ? 'uninitialised' : health.sealed ? 'sealed' : health.standby ? 'a standby' : 'active';
}
