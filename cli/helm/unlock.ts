import { ConfigurationError } from '../../lib/vault/client/errors';
import type { Kube } from '../doctor/kube';
import { mayRun, recordsIn, recordsPath, shown, stuckIn, type Release, type ReleaseRecord, type Stuck } from './records';

/** How a release stands: stuck, or with its latest record, or not installed. */
export interface Standing {
  readonly release: Release;
  readonly latest?: ReleaseRecord;
  readonly stuck?: Stuck;
}

/** Reads how releases stand, by the labels of Helm's Secrets: what they hold stays where it is. */
export async function standings(kube: Kube, releases: readonly Release[]): Promise<readonly Standing[]> {
  return Promise.all(
    releases.map(async (release) => {
      const records = recordsIn(await kube.metadata(recordsPath(release)), release);
      const [latest, stuck] = [records[0], stuckIn(records)];
      return { release, ...(latest ? { latest } : {}), ...(stuck ? { stuck } : {}) };
    }),
  );
}

/** @throws ConfigurationError where whatever left a release so may still be at it. */
export function refuseRunning(stuck: readonly Stuck[], now: Date): void {
  const running = stuck.filter(({ record }) => mayRun(record, now)).map(({ record }) => shown(record, now));
  if (running.length === 0) return;
  throw new ConfigurationError(
    `${running.join('; ')}: the kubectl function has 15 minutes and may still be at it, and what it installs without its record is lost to Helm. ` +
      'Wait for the deployment to end; if it surely has, give --now.',
  );
}

/** What is going to happen to one that is stuck, for a person to agree to. */
export function announced({ record, before }: Stuck, now: Date): string {
  const after = before ? `Helm goes on from revision ${before.revision}, ${before.status}` : 'Helm installs it anew, and takes over what is there of it';
  return `${shown(record, now)}: removes the Secret ${record.release.namespace}/${record.secret}, and nothing else. ${after}.`;
}

/**
 * Removes the record that a killed Helm left: what it was about to install is what the next deployment installs.
 * @returns false where somebody else has removed it.
 * @throws ConfigurationError where the record has changed since it was read: somebody is at it.
 */
export async function removeRecord(kube: Kube, { release, secret, preconditions }: ReleaseRecord): Promise<boolean> {
  const removed = await kube.delete(`/api/v1/namespaces/${release.namespace}/secrets/${secret}`, preconditions);
  if (removed !== 'changed') return removed === 'gone';
  throw new ConfigurationError(`The Secret ${release.namespace}/${secret} was written by somebody just now, so a deployment is under way. Nothing was removed; look again when it has ended: npx gloo-vault doctor`);
}
