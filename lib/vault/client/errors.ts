/** Longest message that reaches CloudFormation, in bytes: it takes 4 kB, and the provider framework adds a stack. */
export const LONGEST_MESSAGE = 1700;

/** Ends the run: trying again cannot help before somebody mends something. */
export class ConfigurationError extends Error {
  override readonly name: string = 'ConfigurationError';
}

/** Vault does not let this run do something. Worth a second look: another run, or a restart, may just have changed what it may do. */
export class Forbidden extends ConfigurationError {
  override readonly name = 'Forbidden';
}

/**
 * What a setback waits for, which decides how long it is worth waiting.
 * `starting`: Vault is not up, unsealed or reachable yet. `settling`: IAM, access entries, RBAC or a fresh mount have
 * not spread yet. `passing`: a fault of the moment (a dropped connection, a throttle, a 5xx).
 */
export type Awaiting = 'starting' | 'settling' | 'passing';

/** A failure that may be gone at the next attempt. Its message already names cause and mend, should it stay. */
export class Setback extends Error {
  override readonly name = 'Setback';
  constructor(
    readonly awaiting: Awaiting,
    message: string,
  ) {
    super(message);
  }
}

/** Remembers what must never be shown and blots it out of texts. */
export class Mask {
  private readonly secrets = new Set<string>();

  add(secret: string | undefined): void {
    // Shorter ones ("root") are words that messages need, and nothing an attacker has to read.
    if (secret && secret.length >= 8) for (const form of [secret, encodeURIComponent(secret)]) this.secrets.add(form);
  }

  apply(text: string): string {
    // The longest first: one secret may begin another.
    const known = [...this.secrets].sort((a, b) => b.length - a.length);
    return known
      .reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
      .replace(/\b(hv[sbr]|[sb])\.[A-Za-z0-9_-]{20,}/g, '$1.***')
      // A JWT, each of whose parts but the last is the base64 of a JSON object.
      .replace(/\beyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?/g, 'eyJ***')
      .replace(/k8s-aws-v1\.[A-Za-z0-9_-]+/g, 'k8s-aws-v1.***')
      .replace(/((?:X-Amz-(?:Signature|Security-Token|Credential)|Credential|Signature)[=:])[^&\s",]+/gi, '$1***');
  }
}

/**
 * How a text begins that somebody else wrote, on one line and cut between two words: a secret in it is whole, so that a mask
 * finds it, or is not there at all.
 * @param longest characters.
 */
export function beginning(text: string, longest: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line.length <= longest) return line;
  return `${line.slice(0, Math.max(0, line.lastIndexOf(' ', longest)))} …`.trimStart();
}

/** One line, masked, of at most {@link LONGEST_MESSAGE} bytes. */
export function toMessage(error: unknown, mask: Mask): string {
  const text = mask.apply(error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim();
  if (Buffer.byteLength(text) <= LONGEST_MESSAGE) return text;
  return `${Buffer.from(text).subarray(0, LONGEST_MESSAGE - 6).toString('utf8').replace(/�+$/, '')} …`;
}

/** What a handler throws: only the message travels, for a stack trace says nothing to who reads events and logs of AWS. */
export function shown(message: string): Error {
  const error = new Error(message);
  error.stack = '';
  return error;
}
