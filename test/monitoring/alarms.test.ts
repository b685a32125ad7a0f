import { METRIC_NAMESPACE, METRICS, type MetricName } from '../../lib/vault/client/metrics';
import { resource, resources } from '../manifests';
import { CLUSTER, synthesizeMonitoring } from './synthesized';

interface MetricQuery {
  readonly ReturnData: boolean;
  readonly MetricStat?: { readonly Period: number; readonly Stat: string; readonly Metric: { readonly Namespace: string; readonly MetricName: string; readonly Dimensions: unknown } };
}

interface AlarmProperties {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: unknown;
  readonly Statistic?: string;
  readonly Period?: number;
  readonly Metrics?: readonly MetricQuery[];
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm: number;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: string;
  readonly AlarmActions: readonly unknown[];
  readonly OKActions: readonly unknown[];
}

const EVERY_HOURS = [1, 2, 3, 4, 6, 8, 12, 24];
const byInterval = new Map(EVERY_HOURS.map((everyHours) => [everyHours, synthesizeMonitoring({ vault: { mode: 'raft', raft: { snapshots: { everyHours } } } }).template]));
const template = byInterval.get(6) as NonNullable<ReturnType<typeof byInterval.get>>;
const alarmsOf = (of: typeof template) => resources(of, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties as unknown as AlarmProperties);
const alarm = (name: string) => resource(template, 'AWS::CloudWatch::Alarm', `Alarms${name}`).Properties as unknown as AlarmProperties;
const DIMENSIONS = [{ Name: 'Cluster', Value: CLUSTER }];

/** `5 of 5 × 60 s: SealedPods ≥ 1, no data: ignore`. */
function condition({ Statistic, MetricName, Metrics, Period, EvaluationPeriods, DatapointsToAlarm, ComparisonOperator, Threshold, TreatMissingData }: AlarmProperties): string {
  const signs: Record<string, string> = { GreaterThanOrEqualToThreshold: '≥', GreaterThanThreshold: '>', LessThanThreshold: '<' };
  const expression = Metrics?.find(({ ReturnData }) => ReturnData) as { Expression?: string } | undefined;
  const period = Period ?? Metrics?.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period;
  const what = expression?.Expression ?? `${String(Statistic)} of ${String(MetricName)}`;
  return `${DatapointsToAlarm} of ${EvaluationPeriods} × ${period} s: ${what} ${signs[ComparisonOperator]} ${Threshold}; no data: ${TreatMissingData}`;
}

test.each([
  ['VaultSealed', '5 of 5 × 60 s: Maximum of SealedPods ≥ 1; no data: ignore'],
  ['VaultUnreachablePods', '10 of 10 × 60 s: Maximum of UnreachablePods ≥ 1; no data: breaching'],
  ['VaultWithoutLeader', '3 of 3 × 60 s: Minimum of Leader < 1; no data: breaching'],
  ['GlooLoggedOut', '3 of 5 × 60 s: Maximum of GlooLoggedOut ≥ 1; no data: ignore'],
  ['GlooNotHealed', '10 of 10 × 60 s: Maximum of GlooLoginLost ≥ 1; no data: breaching'],
  ['GlooLoginsFail', '3 of 60 × 60 s: DIFF(logins) + DIFF(renewals) > 0; no data: ignore'],
  ['GlooUnreachable', '10 of 10 × 60 s: Minimum of GlooReachable < 1; no data: breaching'],
  ['VaultDrift', '1 of 1 × 3600 s: Maximum of Drift ≥ 1; no data: breaching'],
  ['SnapshotsStopped', '13 of 13 × 3600 s: Sum of SnapshotsTaken < 1; no data: breaching'],
  ['SealKeyAtRisk', '1 of 1 × 60 s: Minimum of SealKeyUsable < 1; no data: breaching'],
])('%s: %s', (name, words) => {
  expect(condition(alarm(name))).toBe(words);
});

test('there is no other one, and none of the healing where that is off', () => {
  expect(alarmsOf(template)).toHaveLength(10);
  const { template: unhealed } = synthesizeMonitoring({ gloo: { healing: false } });
  expect(alarmsOf(unhealed).map(({ AlarmName }) => AlarmName.split('-').at(-1))).not.toContain('GlooNotHealed');
  expect(alarmsOf(unhealed)).toHaveLength(9);
});

