import { METRIC_NAMESPACE, METRICS, metricLine } from '../../../lib/vault/client/metrics';

const NOW = new Date('2026-11-23T10:20:30.456Z');

test('a line is what CloudWatch takes as metrics, with the cluster as their one dimension', () => {
  const line = metricLine('gloo-prod', { SealedPods: 1, SnapshotBytes: 70_000 }, NOW);
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toEqual({
    _aws: {
      Timestamp: NOW.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: 'GlooVault',
          Dimensions: [['Cluster']],
          Metrics: [
            { Name: 'SealedPods', Unit: 'Count' },
            { Name: 'SnapshotBytes', Unit: 'Bytes' },
          ],
        },
      ],
    },
    Cluster: 'gloo-prod',
    SealedPods: 1,
    SnapshotBytes: 70_000,
  });
});

test('a metric that is left out is missing, not 0', () => {
  const line = JSON.parse(metricLine('gloo-prod', { Leader: 0 }, NOW)) as Record<string, unknown>;
  expect(Object.keys(line)).toEqual(['_aws', 'Cluster', 'Leader']);
  expect(line.Leader).toBe(0);
});

test('its time is now', () => {
  const before = Date.now();
  const { _aws } = JSON.parse(metricLine('gloo-prod', { Leader: 1 })) as { _aws: { Timestamp: number } };
  expect(_aws.Timestamp).toBeGreaterThanOrEqual(before);
  expect(_aws.Timestamp).toBeLessThanOrEqual(Date.now());
});

test("names and units are CloudWatch's", () => {
  for (const name of [METRIC_NAMESPACE, ...Object.keys(METRICS)]) expect(name).toMatch(/^[A-Za-z]\w{0,254}$/);
  for (const unit of Object.values(METRICS)) expect(['Count', 'Bytes']).toContain(unit);
});
