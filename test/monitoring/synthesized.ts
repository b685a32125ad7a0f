import { App, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WITHOUT_VALIDATION } from '../../lib/app-props';
import { ImportedCluster } from '../../lib/cluster/imported-cluster';
import type { EnvironmentInput, ImportedClusterInput } from '../../lib/environment/input';
import { parseEnvironments } from '../../lib/environment/parse';
import { MonitoringStack } from '../../lib/monitoring/monitoring-stack';
import { environments } from '../environments';

const { context } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };

export const ACCOUNT = '111122223333';
export const REGION = 'us-east-1';
export const CLUSTER = 'platform';

export interface Monitoring {
  /** Cluster and seal's key; what the monitoring rests on. */
  readonly base: Template;
  readonly template: Template;
}

/** The monitoring of a Vault with replicas in an imported cluster, `cluster` and `change` being what is other than usual. */
export function synthesizeMonitoring(change: Partial<Omit<EnvironmentInput, 'cluster'>> = {}, cluster: Partial<ImportedClusterInput> = {}): Monitoring {
  const imported = environments.existing?.cluster;
  if (!imported || !('import' in imported)) throw new Error('test/environments.ts has no imported cluster.');
  const [environment] = parseEnvironments({
    trial: { account: ACCOUNT, region: REGION, cluster: { import: { ...imported.import, name: CLUSTER, addons: {}, ...cluster } }, vault: { mode: 'raft' }, ...change },
  });
  if (!environment) throw new Error('There is no environment.');
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true }, ...WITHOUT_VALIDATION });
  const stage = new Stage(app, 'trial', { env: { account: ACCOUNT, region: REGION } });
  const base = new Stack(stage, 'Base');
  if (environment.cluster.kind === 'new') throw new Error('The cluster is imported here.');
  const access = new ImportedCluster(base, 'Imported', environment.cluster);
  const monitoring = new MonitoringStack(stage, 'Monitoring', { environment, access, sealKeyArn: new Key(base, 'Seal').keyArn });
  return { base: Template.fromStack(base), template: Template.fromStack(monitoring) };
}
