import { createHash } from 'node:crypto';
import type { WantedConfiguration } from '../wanted';

/*
 * A deployment's mark: a path of the provisioner's policy that allows nothing and says whose configuration Vault holds.
 * Every run reads and writes that policy before all else, so a mark needs no right and no object of its own. A deployment
 * writes it before anything else that differs. A schedule has the properties of the last deployment that came to its end:
 * where another mark stands, one goes on or was cut off, and the schedule writes nothing.
 */

const DIGITS = 12;
const MARK = new RegExp(`\\bdeployment/([0-9a-f]{${DIGITS}})\\b`, 'g');

/** Digest of all that says what Vault shall hold: the same for the template, the function and a checkout. */
export function deploymentDigest(wanted: WantedConfiguration): string {
  const text = JSON.stringify(wanted, (key, value: unknown) => (LEFT_OUT.has(key) ? undefined : sorted(value)));
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
}

/** The way to Vault and to its keys, which only a deployed stack knows. */
const LEFT_OUT = new Set(['cluster', 'secretArn']);

/** The path by which a policy says it. */
export const markPath = (digest: string) => `deployment/${digest}`;

/** Digests that the text of a policy has, be it JSON or HCL. */
export function marksIn(policy: unknown): readonly string[] {
  return typeof policy === 'string' ? [...new Set([...policy.matchAll(MARK)].map(([, digest = '']) => digest))] : [];
}

/**
 * What a schedule does, by the marks that it finds: `repair`, also where there is none, for a Vault that was restarted or
 * whose policy was removed has lost it; or `leave`.
 */
export function scheduleMay(own: string, found: readonly string[]): 'repair' | 'leave' {
  return found.every((mark) => mark === own) ? 'repair' : 'leave';
}

/**
 * What a deployment does that has written its mark and looks again. `again`: its mark is gone, or a schedule that was half-way
 * through has put the earlier one back, so it marks and compares anew. `give way`: a later deployment has begun.
 * @param previous digest of the configuration before it, which a schedule still has.
 */
export function deploymentMay(own: string, previous: string | undefined, found: readonly string[]): 'go on' | 'again' | 'give way' {
  if (found.includes(own)) return found.length === 1 ? 'go on' : 'again';
  return found.every((mark) => mark === previous) ? 'again' : 'give way';
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
