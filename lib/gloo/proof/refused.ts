import { ConfigurationError, Setback, type Awaiting } from '../../vault/client/errors';
import type { LoginToProve } from './properties';

/** What Gloo does on its way to its secrets, in its order; the revocation is the proof's own. */
export type HopName = 'service account token' | 'web identity' | 'login' | 'renewal' | 'list' | 'capabilities' | 'revocation';

/** A hop that did not come off: what was answered, and the mend. */
export class Refused extends Error {
  override readonly name = 'Refused';
  /** @param awaiting what may be over at the next attempt. @default - nothing: somebody has to mend it */
  constructor(
    readonly said: string,
    readonly mend: string,
    readonly awaiting?: Awaiting,
  ) {
    super(`${said}. ${mend}`);
  }
}

/** A hop of Gloo's login that fails until somebody mends something. */
export class HopFailure extends ConfigurationError {
  override readonly name = 'HopFailure';
  constructor(
    readonly hop: HopName,
    login: LoginToProve,
    readonly said: string,
    readonly mend: string,
  ) {
    super(sentence(hop, login, `${said}. ${mend}`));
  }
}

/** A hop of Gloo's login that may come off at the next attempt. */
export class HopSetback extends Setback {
  constructor(
    readonly hop: HopName,
    login: LoginToProve,
    awaiting: Awaiting,
    readonly said: string,
    /** Left out where `said` has it. */
    readonly mend?: string,
  ) {
    super(awaiting, sentence(hop, login, mend === undefined ? said : `${said}. ${mend}`));
  }
}

/** The failure of a hop, with its name. What is no answer of somebody's stays as it is. */
export function atHop(hop: HopName, login: LoginToProve, error: unknown): unknown {
  if (error instanceof Refused) {
    return error.awaiting === undefined ? new HopFailure(hop, login, error.said, error.mend) : new HopSetback(hop, login, error.awaiting, error.said, error.mend);
  }
  return error instanceof Setback ? new HopSetback(hop, login, error.awaiting, error.message) : error;
}

const sentence = (hop: HopName, { namespace, serviceAccount }: LoginToProve, words: string) => `Gloo cannot log in to Vault as ${namespace}/${serviceAccount}, at the hop "${hop}": ${words}`;
