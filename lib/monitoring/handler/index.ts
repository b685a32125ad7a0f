import { credentialsFromEnvironment } from '../../vault/client/aws';
import { Mask, shown, toMessage } from '../../vault/client/errors';
import { writeLine } from '../../vault/client/metrics';
import { decodeWatchInput } from '../watch-input';
import { watch } from './watch';

/** Milliseconds. All requests go out side by side. */
const REQUEST_TIMEOUT = 5000;

/** The next minute brings the next look. */
const ONCE = { starting: 0, settling: 0, passing: 0, pause: { first: 0, longest: 0 } };

/** Entry point of the function that a rule calls every minute. */
export async function handler(event: unknown): Promise<void> {
  const { env } = process;
  const mask = new Mask();
  try {
    const input = decodeWatchInput(event);
    await watch(
      {
        env,
        aws: credentialsFromEnvironment(env, mask),
        mask,
        patience: { ...ONCE, deadline: Date.now() + REQUEST_TIMEOUT },
        requestTimeout: REQUEST_TIMEOUT,
        log: (line) => writeLine(mask.apply(line)),
      },
      input,
    );
  } catch (error) {
    throw shown(toMessage(error, mask));
  }
}
