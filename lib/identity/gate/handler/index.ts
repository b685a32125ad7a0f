import { credentialsFromEnvironment } from '../../../vault/client/aws';
import { describeStack, type Stack } from '../../../vault/client/cloudformation';
import { ConfigurationError, Mask, shown, toMessage } from '../../../vault/client/errors';
import { Http } from '../../../vault/client/http';
import { writeLine } from '../../../vault/client/metrics';
import { requestOf } from '../../../vault/client/request';
import { retrying, type Patience } from '../../../vault/client/retry';
import { dropped, FIRST_GENERATION, glooNow, isRollingBack, refusal } from '../gate';
import { decodeProperties } from '../properties';

/*
 * Custom::AuthRoleGeneration, behind CDK's provider framework.
 * - An Update fails where it would take away the role that Gloo logs in by. CloudFormation deletes what is gone from a
 *   template only when every Update went well.
 * - A Create follows a template that had no gate and the guide's role alone, if any: it is the Update that brings the gate.
 * - Delete does nothing, and what takes nothing away asks nobody.
 * - A rollback is an Update too, and goes back to what Gloo had: it is never refused.
 * - It gives no physical id: the framework takes the request's, and keeps it.
 */

/** What CDK's provider framework hands over. */
export interface GateEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly StackId: string;
  readonly ResourceProperties?: unknown;
  readonly OldResourceProperties?: unknown;
}

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

const REQUEST_TIMEOUT = 10_000;
const REQUESTS = ['Create', 'Update', 'Delete'] as const;
const TIME_TO_ANSWER = 5_000;
const waiting = { starting: 0, settling: 60_000, passing: 60_000, pause: { first: 500, longest: 5000 } };

/** Entry point of the function. */
export async function handler(event: GateEvent, context: InvocationContext): Promise<void> {
  const { env } = process;
  const mask = new Mask();
  const log = (line: string) => writeLine(mask.apply(line));
  const patience: Patience = { ...waiting, deadline: Date.now() + Math.max(0, context.getRemainingTimeInMillis() - TIME_TO_ANSWER) };
  try {
    if (requestOf(event, REQUESTS) === 'Delete') return;
    const to = decodeProperties(event.ResourceProperties);
    const gone = dropped(to, event.RequestType === 'Create' ? { ...to, generations: [FIRST_GENERATION] } : decodeProperties(event.OldResourceProperties));
    if (gone.length === 0) return log('takes no generation away');
    const credentials = credentialsFromEnvironment(env, mask);
    const ask = (stack: string) => asking(patience, log, (http) => describeStack(http, credentials, stack, env));
    const fault = refusal(to, gone, glooNow(await ask(to.glooStack)));
    if (fault === undefined) return log(`Gloo of ${to.glooStack} does not log in by generation ${gone.join(' and ')}`);
    if (!isRollingBack(await ask(event.StackId))) throw new ConfigurationError(fault);
    log(`let through, for the stack goes back to what it was: ${fault}`);
  } catch (error) {
    const message = toMessage(error, mask);
    writeLine(message);
    throw shown(message);
  }
}

async function asking(patience: Patience, log: (line: string) => void, ask: (http: Http) => Promise<Stack | undefined>): Promise<Stack | undefined> {
  return retrying(patience, log, async () => {
    const http = new Http(undefined, REQUEST_TIMEOUT);
    return ask(http).finally(() => http.close());
  });
}
