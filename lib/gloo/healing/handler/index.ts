import { setTimeout as sleep } from 'node:timers/promises';
import { credentialsFromEnvironment } from '../../../vault/client/aws';
import { Mask, shown, toMessage } from '../../../vault/client/errors';
import { writeLine } from '../../../vault/client/metrics';
import { decodeHealingInput } from '../input';
import { heal } from './heal';

/** Milliseconds. */
const REQUEST_TIMEOUT = 10_000;

/** The next minute brings the next look. */
const ONCE = { starting: 0, settling: 0, passing: 0, pause: { first: 0, longest: 0 } };

/** Entry point of the function that a rule calls every minute. */
export async function handler(event: unknown): Promise<void> {
  const { env } = process;
  const mask = new Mask();
  try {
    const input = decodeHealingInput(event);
    await heal(
      {
        env,
        aws: credentialsFromEnvironment(env, mask),
        mask,
        patience: { ...ONCE, deadline: Date.now() + REQUEST_TIMEOUT },
        requestTimeout: REQUEST_TIMEOUT,
        log: (line) => writeLine(mask.apply(line)),
      },
      input,
      { now: () => Date.now(), sleep },
    );
  } catch (error) {
    throw shown(toMessage(error, mask));
  }
}
