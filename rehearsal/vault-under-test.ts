import type { Place } from './observer';
import type { RaftVault } from './raft-vault';
import type { VaultProcess } from './vault/vault-process';

/** The Vault behind the templates' chart: one in dev mode, or replicas. */
export interface VaultUnderTest extends Pick<VaultProcess, 'version' | 'auditEntries' | 'waitForAudit'> {
  readonly dev?: VaultProcess;
  readonly raft?: RaftVault;
  /** The one that answers now. */
  place(): Promise<Place>;
  stop(): Promise<void>;
}

/** @throws for a Vault with replicas. */
export function devVault({ vault }: { readonly vault: VaultUnderTest }): VaultProcess {
  if (!vault.dev) throw new Error('This Vault is not in dev mode.');
  return vault.dev;
}

export function inDevMode(dev: VaultProcess): VaultUnderTest {
  return {
    dev,
    version: dev.version,
    auditEntries: () => dev.auditEntries(),
    waitForAudit: (predicate, limit) => dev.waitForAudit(predicate, limit),
    place: () => Promise.resolve({ address: dev.address }),
    stop: () => dev.stop(),
  };
}

export function withReplicas(raft: RaftVault): VaultUnderTest {
  return {
    raft,
    version: raft.version,
    auditEntries: () => raft.auditEntries(),
    waitForAudit: (predicate, limit) => raft.waitForAudit(predicate, limit),
    place: async () => ({ address: raft.nodes[await raft.waitForLeader(LEADER_LIMIT)]?.address ?? '', caPem: raft.caPem }),
    stop: () => raft.close(),
  };
}

/** Milliseconds that an operator waits for a leader. */
const LEADER_LIMIT = 60_000;
