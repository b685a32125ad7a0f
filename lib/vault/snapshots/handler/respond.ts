import type { Run } from '../../client/attempts';
import { metricLine } from '../../client/metrics';
import { decodeProperties } from '../properties';
import { takeSnapshot, type Limits, type StoredSnapshot } from './snapshot';

/**
 * Takes the snapshot that an event asks for, and counts it once it is stored.
 * @param write gets metrics, which stand alone on a line.
 */
export async function respond(event: unknown, run: Run, write: (line: string) => void, limits: Limits): Promise<StoredSnapshot> {
  const props = decodeProperties(event);
  const stored = await takeSnapshot(run, props, limits);
  run.log(`stored ${stored.key} (${stored.bytes} bytes)`);
  write(metricLine(props.cluster.name, { SnapshotsTaken: 1, SnapshotBytes: stored.bytes }));
  return stored;
}
