import type { Run } from '../../client/attempts';
import { toMessage } from '../../client/errors';
import { EventBus, type BusEvent } from '../../client/event-bus';
import { Http } from '../../client/http';
import { metricLine } from '../../client/metrics';
import { EVENT_SOURCE, type VaultConfigurationProperties } from '../properties';
import { inspect, repair, type Outcome } from './drift';

/** What a rule on the bus matches, beside the source. */
const DETAIL_TYPE = 'Vault drift';
/** Milliseconds: an event is not worth more. */
const EVENT_TIMEOUT = 3000;

/** A run of the schedule: each finding is a line in the log and an event, and counts in a metric. */
export async function onSchedule(run: Run, props: VaultConfigurationProperties, action: 'Check' | 'Repair', write: (line: string) => void): Promise<void> {
  const outcome = await (action === 'Repair' ? repair(run, props) : inspect(run, props));
  const { findings, unfinished } = outcome;
  for (const { object, words, repaired } of findings) run.log(`drift: ${object}: ${words}${repaired ? ' (written again)' : ''}`);
  if (unfinished !== undefined) run.log(`not compared${findings.length > 0 ? ' to the end' : ''}: ${unfinished} The next run looks again.`);
  // Without a comparison there is no number, and none is not zero.
  if (unfinished === undefined || findings.length > 0) write(metricLine(props.cluster.name, { Drift: findings.length, DriftRepaired: findings.filter(({ repaired }) => repaired).length }));
  await tell(run, eventsOf(outcome, props));
}

/** What others may know of it: keys, and no values. */
export function eventsOf({ findings }: Outcome, { cluster }: VaultConfigurationProperties): BusEvent[] {
  return findings.map(({ object, path, differences, words, repaired }) => ({
    detailType: DETAIL_TYPE,
    detail: { cluster: cluster.name, object, path, differences: differences.map(({ key }) => key), found: words, action: repaired ? 'repaired' : 'reported' },
  }));
}

async function tell(run: Run, events: readonly BusEvent[]): Promise<void> {
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
