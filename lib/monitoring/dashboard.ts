import { Duration } from 'aws-cdk-lib';
import { AlarmStatusWidget, Dashboard, GraphWidget, type Alarm, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { MetricName } from '../vault/client/metrics';
import { metricOf } from './metric';

export interface VaultDashboardProps {
  readonly clusterName: string;
  readonly alarms: readonly Alarm[];
}

const WIDTH = 24;
const HOUR = Duration.hours(1);

/** One dashboard: the alarms' states, and every metric that the functions write. */
export class VaultDashboard extends Construct {
  constructor(scope: Construct, id: string, { clusterName, alarms }: VaultDashboardProps) {
    super(scope, id);
    const most = (name: MetricName, period?: Duration) => metricOf(clusterName, name, 'Maximum', period);
    const least = (name: MetricName) => metricOf(clusterName, name, 'Minimum');
    const graph = (title: string, left: GraphMetrics, right?: GraphMetrics): IWidget =>
      new GraphWidget({ title, width: WIDTH / 3, left: [...left], right: [...(right ?? [])], leftYAxis: { min: 0 }, ...(right ? { rightYAxis: { min: 0 } } : {}) });
    new Dashboard(this, 'Dashboard', {
      // A cluster may have a dashboard of its own.
      dashboardName: `${clusterName}-vault`,
      widgets: [
        [new AlarmStatusWidget({ title: `Vault and Gloo of ${clusterName}`, alarms: [...alarms], width: WIDTH })],
        [
          graph("Vault's pods", [most('SealedPods'), most('UnreachablePods')]),
          graph('Leader and key of the seal (1: well)', [least('Leader'), least('SealKeyUsable')]),
          graph('Drift, and what of it was repaired', [most('Drift', HOUR), most('DriftRepaired', HOUR)]),
        ],
        [
          graph('Gloo', [least('GlooReachable'), most('GlooLoggedOut'), most('GlooLoginLost')], [metricOf(clusterName, 'GlooRestarted', 'Sum')]),
          graph('Failures of Gloo since its start', [most('GlooLoginFailures'), most('GlooRenewalFailures')]),
          graph('Snapshots', [metricOf(clusterName, 'SnapshotsTaken', 'Sum', HOUR)], [most('SnapshotBytes', HOUR)]),
        ],
      ],
    });
  }
}

type GraphMetrics = readonly ReturnType<typeof metricOf>[];
