import type { Run } from '../../client/attempts';
import type { BusEvent } from '../../client/event-bus';
import { metricLine } from '../../client/metrics';
import { tell } from '../../client/tell';
import type { VaultConfigurationProperties } from '../properties';
import { inspect, repair, type Outcome } from './drift';

/** What a rule on the bus matches, beside the source. */
const DETAIL_TYPE = 'Vault drift';

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
