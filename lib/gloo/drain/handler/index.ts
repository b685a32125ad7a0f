import type { Run } from '../../../vault/client/attempts';
import { credentialsFromEnvironment } from '../../../vault/client/aws';
import { Mask, shown, toMessage } from '../../../vault/client/errors';
import { writeLine } from '../../../vault/client/metrics';
import { requestOf } from '../../../vault/client/request';
import type { Patience } from '../../../vault/client/retry';
import { drain } from '../drain';
import { readProperties } from '../properties';

/*
 * Custom::LoadBalancerDrain, behind CDK's provider framework.
 * - Create and Update do nothing: what counts is where it stands in the order, between Gloo's chart and its namespace.
 * - Delete waits. It reads and changes nothing, so that whatever it is asked for by mistake does no harm.
 * - It gives no physical id: the framework takes the request's, and keeps it.
 */

/** What CDK's provider framework hands over. */
export interface DrainEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly StackId: string;
  readonly ResourceProperties?: unknown;
}

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

const REQUEST_TIMEOUT = 10_000;
const REQUESTS = ['Create', 'Update', 'Delete'] as const;
const TIME_TO_ANSWER = 20_000;

/** A Service that nobody deletes gets a minute, for helm may have been cut off, and a silent cluster as much. */
const waiting = { settling: 20_000, passing: 60_000 };

/** Entry point of the function. Waits for load balancers on their way out as long as the function may run, less the time to answer. */
export async function handler(event: DrainEvent, context: InvocationContext): Promise<void> {
  const { env } = process;
  const mask = new Mask();
  const log = (line: string) => writeLine(mask.apply(line));
  const remaining = Math.max(0, context.getRemainingTimeInMillis() - TIME_TO_ANSWER);
  const patience: Patience = { ...waiting, starting: remaining, pause: { first: 500, longest: 5000 }, deadline: Date.now() + remaining };
  try {
    if (requestOf(event, REQUESTS) !== 'Delete') return;
    const properties = readProperties(event.ResourceProperties);
    if (properties === undefined) return log('waited for no load balancer: the properties, of another version, name no Services');
    const run: Run = { env, mask, patience, requestTimeout: REQUEST_TIMEOUT, log, aws: credentialsFromEnvironment(env, mask) };
    await drain(run, event.StackId, properties);
  } catch (error) {
    const message = toMessage(error, mask);
    writeLine(message);
    throw shown(message);
  }
}
