/**
 * What a fault does. `list`: Gloo's whole list fails or its client crashes, and Gloo has no secret of Vault's at all.
 * `secret`: this one can't be used. `warning`: it can, for now or not as somebody may think.
 */
export type Effect = 'list' | 'secret' | 'warning';

/** A fault in a secret's content. Never with a value that is secret. */
export interface Fault {
  readonly effect: Effect;
  /** One sentence without its full stop. */
  readonly what: string;
  /** What to do, a command where there is one. */
  readonly mend: string;
}

/** A fault, and whose. */
export interface Finding extends Fault {
  /** `<namespace>/<name>`. */
  readonly secret: string;
}

/** Whether Gloo, or somebody who refers to the secret, is failed by it. */
export const isMalformed = ({ effect }: Fault): boolean => effect !== 'warning';
