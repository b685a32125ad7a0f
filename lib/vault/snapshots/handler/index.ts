import type { Run } from '../../client/attempts';
import { credentialsFromEnvironment } from '../../client/aws';
import { Mask, shown, toMessage } from '../../client/errors';
import { writeLine } from '../../client/metrics';
import type { Patience } from '../../client/retry';
import { respond } from './respond';
import type { StoredSnapshot } from './snapshot';

/*
 * Invoked by a schedule with its properties as the event. It says SnapshotsTaken when, and only when, a whole snapshot lies
 * in the bucket: an alarm on its absence covers every way to fail. What it prints and throws is masked.
 */

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

const REQUEST_TIMEOUT = 10_000;
const IDLE_TIMEOUT = 30_000;
const TIME_TO_ANSWER = 20_000;

/** A Vault between two leaders is back within seconds; one that is down is not waited for until there is no time left for the transfer. */
const waiting = { starting: 300_000, settling: 120_000, passing: 60_000 };

/** Entry point of the function. */
export async function handler(event: unknown, context: InvocationContext): Promise<StoredSnapshot> {
  const mask = new Mask();
  const remaining = Math.max(0, context.getRemainingTimeInMillis() - TIME_TO_ANSWER);
  const patience: Patience = { ...waiting, pause: { first: 200, longest: 8000 }, deadline: Date.now() + remaining };
  try {
    const run: Run = {
      env: process.env,
      mask,
      patience,
      requestTimeout: REQUEST_TIMEOUT,
      log: (line) => writeLine(mask.apply(line)),
      aws: credentialsFromEnvironment(process.env, mask),
    };
    return await respond(event, run, writeLine, { idle: IDLE_TIMEOUT });
  } catch (error) {
    const message = toMessage(error, mask);
    writeLine(message);
    throw shown(message);
  }
}
