import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, MathExpression, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Environment, Raft } from '../environment/environment';
import { metricOf } from './metric';

export interface VaultAlarmsProps {
  readonly clusterName: string;
  readonly vault: Pick<Environment['vault'], 'namespace' | 'drift'>;
  readonly gloo: Pick<Environment['gloo'], 'namespace' | 'healing'>;
  readonly snapshots: Pick<Raft['snapshots'], 'everyHours'>;
  /** Told of every alarm that begins or ends. */
  readonly topic: ITopic;
}

/** What every alarm's name begins with. */
export const alarmPrefix = (clusterName: string) => `${clusterName}-vault-`;

interface Condition {
  readonly metric: IMetric;
  readonly is: 'at least' | 'more than' | 'less than';
  readonly threshold: number;
  /** Periods that count, and how many of them have to be so. @default - all of them */
  readonly of: number;
  readonly times?: number;
  /** `alarm`: no data is as bad. `keep`: the alarm stays as it is, for another one tells of missing data. */
  readonly missing: 'alarm' | 'keep';
  /** What it means and what to do. */
  readonly description: string;
}

const comparison = {
  'at least': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  'more than': ComparisonOperator.GREATER_THAN_THRESHOLD,
  'less than': ComparisonOperator.LESS_THAN_THRESHOLD,
};

/** Without data the watch function is at fault, which its alarms then say. */
const OR_UNWATCHED = 'No data means that the watch function fails: its log says why.';

/** The alarms of a Vault with replicas, its seal's key, its snapshots and Gloo's logins. */
export class VaultAlarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: VaultAlarmsProps) {
    super(scope, id);
    const action = new SnsAction(props.topic);
    this.all = Object.entries(conditions(props)).map(([name, { metric, is, threshold, of, times, missing, description }]) => {
      const alarm = new Alarm(this, name, {
        alarmName: `${alarmPrefix(props.clusterName)}${name}`,
        alarmDescription: description,
        metric,
        comparisonOperator: comparison[is],
        threshold,
        evaluationPeriods: of,
        datapointsToAlarm: times ?? of,
        treatMissingData: missing === 'alarm' ? TreatMissingData.BREACHING : TreatMissingData.IGNORE,
      });
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
      return alarm;
    });
  }
}

