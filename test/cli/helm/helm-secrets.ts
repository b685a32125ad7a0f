import { recordsIn, type ReleaseRecord } from '../../../cli/helm/records';

const NAMESPACES: Readonly<Record<string, string>> = { vault: 'vault', gloo: 'gloo-system' };

/** The Secret of a revision, as a list of metadata shows it. */
export function secret(release: string, revision: number, status: string, creationTimestamp = '2026-11-24T11:00:00Z') {
  const labels = { owner: 'helm', name: release, version: String(revision), status };
  return { metadata: { name: `sh.helm.release.v1.${release}.v${revision}`, namespace: NAMESPACES[release], uid: `uid-${revision}`, resourceVersion: String(100 + revision), creationTimestamp, labels } };
}

export function record(release: string, revision: number, status: string, creationTimestamp?: string): ReleaseRecord {
  const [found] = recordsIn({ items: [secret(release, revision, status, creationTimestamp)] }, { name: release, namespace: NAMESPACES[release] ?? '' });
  if (!found) throw new Error('no record');
  return found;
}
