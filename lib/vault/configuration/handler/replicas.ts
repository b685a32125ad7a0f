import * as z from 'zod/mini';
import type { Run } from '../../client/attempts';
import { ConfigurationError, Setback } from '../../client/errors';
import { retrying } from '../../client/retry';
import type { VaultClient } from '../../client/vault-client';
import { dataOf } from './vault-object';
import { RAFT_PEERS } from './raft-peers';
import type { Session } from './session';

const raftPeers = z.object({ config: z.object({ servers: z.array(z.object({ node_id: z.string(), voter: z.boolean() })) }) });

/**
 * All replicas have joined and vote: before that, the loss of the leader stops Vault. One that is away for a while still
 * counts as a voter.
 */
export function requireVoters(run: Run, vault: VaultClient, session: Session, replicas: number): Promise<void> {
  // By itself: a whole attempt reads all that was just compared.
  return retrying(run.patience, run.log, () => lookForVoters(run, vault, session, replicas));
}

async function lookForVoters(run: Run, vault: VaultClient, { token }: Session, replicas: number): Promise<void> {
  const answer = await vault.get(RAFT_PEERS, token);
  if (!answer.ok) throw new ConfigurationError(`GET ${RAFT_PEERS} was answered with ${answer.status} ${answer.reason}.`);
  const peers = raftPeers.safeParse(dataOf(answer.body));
  if (!peers.success) throw new Setback('passing', `GET ${RAFT_PEERS} was answered without the servers of Raft: something else answers for Vault.`);
  const voters = peers.data.config.servers.filter(({ voter }) => voter).map(({ node_id: name }) => name);
  if (voters.length < replicas) {
    throw new Setback(
      'starting',
      `Vault is configured, and ${voters.length} of ${replicas} replicas vote in Raft (${voters.sort().join(', ')}): until all do, the loss of one stops it. ` +
        'A replica votes some 20 s after it has joined; what keeps one away (no node or volume in its zone, a certificate, KMS) says kubectl get pods and kubectl logs of its pod.',
    );
  }
  if (voters.length > replicas) run.log(`Raft has ${voters.length} voters while there are ${replicas} replicas: take those that are gone out (vault operator raft remove-peer)`);
}
