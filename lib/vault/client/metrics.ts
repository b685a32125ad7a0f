/**
 * What the functions measure, all with the one dimension `Cluster`. They write it into their logs, from which CloudWatch
 * makes metrics: no right to put metrics is needed. Source: CloudWatch, "Embedded metric format".
 */
export const METRIC_NAMESPACE = 'GlooVault';

/** Name of each metric and its unit in CloudWatch. */
export const METRICS = {
  /** Pods of Vault that answer and are sealed or not initialised. */
  SealedPods: 'Count',
  /** Pods of Vault that give no answer. */
  UnreachablePods: 'Count',
  /** 1 while a leader answers behind Vault's Service, else 0. */
  Leader: 'Count',
  /** 1 while KMS would decrypt by the seal's key, 0 when it is disabled or waits for its deletion. */
  SealKeyUsable: 'Count',
  /** 1 while Gloo's metrics can be read, else 0. */
  GlooReachable: 'Count',
  /** 1 while Gloo's last login to Vault, or renewal of its session, failed or none was made yet, else 0. */
  GlooLoggedOut: 'Count',
  /** Logins to Vault that failed since Gloo's pod was started. */
  GlooLoginFailures: 'Count',
  /** Renewals of its session that failed since then. */
  GlooRenewalFailures: 'Count',
  /** 1 while a Gloo has lost its login to Vault and does not log in by itself, or could not now, else 0. */
  GlooLoginLost: 'Count',
  /** Deployments of Gloo's that were restarted for it. */
  GlooRestarted: 'Count',
  /** Objects in Vault that are not as they were configured. */
  Drift: 'Count',
  /** How many of them were written again. */
  DriftRepaired: 'Count',
  /** Snapshots that were stored. */
  SnapshotsTaken: 'Count',
  /** Size of the last one. */
  SnapshotBytes: 'Bytes',
} as const;

export type MetricName = keyof typeof METRICS;

/** A log line that CloudWatch takes as metrics, where it stands alone: {@link writeLine}. */
export function metricLine(cluster: string, values: Readonly<Partial<Record<MetricName, number>>>, now = new Date()): string {
  const names = Object.keys(values) as MetricName[];
  return JSON.stringify({
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [{ Namespace: METRIC_NAMESPACE, Dimensions: [['Cluster']], Metrics: names.map((Name) => ({ Name, Unit: METRICS[Name] })) }],
    },
    Cluster: cluster,
    ...values,
  });
}

/** The log of a function: on standard output itself, for what goes through `console` gets Lambda's time and request id before it. */
export function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
