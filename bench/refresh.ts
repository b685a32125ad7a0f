/**
 * What Gloo's way of listing means for those who wait for a secret, from the seconds that one list takes. Read in Gloo
 * 1.22.1 and the solo-kit 0.41.0 that it has: `settings.refreshRate` in the chart's `18-settings.yaml`, `Watch` of
 * solo-kit's Vault client and of Gloo's `MultiSecretResourceClient`, `Snapshots` of `api_snapshot_emitter.sk.go`.
 */

/** `settings.refreshRate`, which the chart sets and no value changes: from a list's end to the next one's begin. */
export const REFRESH_SECONDS = 60;

/** How often a list that has changed is handed on to what makes the proxies' configuration. */
const SYNC_SECONDS = 1;

/** Seconds after which a changed secret is handed on, at most: it was changed when a list had just read it. */
export function changeIsSeen(listSeconds: number): number {
  return listSeconds + REFRESH_SECONDS + listSeconds + SYNC_SECONDS;
}

/** Seconds from a starting Gloo's login to its first secrets: the emitter lists, and the watch that it opens lists again. */
export function firstSecrets(listSeconds: number): number {
  return listSeconds + listSeconds;
}