test.each([
  [{ action: 'repair', every: '5m' } as const, ['1 of 1 × 3600 s: Maximum of Drift ≥ 1; no data: breaching'], /is written again/],
  [{ action: 'report', every: '24h' } as const, ['1 of 1 × 86400 s: Maximum of Drift ≥ 1; no data: breaching'], /as somebody left it/],
  [{ action: 'off' } as const, [], /^$/],
])('VaultDrift where drift is %j', (drift, conditions, words) => {
  const { template: other } = synthesizeMonitoring({ vault: { mode: 'raft', drift } });
  const alarms = alarmsOf(other).filter(({ AlarmName }) => AlarmName.endsWith('VaultDrift'));
  expect(alarms.map(condition)).toEqual(conditions);
  expect(alarms.map(({ AlarmDescription }) => AlarmDescription).join()).toMatch(words);
});

test.each(EVERY_HOURS)('with a snapshot every %i hours, each is what CloudWatch takes', (everyHours) => {
  for (const { AlarmName, AlarmDescription, Period, Metrics, EvaluationPeriods, DatapointsToAlarm } of alarmsOf(byInterval.get(everyHours) as typeof template)) {
    const periods = Period === undefined ? (Metrics ?? []).flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Period] : [])) : [Period];
    expect(periods.length).toBeGreaterThan(0);
    for (const period of periods) {
      // Source: CloudWatch API Reference, PutMetricAlarm, Period.
      expect(period % 60).toBe(0);
      expect([AlarmName, period * EvaluationPeriods <= (period < 3600 ? 86_400 : 604_800)]).toEqual([AlarmName, true]);
    }
    expect(DatapointsToAlarm).toBeGreaterThanOrEqual(1);
    expect(DatapointsToAlarm).toBeLessThanOrEqual(EvaluationPeriods);
    expect(AlarmName.length).toBeLessThanOrEqual(255);
    expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
  }
});

test.each(EVERY_HOURS)('with a snapshot every %i hours, one may be late by an hour and one may be missing', (everyHours) => {
  const { Period, EvaluationPeriods, DatapointsToAlarm } = resource(byInterval.get(everyHours) as typeof template, 'AWS::CloudWatch::Alarm', 'AlarmsSnapshotsStopped').Properties as unknown as AlarmProperties;
  expect([(Period ?? 0) * EvaluationPeriods, DatapointsToAlarm]).toEqual([(2 * everyHours + 1) * 3600, EvaluationPeriods]);
});

test('each reads a metric that a function writes, of this cluster', () => {
  for (const { Namespace, MetricName, Dimensions, Metrics } of alarmsOf(template)) {
    const read = Metrics ? Metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])) : [{ Namespace, MetricName, Dimensions }];
    expect(read.length).toBeGreaterThan(0);
    for (const metric of read) {
      expect(metric).toMatchObject({ Namespace: METRIC_NAMESPACE, Dimensions: DIMENSIONS });
      expect(Object.keys(METRICS)).toContain(metric.MetricName);
    }
  }
});

test('each tells the topic when it begins and when it ends, and says what to do', () => {
  const topic = { Ref: resource(template, 'AWS::SNS::Topic').logicalId };
  for (const { AlarmActions, OKActions, AlarmDescription } of alarmsOf(template)) {
    expect([AlarmActions, OKActions]).toEqual([[topic], [topic]]);
    expect(AlarmDescription).toMatch(/kubectl|log of|aws kms/);
  }
});

describe('the dashboard', () => {
  const { DashboardName, DashboardBody } = resource(template, 'AWS::CloudWatch::Dashboard').Properties as { DashboardName: string; DashboardBody: unknown };
  const body = JSON.stringify(DashboardBody);

  test('has the cluster’s name', () => {
    expect(DashboardName).toBe(`${CLUSTER}-vault`);
    expect(DashboardName).toMatch(/^[\w-]{1,255}$/);
  });

  test('shows the state of every alarm', () => {
    for (const { logicalId } of resources(template, 'AWS::CloudWatch::Alarm')) expect(body).toContain(logicalId);
  });

  test.each(Object.keys(METRICS) as MetricName[])('shows %s', (name) => {
    expect(body).toContain(`\\"GlooVault\\",\\"${name}\\",\\"Cluster\\",\\"${CLUSTER}\\"`);
  });
});
