import { isMapping } from '../../lib/environment/fields';
import type { Environment } from '../../lib/environment/environment';
import { GLOO_RELEASE } from '../../lib/gloo/helm-values';
import { VAULT_RELEASE } from '../../lib/vault/addresses';
import type { KubeObject } from '../doctor/kube';

/** A release of Helm's that a deployment installs. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
}

/** What Helm keeps of one revision of a release: a Secret, whose labels say how it stands. */
export interface ReleaseRecord {
  readonly release: Release;
  readonly revision: number;
  /** `deployed`, `superseded`, `failed`, `pending-upgrade`, … */
  readonly status: string;
  /** Name of the Secret, `sh.helm.release.v1.gloo.v4`. */
  readonly secret: string;
  /** By which the Secret is removed as it was seen, or not at all. */
  readonly preconditions: { readonly uid: string; readonly resourceVersion: string };
  /** When it was written last. */
  readonly changedAt: Date;
}

/** A release that Helm refuses to touch until a record of it is gone. */
export interface Stuck {
  readonly record: ReleaseRecord;
  /** What Helm goes on from once that is gone; undefined where there is none, and it installs. */
  readonly before?: ReleaseRecord;
}

/**
 * What Helm leaves of a release when it is killed. With the first three it says that another operation is in progress, with the
 * last that there is no deployed release. Tried with Helm 3.16.4 and 4.1.4.
 */
const STUCK: readonly string[] = ['pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalling'];

/** Milliseconds after which whatever wrote a record is over: the limit of the kubectl function, which runs Helm. */
export const LONGEST_RUN = 15 * 60_000;

/** The releases of an environment, in the order in which they are installed. */
export function releasesOf({ vault, gloo }: Pick<Environment, 'vault' | 'gloo'>): readonly Release[] {
  return [{ name: VAULT_RELEASE, namespace: vault.namespace }, { name: GLOO_RELEASE, namespace: gloo.namespace }];
}

/** Path of a list of a release's records. */
export function recordsPath({ name, namespace }: Release): string {
  return `/api/v1/namespaces/${namespace}/secrets?labelSelector=${encodeURIComponent(`owner=helm,name=${name}`)}`;
}

/** The records of a list, latest revision first. @throws for one without the labels that Helm gives it. */
export function recordsIn(list: KubeObject | undefined, release: Release): readonly ReleaseRecord[] {
  const items = Array.isArray(list?.items) ? list.items.filter(isMapping) : [];
  return items.map((item) => recordOf(item, release)).sort((a, b) => b.revision - a.revision);
}

function recordOf({ metadata }: KubeObject, release: Release): ReleaseRecord {
  const { name, uid, resourceVersion, creationTimestamp, labels = {}, managedFields = [] } = (metadata ?? {}) as {
    readonly name?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly time?: string }[];
  };
  const { status, version } = labels;
  if (name === undefined || uid === undefined || resourceVersion === undefined || status === undefined || !/^\d+$/.test(version ?? '')) {
    throw new Error(`The Secret ${release.namespace}/${name ?? '(no name)'} has the labels of a release and not those of one of its revisions (status, version).`);
  }
  // Helm's own label modifiedAt keeps an older time when a release is uninstalled.
  const times = [creationTimestamp, ...managedFields.map(({ time }) => time)].map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time));
  return { release, revision: Number(version), status, secret: name, preconditions: { uid, resourceVersion }, changedAt: new Date(Math.max(...times)) };
}

/** Whether a release is stuck: its latest record decides, older ones stop nothing. @param records latest first. */
export function stuckIn([latest, before]: readonly ReleaseRecord[]): Stuck | undefined {
  if (!latest || !STUCK.includes(latest.status)) return undefined;
  return { record: latest, ...(before ? { before } : {}) };
}

/** Whether what wrote a record may still be at it. */
export function mayRun({ changedAt }: ReleaseRecord, now: Date): boolean {
  return now.getTime() - changedAt.getTime() < LONGEST_RUN;
}

/** `gloo-system/gloo, revision 4, pending-upgrade for 32 minutes`. */
export function shown({ release, revision, status, changedAt }: ReleaseRecord, now: Date): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - changedAt.getTime()) / 60_000));
  return `${release.namespace}/${release.name}, revision ${revision}, ${status} for ${minutes} minute${minutes === 1 ? '' : 's'}`;
}
