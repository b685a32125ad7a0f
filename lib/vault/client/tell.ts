import type { Run } from './attempts';
import { toMessage } from './errors';
import { EventBus, type BusEvent } from './event-bus';
import { Http } from './http';

/** What the functions' events on EventBridge say they come from. IAM lets them say nothing else. */
export const EVENT_SOURCE = 'gloo-vault-irsa';

/** Milliseconds: an event is not worth more. */
const EVENT_TIMEOUT = 3000;

/** Tells EventBridge what happened; what does not reach it is a line in the log, and fails nothing. */
export async function tell(run: Run, events: readonly BusEvent[]): Promise<void> {
  if (events.length === 0) return;
  const http = new Http(undefined, EVENT_TIMEOUT);
  try {
    const masked = JSON.parse(run.mask.apply(JSON.stringify(events))) as BusEvent[];
    const { taken, refusals } = await new EventBus(http, run.aws, EVENT_SOURCE, run.env).publish(masked);
    if (taken < events.length) run.log(`${events.length - taken} of ${events.length} events did not reach EventBridge: ${refusals.join('; ')}. What they say stands above. The function needs events:PutEvents on the default bus, and in a VPC a way to it.`);
  } catch (error) {
    run.log(`no event reached EventBridge: ${toMessage(error, run.mask)}`);
  } finally {
    http.close();
  }
}
