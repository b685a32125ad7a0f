import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, type MetricName } from '../vault/client/metrics';

/** A metric of one cluster, as the functions write it. @param period @default - a minute */
export function metricOf(cluster: string, name: MetricName, statistic: 'Minimum' | 'Maximum' | 'Sum', period = Duration.minutes(1)): Metric {
  return new Metric({ namespace: METRIC_NAMESPACE, metricName: name, dimensionsMap: { Cluster: cluster }, statistic, period });
}
