import { parseDuration } from './duration';
import type { Check } from './fields';
import { joinOr } from './words';

const reservedMounts = ['sys', 'auth', 'identity', 'cubbyhole', 'audit'];

/** An environment's name, which is a stage's. */
export const environmentName: Check = (value) =>
  /^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(value)
    ? undefined
    : "is not an environment's name; allowed: letters, digits and '-', a letter first, at most 64.";

/** A namespace of its own for Vault or Gloo. */
export const namespace: Check = (value) => {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value)) {
    return "is not a namespace; allowed: lower-case letters, digits and '-' inside, at most 63.";
  }
  return value === 'default' || value.startsWith('kube-') ? 'belongs to Kubernetes; choose a namespace of its own.' : undefined;
};

/**
 * A path that passes the API server's proxy unchanged and means in a Vault policy what it says:
 * the proxy decodes `%2F` and collapses `//` and `..`, and policies read `*` and `+` as wildcards.
 */
const vaultPath: Check = (value) => {
  const allowed = "allowed: segments of letters, digits, '-', '_' and '.', with single slashes between them.";
  const reasons: readonly (readonly [RegExp, string])[] = [
    [/^$/, 'is empty'],
    [/[\s\p{C}]/u, 'holds white space or control characters'],
    [/^\//, 'begins with a slash'],
    [/\/$/, 'ends in a slash'],
    [/\/\//, "holds '//'"],
    [/%/, "holds '%'"],
    [/(^|\/)\.{1,2}(\/|$)|\.\./, "holds '.' or '..' as a segment"],
    [/[^\w./-]/, 'holds a character with a meaning of its own in URLs or policies'],
  ];
  const reason = reasons.find(([pattern]) => pattern.test(value))?.[1];
  if (reason !== undefined) return `${reason}; ${allowed}`;
  return value.length > 128 ? `has ${value.length} characters; allowed: 128.` : undefined;
};

/** Where an auth method is mounted, below `auth/`. */
export const authMount: Check = (value) => vaultPath(value) ?? reservedMount(value, [...reservedMounts, 'token']);

/** Where the KV engine is mounted. A dev-mode Vault has one at `secret` from the start. */
export const kvMount: Check = (value) => {
  const fault = vaultPath(value) ?? reservedMount(value, reservedMounts);
  if (fault !== undefined) return fault;
  return value.startsWith('secret/')
    ? "lies under the mount 'secret' that a dev-mode Vault has already; choose a path outside it."
    : undefined;
};

/** A policy's name. Vault stores it in lower case and has three of its own. */
export const policyName: Check = (value) => {
  const fault = vaultPath(value);
  if (fault !== undefined) return fault;
  if (value.includes('/')) return 'holds a slash; allowed: one segment.';
  if (value !== value.toLowerCase()) return `has capitals, which Vault does not keep; write "${value.toLowerCase()}".`;
  return ['root', 'default', 'response-wrapping', 'control-group'].includes(value)
    ? "is a policy of Vault's own; choose another name."
    : undefined;
};

/** The server-ID header's value, which a login signs. */
export const serverIdHeader: Check = (value) =>
  /^[\x21-\x7e]{1,255}$/.test(value)
    ? undefined
    : 'is not a header value that a signature survives; allowed: 1 to 255 printable ASCII characters without white space, such as vault.gloo.example.com.';

/** The name by which other clusters reach a shared Vault. */
export const hostname: Check = (value) => {
  if (value.length > 253 || !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/.test(value) || /\.\d+$/.test(value)) {
    return 'is not a host name; allowed: lower-case letters, digits and \'-\', with a dot inside, such as vault.internal.example.com.';
  }
  return /\.(svc|local|amazonaws\.com|amazonaws\.com\.cn)$/.test(value)
    ? 'is a name that AWS or a cluster gives; choose one of a zone of yours, such as vault.internal.example.com.'
    : undefined;
};

/** How long a session of Gloo's lasts: from a minute to Vault's own maximum. */
export const sessionLength: Check = (value) => {
  const seconds = parseDuration(value);
  if (seconds === undefined) {
    return /^\d+$/.test(value) ? `has no unit; write "${value}s" or "${value}m".` : 'is not a duration; allowed: 15m, 1h30m, 900s and the like.';
  }
  if (seconds < 60) return 'is under a minute, too short to log in and renew; allowed: 1m to 768h.';
  return seconds > 768 * 3_600 ? "is over Vault's own maximum; allowed: 1m to 768h." : undefined;
};

/** How often Vault is compared with its configuration. A rule of EventBridge counts in whole minutes. */
export const driftInterval: Check = (value) => {
  const seconds = parseDuration(value);
  if (seconds === undefined) {
    return /^\d+$/.test(value) ? `has no unit; write "${value}m".` : 'is not a duration; allowed: 1m to 24h, such as 5m or 1h30m.';
  }
  if (seconds < 60 || seconds > 86_400) return `is ${seconds < 60 ? 'under a minute' : 'over a day'}; allowed: 1m to 24h.`;
  return seconds % 60 === 0 ? undefined : `is ${seconds} seconds, and EventBridge counts in whole minutes; allowed: 1m to 24h.`;
};

/** A chart's version. */
export const chartVersion: Check = (value) =>
  /^\d+\.\d+\.\d+$/.test(value) ? undefined : 'is not a chart version; allowed: three numbers in full, such as 0.34.1.';

/** A tag's key. */
export const tagKey: Check = (value) => {
  if (/^aws:/i.test(value)) return 'begins with aws:, which AWS keeps for itself; choose another key.';
  return /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(value) ? undefined : `is not a tag key; ${tagAlphabet}, 1 to 128 of them.`;
};

/** A tag's value. */
export const tagValue: Check = (value) =>
  /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value) ? undefined : `is not a tag value; ${tagAlphabet}, at most 256.`;

const tagAlphabet = "allowed: letters, digits, spaces and '_.:/=+-@'";

function reservedMount(value: string, reserved: readonly string[]): string | undefined {
  return reserved.includes(value.split('/')[0] ?? '')
    ? `is a path that Vault keeps for itself (${joinOr(reserved)}); choose another.`
    : undefined;
}
