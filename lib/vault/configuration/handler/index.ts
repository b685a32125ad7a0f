import type { Run } from '../../client/attempts';
import { credentialsFromEnvironment } from '../../client/aws';
import { Mask, shown, toMessage } from '../../client/errors';
import { writeLine } from '../../client/metrics';
import { requestOf } from '../../client/request';
import type { Patience } from '../../client/retry';
import { respond, type ConfigurationEvent } from './respond';

/*
 * Custom::VaultConfiguration, behind CDK's provider framework.
 * - Create and Update are one thing: read Vault, compare, write the difference. A rollback is an Update.
 * - The physical id names the Vault (cluster/namespace): another Vault is a replacement, all else is in place, so that
 *   no Delete ever follows a mere change.
 * - `Check`, by a schedule, says what the other two would write. `Repair` writes it as well, unless a deployment goes on.
 * - An error's message goes to CloudFormation's events, everything else to the function's log; both are masked.
 */

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

const REQUEST_TIMEOUT = 10_000;
const SHORTEST_REQUEST_TIMEOUT = 1000;
const TIME_TO_ANSWER = 20_000;

const deploying = { settling: 120_000, passing: 60_000 };
/** A Delete does not wait for a Vault that starts: what is down counts as gone. */
const deleting = { starting: 0, settling: 20_000, passing: 20_000 };

/** The next one comes by itself: it waits for no Vault that is away. */
const scheduled = { starting: 0, settling: 20_000, passing: 20_000 };

const LIMITS = { Create: deploying, Update: deploying, Delete: deleting, Check: scheduled, Repair: scheduled };
const REQUESTS = ['Create', 'Update', 'Delete', 'Check', 'Repair'] as const;

/** Entry point of the function. Waits for Vault as long as the function may run, less the time to answer. */
export async function handler(event: ConfigurationEvent, context: InvocationContext): Promise<{ PhysicalResourceId: string }> {
  const mask = new Mask();
  const remaining = Math.max(0, context.getRemainingTimeInMillis() - TIME_TO_ANSWER);
  try {
    const patience: Patience = { starting: remaining, ...LIMITS[requestOf(event, REQUESTS)], pause: { first: 200, longest: 8000 }, deadline: Date.now() + remaining };
    const run: Run = {
      env: process.env,
      mask,
      patience,
      requestTimeout: Math.min(REQUEST_TIMEOUT, Math.max(SHORTEST_REQUEST_TIMEOUT, remaining)),
      log: (line) => writeLine(mask.apply(line)),
      aws: credentialsFromEnvironment(process.env, mask),
    };
    return await respond(event, run, writeLine);
  } catch (error) {
    const message = toMessage(error, mask);
    writeLine(message);
    throw shown(message);
  }
}
