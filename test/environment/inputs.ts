import { environments } from '../environments';
import { EnvironmentError } from '../../lib/environment/faults';
import { parseEnvironments, type ParseContext } from '../../lib/environment/parse';

/** A built-in environment to change in a test. */
export function input(name: 'dev' | 'existing' | 'prod'): Record<string, unknown> {
  return structuredClone(environments[name]) as unknown as Record<string, unknown>;
}

const key = 'arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab';

/** Everything that mode `raft` can take over. */
export const takenOver = {
  kmsKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-1234-5678-9abc-0a1b2c3d4e5f',
  recovery: { secret: { arn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:vault/recovery-aB3xYz', kmsKeyArn: key } },
  snapshots: { bucket: { name: 'vault-snapshots', versioning: 'Enabled', kmsKeyArn: key } },
  alarmTopicArn: 'arn:aws:sns:us-east-1:111122223333:on-call',
} as const;

/** The environment `prod` with every setting of `vault.raft` said. */
export function fullRaft(): Record<string, unknown> {
  const { recovery, snapshots, ...rest } = takenOver;
  return withValue(input('prod'), 'vault.raft', structuredClone({
    ...rest,
    replicas: 3,
    storageSize: 10,
    tls: true,
    recovery: { shares: 5, threshold: 3, ...recovery },
    snapshots: { everyHours: 6, retentionDays: 35, ...snapshots },
  }));
}

/** The environment `existing` with a Vault of mode `raft` on it. */
export function importedRaft(): Record<string, unknown> {
  const addons = { 'vpc-cni': 'v1.20.4-eksbuild.1', 'aws-ebs-csi-driver': 'v1.48.0-eksbuild.2', 'cert-manager': 'v1.18.2' };
  return withValue(withValue(input('existing'), 'vault.mode', 'raft'), 'cluster.import.addons', addons);
}

/** The environment with a value put at a dotted path; undefined takes the key out. */
export function withValue(environment: Record<string, unknown>, path: string, value: unknown): Record<string, unknown> {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = environment;
  for (const key of keys) at = (at[key] ??= {}) as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return environment;
}

/** The lines of the error, none when the environments are accepted. */
export function faults(environments: Record<string, unknown>, context?: ParseContext): readonly string[] {
  try {
    parseEnvironments(environments, context);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.faults;
    throw error;
  }
}
