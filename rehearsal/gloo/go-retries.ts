import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply } from '../http';

/** Settings of Vault's Go client. */
export interface GoRetries {
  /** `VAULT_MAX_RETRIES`. */
  readonly max: number;
  /** `VAULT_CLIENT_TIMEOUT`: seconds for all attempts together. */
  readonly timeoutSeconds: number;
  /** The process's end. @default - none */
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds, times the number of the attempt; a part of it by chance. */
const PAUSE = { least: 1000, most: 1500 };

/**
 * Sends until there is an answer that is no server's fault, as Vault's Go client does. Sources: `DefaultConfig` and
 * `DefaultRetryPolicy` of vault/api 1.8.2, `LinearJitterBackoff` of go-retryablehttp.
 * @param send one attempt, with the milliseconds that it has.
 * @throws what the last attempt threw.
 */
export async function withGoRetries({ max, timeoutSeconds, signal }: GoRetries, send: (limit: number) => Promise<Reply>): Promise<Reply> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  for (let attempt = 1; ; attempt += 1) {
    const pause = attempt * (PAUSE.least + Math.random() * (PAUSE.most - PAUSE.least));
    const last = attempt > max || signal?.aborted === true || performance.now() + pause > deadline;
    try {
      const reply = await send(Math.max(1, deadline - performance.now()));
      if (last || !isPassing(reply.status)) return reply;
    } catch (error) {
      if (last) throw error;
    }
    await sleep(pause, undefined, { signal });
  }
}

const isPassing = (status: number) => status === 412 || status === 429 || (status >= 500 && status !== 501);