function conditions({ clusterName, vault, gloo, snapshots }: VaultAlarmsProps): Record<string, Condition> {
  const most = (name: Parameters<typeof metricOf>[1], period?: Duration) => metricOf(clusterName, name, 'Maximum', period);
  const least = (name: Parameters<typeof metricOf>[1]) => metricOf(clusterName, name, 'Minimum');
  const pods = `kubectl get pods -n ${vault.namespace}`;
  return {
    VaultSealed: {
      metric: most('SealedPods'),
      is: 'at least',
      threshold: 1,
      of: 5,
      missing: 'keep',
      description:
        'A pod of Vault has been sealed or uninitialised for 5 minutes: it came up and KMS did not decrypt for it. ' +
        `Its log has KMS's answer (kubectl logs -n ${vault.namespace} vault-0, and so on); check the seal's key, the policy of Vault's server role and the node's way to KMS.`,
    },
    VaultUnreachablePods: {
      metric: most('UnreachablePods'),
      is: 'at least',
      threshold: 1,
      // A pod that moves takes its volume along.
      of: 10,
      missing: 'alarm',
      description: `A pod of Vault has not answered for 10 minutes, longer than a move to another node takes: the loss of another one may stop Vault. See ${pods} -o wide and kubectl describe pod. ${OR_UNWATCHED}`,
    },
    VaultWithoutLeader: {
      metric: least('Leader'),
      is: 'less than',
      threshold: 1,
      of: 3,
      missing: 'alarm',
      description: `No leader of Vault has answered for 3 minutes: nobody logs in or reads a secret. See ${pods}; a majority of the pods has to be up and unsealed. ${OR_UNWATCHED}`,
    },
    GlooLoggedOut: {
      metric: most('GlooLoggedOut'),
      is: 'at least',
      threshold: 1,
      // A Gloo that starts again and again shows it now and then only.
      of: 5,
      times: 3,
      missing: 'keep',
      description:
        `Gloo's last login to Vault, or renewal of its session, failed: it may have no secret any more, and one that is restarted does not come up. kubectl logs -n ${gloo.namespace} deploy/gloo has Vault's answer; ` +
        "mend its role in Vault (deploy the Vault stack with a higher vault.revision) or its IAM role" + (gloo.healing ? '; within a minute of that it is restarted, if it has not logged in by itself.' : ", and restart it only then, if it hasn't logged in by itself."),
    },
    ...(gloo.healing
      ? {
          GlooNotHealed: {
            metric: most('GlooLoginLost'),
            is: 'at least' as const,
            threshold: 1,
            // A restart that helps takes two or three.
            of: 10,
            missing: 'alarm' as const,
            description:
              'Gloo has been without its login to Vault for 10 minutes, and the healing function has not mended it: a login would not come off, or restarts did not help, or nothing is known. ' +
              "The log of that function names the hop of the login that fails, with Vault's or AWS's answer and the mend.",
          },
        }
      : {}),
    GlooLoginsFail: {
      metric: new MathExpression({
        expression: 'DIFF(logins) + DIFF(renewals)',
        usingMetrics: { logins: most('GlooLoginFailures'), renewals: most('GlooRenewalFailures') },
        period: Duration.minutes(1),
        label: 'Failures',
      }),
      is: 'more than',
      threshold: 0,
      // A session is renewed every few minutes.
      of: 60,
      times: 3,
      missing: 'keep',
      description: `Logins of Gloo to Vault, or renewals of its session, failed again and again in the last hour, though others may have succeeded. kubectl logs -n ${gloo.namespace} deploy/gloo has Vault's answers.`,
    },
    GlooUnreachable: {
      metric: least('GlooReachable'),
      is: 'less than',
      threshold: 1,
      of: 10,
      missing: 'alarm',
      description: `Gloo's metrics have not been readable for 10 minutes, so nothing is known of its logins. See kubectl get pods -n ${gloo.namespace}, and whether the Service gloo has port 9091. ${OR_UNWATCHED}`,
    },
    ...(vault.drift.action === 'off' ? {} : { VaultDrift: driftAlarm(clusterName, vault.drift) }),
    SnapshotsStopped: {
      metric: metricOf(clusterName, 'SnapshotsTaken', 'Sum', Duration.hours(1)),
      is: 'less than',
      threshold: 1,
      // In hours: CloudWatch looks back some periods further than it is told, which must not be whole days.
      of: 2 * snapshots.everyHours + 1,
      missing: 'alarm',
      description: `No snapshot of Vault was stored in ${2 * snapshots.everyHours + 1} hours, though one is due every ${snapshots.everyHours}. The log of the snapshot function says why; the newest one in the bucket is what a restore would bring back.`,
    },
    SealKeyAtRisk: {
      metric: least('SealKeyUsable'),
      is: 'less than',
      threshold: 1,
      of: 1,
      missing: 'alarm',
      description:
        "The key of Vault's seal is disabled or waits for its deletion: a pod that restarts stays sealed, and with the key gone Vault and all its snapshots are lost for good. " +
        'Now: aws kms cancel-key-deletion, then aws kms enable-key. No data for minutes means that KMS does not say or that the watch function fails: its log says why.',
    },
  };
}

/** Somebody did it: one that was repaired is told of too. */
function driftAlarm(clusterName: string, { action, everyMinutes }: Environment['vault']['drift']): Condition {
  const mend = action === 'repair' ? 'written again, unless the log says otherwise' : 'as somebody left it: deploy the Vault stack with a higher vault.revision to write it again';
  return {
    // Not shorter than from one look to the next, or a period in which nobody looks counts as one without data.
    metric: metricOf(clusterName, 'Drift', 'Maximum', Duration.minutes(Math.max(60, everyMinutes))),
    is: 'at least',
    threshold: 1,
    of: 1,
    missing: 'alarm',
    description:
      `Vault was not as it was configured, and what differed is ${mend}. The log of the configuration function names it (drift: …), and so does an event of EventBridge, source gloo-vault-irsa, for each. Find out who changed it (the audit log in Vault's output). ` +
      'No data for hours means that Vault is away, that a deployment was cut off or that the schedule fails: the same log says which.',
  };
}
