import { z } from 'zod';
import { METRIC_NAMESPACE } from '../../lib/vault/client/metrics';
import type { Invocation } from '../lambda/invoke';
import { demand, demandEqual, type Step } from './step';

const stored = z.object({ bucket: z.string(), key: z.string(), versionId: z.string(), bytes: z.number() });

/** The schedule of the snapshots, set off by hand with its own rule's input. */
export const snapshotStep: Step = {
    title: 'A snapshot is stored',
    run: async (stage) => {
      const ended = await stage.world.runSchedule('SnapshotsSchedule');
      demand(!ended.error, `The snapshot function failed: ${ended.error?.message ?? ''}`);
      const snapshot = stored.parse(ended.result);
      stage.snapshot = snapshot;
      demandEqual('Snapshots that its metric counts', metricsOf(ended).SnapshotsTaken, 1);
      return { beyond: `${snapshot.bytes} bytes in S3, in a version of their own, by a function that may read nothing else in Vault` };
    },
};

/** What the schedule of the watch does, in the same manner. */
export const scheduleSteps: readonly Step[] = [
  {
    title: 'The watch sees Vault',
    run: async ({ world }) => {
      const ended = await world.runSchedule('WatchEveryMinute');
      demand(!ended.error, `The watch failed: ${ended.error?.message ?? ''}`);
      const { SealedPods, UnreachablePods, Leader, SealKeyUsable } = metricsOf(ended);
      demandEqual('Sealed pods, unreachable pods, leader, usable key', [SealedPods, UnreachablePods, Leader, SealKeyUsable], [0, 0, 1, 1]);
      return { beyond: 'no pod sealed or unreachable, a leader, a usable key; by a function without any token of Vault’s' };
    },
  },
];

/** The one line of metrics in a function's log, in the form that CloudWatch reads. */
export function metricsOf({ log }: Invocation): Readonly<Record<string, unknown>> {
  const lines = log.filter((line) => line.startsWith('{"_aws"'));
  demandEqual('Lines of metrics in the log', lines.length, 1);
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  const { CloudWatchMetrics } = line._aws as { CloudWatchMetrics: readonly { Namespace: string }[] };
  demandEqual('Their namespace', CloudWatchMetrics.map(({ Namespace }) => Namespace), [METRIC_NAMESPACE]);
  return line;
}
