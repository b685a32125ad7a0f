import pRetry from 'p-retry';
import { ConfigurationError, Setback, type Awaiting } from './errors';

/** How long each kind of setback is worth waiting for, in milliseconds since it was first seen in a row. */
export interface Patience extends Readonly<Record<Awaiting, number>> {
  /** First and longest pause between two attempts, in milliseconds. */
  readonly pause: { readonly first: number; readonly longest: number };
  /** Milliseconds since the epoch after which no new attempt starts: the Lambda's own limit. */
  readonly deadline: number;
}

/**
 * Runs whole attempts until one ends: each reads Vault anew and signs anew, so that it does not matter where the one
 * before was cut off.
 * @throws the last setback's message, with how long was tried; anything else at once.
 */
export async function retrying<T>(patience: Patience, log: (line: string) => void, attempt: () => Promise<T>): Promise<T> {
  let kind: Awaiting | undefined;
  let since = 0;
  let said = '';
  const started = Date.now();
  let count = 0;
  try {
    return await pRetry(
      () => {
        count += 1;
        return attempt();
      },
      {
        retries: Number.MAX_SAFE_INTEGER,
        minTimeout: patience.pause.first,
        maxTimeout: patience.pause.longest,
        factor: 1.6,
        randomize: true,
        maxRetryTime: Math.max(0, patience.deadline - started),
        shouldRetry: ({ error }) => {
          if (!(error instanceof Setback)) return false;
          const now = Date.now();
          if (error.awaiting !== kind) [kind, since] = [error.awaiting, now];
          if (now - since >= patience[error.awaiting]) return false;
          if (error.message !== said) log(`waiting: ${error.message}`);
          said = error.message;
          return true;
        },
      },
    );
  } catch (error) {
    if (!(error instanceof Setback) || count === 1) throw error;
    const seconds = Math.round((Date.now() - started) / 1000);
    throw new ConfigurationError(`${error.message} (gave up after ${count} attempts in ${seconds} s)`);
  }
}
