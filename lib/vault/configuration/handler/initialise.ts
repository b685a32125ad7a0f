import * as z from 'zod/mini';
import type { Run } from '../../client/attempts';
import { ConfigurationError, Setback, toMessage } from '../../client/errors';
import { retrying } from '../../client/retry';
import type { VaultClient } from '../../client/vault-client';
import type { VaultConfigurationProperties } from '../properties';
import type { KeyStore } from './key-store';

/** Milliseconds before the run's end in which no initialisation begins: its answer has to be stored. */
const LEAST_TIME = 15_000;

const BY_ANOTHER = 'Vault was initialised by another run at the same time, and no leader answers yet.';

const answerOfInit = z.object({ root_token: z.string(), recovery_keys_base64: z.array(z.string()), recovery_keys: z.optional(z.array(z.string())) });

type Initialisation = NonNullable<VaultConfigurationProperties['initialisation']>;

/**
 * `vault operator init` on the first pod, where no leader answers yet. Safe to be cut off anywhere: before `sys/init`
 * nothing has happened, after its answer is stored a next run goes on; between the two the keys are lost, which
 * {@link lostKeys} says.
 * @throws Setback as long as there is something to wait for: a run goes on in its next attempt.
 */
export async function initialise(run: Run, pod: VaultClient, keys: KeyStore, { initialisation, cluster, namespace }: { initialisation: Initialisation; cluster: string; namespace: string }): Promise<never> {
  const { initialized, sealed, type, recovery } = await sealStatus(pod);
  if (initialized) {
    if (!sealed) {
      throw new Setback(
        'starting',
        `Vault is unsealed, and no leader answers yet. If that lasts: kubectl exec -n ${namespace} vault-0 -- vault operator raft list-peers, and kubectl get pods -n ${namespace} -L vault-active.`,
      );
    }
    const said = `Vault is initialised, and ${initialisation.pod} is sealed: it unseals by KMS. If that lasts, its log says what KMS refuses: kubectl logs -n ${namespace} vault-0. Its role needs kms:Decrypt on the key, and the key must be enabled.`;
    // Another run may be at it at this moment, which takes seconds.
    if ((await keys.state()) === 'initialising') throw new Setback('passing', `${said} ${NEVER_STORED} ${startOver(namespace)}.`);
    throw new Setback('starting', said);
  }
  if (!recovery) {
    throw new ConfigurationError(
      `Vault's seal is "${type}", whose keys a person would have to keep and give again after every restart; this app initialises a Vault that KMS unseals. Check seal "awskms" in the chart's values (helm get values vault -n ${namespace}).`,
    );
  }
  if ((await keys.state()) === 'initialised') {
    // Asked again, for another run may have initialised it and stored the keys between the two answers.
    if ((await sealStatus(pod)).initialized) throw new Setback('starting', BY_ANOTHER);
    throw new ConfigurationError(
      'The secret holds the recovery keys of a Vault that was initialised before, and the first pod is not initialised: its volume is empty or another one. Nothing was changed. ' +
        'If the volume was lost, restore a snapshot (docs/production.md, "Restore"); if you mean to begin anew, give vault.raft.recovery.secret another secret, for these keys still open the old volumes and snapshots.',
    );
  }
  await keys.begin(cluster);
  if (run.patience.deadline - Date.now() < LEAST_TIME) {
    throw new Setback('starting', `${initialisation.pod} can be initialised, and this run has too little time left to store its keys. Nothing is initialised yet: deploy again.`);
  }
  run.log(`initialising ${initialisation.pod}`);
  const threshold = Number(initialisation.recoveryThreshold);
  const answer = await pod.put('sys/init', { recovery_shares: Number(initialisation.recoveryShares), recovery_threshold: threshold });
  if (!answer.ok && /already initialized/i.test(answer.reason)) throw new Setback('starting', BY_ANOTHER);
  const made = answer.ok ? answerOfInit.safeParse(answer.body).data : undefined;
  if (!made) {
    const said = `PUT sys/init was answered ${answer.ok ? 'without a root token and recovery keys' : `with ${answer.status} ${answer.reason}`}.`;
    // Vault takes nothing back: where KMS refused it half-way, it has keys that nobody was given.
    if ((await sealStatus(pod)).initialized) throw new ConfigurationError(`${said} Vault got half-way, and nobody was given its keys. Mend what it says first. ${startOver(namespace)}.`);
    throw new Setback('passing', `${said} Nothing is initialised yet.`);
  }
  const { root_token: rootToken, recovery_keys_base64: recoveryKeys, recovery_keys: inHex = [] } = made;
  for (const key of [rootToken, ...recoveryKeys, ...inHex]) run.mask.add(key);
  const persistent = { ...run.patience, settling: Infinity, passing: Infinity };
  await keys.keep({ rootToken, recoveryKeys }, threshold, cluster, (write) => retrying(persistent, run.log, write)).catch((error: unknown) => {
    throw new ConfigurationError(`${toMessage(error, run.mask)}. ${NEVER_STORED} ${startOver(namespace)}.`);
  });
  run.log(`initialised ${initialisation.pod}: ${recoveryKeys.length} recovery keys are in the secret`);
  throw new Setback('starting', 'Vault was initialised, and no leader answers yet.');
}

/** What to say where Vault knows no way in, by what the secret holds. */
export function lostKeys(state: 'empty' | 'initialising' | 'initialised', secretArn: string, namespace: string): string {
  switch (state) {
    case 'initialising':
      return `${NEVER_STORED} (A run that has not ended yet may still store them: wait for its end.) ${startOver(namespace)}`;
    case 'empty':
      return (
        `Vault was initialised by something else: ${secretArn} holds nothing. To hand this Vault over, put a root token there, which is revoked once the configuration has a way in of its own: ` +
        `{"state":"initialised","root_token":"…"} in a file, then aws secretsmanager put-secret-value --secret-id ${secretArn} --secret-string file://FILE`
      );
    case 'initialised':
      return (
        `${secretArn} holds no root token any more, or one that Vault does not take. Make one with the recovery keys (docs/production.md, "Break glass"), put it there as "root_token", and deploy again`
      );
  }
}

const NEVER_STORED =
  'Vault was initialised by a run that was cut off before it had stored the recovery keys and the root token: they are lost, and nobody can get in.';

function startOver(namespace: string): string {
  const pods = `-n ${namespace} -l app.kubernetes.io/instance=vault,component=server`;
  return (
    'Nothing else is lost, for nothing was written into this Vault yet. Start over with empty volumes, then deploy again: ' +
    `kubectl delete pvc ${pods} --wait=false && kubectl delete pod ${pods} (the volumes themselves stay until you delete them: kubectl get pv)`
  );
}

async function sealStatus(pod: VaultClient): Promise<{ initialized: boolean; sealed: boolean; type: string; recovery: boolean }> {
  const answer = await pod.get('sys/seal-status');
  if (!answer.ok) throw new Setback('passing', `GET sys/seal-status was answered with ${answer.status} ${answer.reason}.`);
  const { initialized, sealed, type, recovery_seal: recovery } = answer.body;
  return { initialized: initialized === true, sealed: sealed !== false, type: String(type), recovery: recovery === true };
}
