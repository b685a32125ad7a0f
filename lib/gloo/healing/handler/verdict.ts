import type { GlooSession } from '../../gloo-session';
import { VAULT_CLIENT } from '../../vault-client';

/**
 * What a session's metrics say of its login to Vault.
 * `starting`: it has not logged in yet, and ends by itself if it cannot. `ended`: it does not try any more. `doubtful`: it
 * has failed, and may still be trying, for so many seconds at most once a login works again.
 */
export type Verdict = { readonly kind: 'well' | 'starting' | 'ended' } | { readonly kind: 'doubtful'; readonly seconds: number };

/** Seconds between Gloo's tries to log in, at the longest: `NewRemoteTokenAuth` in its auth.go. */
const LONGEST_PAUSE = 2;
/** Times have no fractions, the clocks of two machines differ, and STS is asked as well. */
const SLACK = 30;
/** The most by which a pause of Vault's Go client grows with each attempt, in seconds: `LinearJitterBackoff`. */
const PAUSE_GROWTH = 1.5;

/**
 * No metric says that Gloo's renewal has ended, only silence does: it tries three times and then never again (`renewal.go`).
 * @param now seconds since the epoch.
 */
export function verdictOn({ loggedOut, logins, renewals, lastEvent }: GlooSession, now: number): Verdict {
  if (!loggedOut) return { kind: 'well' };
  if (logins + renewals === 0) return { kind: 'starting' };
  const silence = Math.max(0, now - lastEvent);
  // One try lasts as long as the client's time-out, whatever it tries by itself within.
  if (silence > VAULT_CLIENT.timeoutSeconds + LONGEST_PAUSE + SLACK) return { kind: 'ended' };
  // The n-th pause within a try is n seconds or more, so there were n of them at most, and the next may be the longest.
  const pauses = Math.floor((Math.sqrt(1 + 8 * silence) - 1) / 2);
  return { kind: 'doubtful', seconds: 1 + Math.ceil(Math.max(LONGEST_PAUSE, PAUSE_GROWTH * (pauses + 1))) };
}

/** Whether it is the same process, which has done nothing in between. */
export const isUnchanged = (before: GlooSession, after: GlooSession): boolean => (Object.keys(before) as (keyof GlooSession)[]).every((key) => before[key] === after[key]);

/** A Service's proxy reaches one of its pods by chance. This is how often that one is missed which has to be found. */
const MISSED = 0.05;
const MOST_LOOKS = 12;

/**
 * How many looks find one pod out of so many: each by itself would need `get` on the proxy of every pod of the namespace,
 * whose names nobody knows beforehand. What is missed is looked for again a minute later.
 */
export function looksFor(replicas: number): number {
  return replicas <= 1 ? 1 : Math.min(MOST_LOOKS, Math.ceil(Math.log(MISSED) / Math.log(1 - 1 / replicas)));
}
