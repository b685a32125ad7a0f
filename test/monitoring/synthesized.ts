import { App, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterStack } from '../../lib/cluster/cluster-stack';
import { ImportedCluster } from '../../lib/cluster/imported-cluster';
import type { Environment } from '../../lib/environment/environment';
import type { EnvironmentInput } from '../../lib/environment/input';
import { parseEnvironments } from '../../lib/environment/parse';
import { MonitoringStack } from '../../lib/monitoring/monitoring-stack';
import { environments } from '../environments';

const { context } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };

export const ACCOUNT = '111122223333';
export const REGION = 'us-east-1';
export const CLUSTER = 'platform';

export interface Monitoring {
  readonly environment: Environment;
  /** Cluster and seal's key; what the monitoring rests on. */
  readonly base: Template;
  readonly template: Template;
}

/** The monitoring of a Vault with replicas in an imported cluster, or in what `change` makes of it. */
export function synthesizeMonitoring(change: Partial<EnvironmentInput> = {}): Monitoring {
  const imported = environments.existing?.cluster.import;
  if (!imported) throw new Error('test/environments.ts has no imported cluster.');
  const [environment] = parseEnvironments({
    trial: { account: ACCOUNT, region: REGION, cluster: { import: { ...imported, name: CLUSTER, addons: {} } }, vault: { mode: 'raft' }, ...change },
  });
  if (!environment) throw new Error('There is no environment.');
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true }, builtinCloudFormationValidation: false, analyticsReporting: false });
  const stage = new Stage(app, 'trial', { env: { account: ACCOUNT, region: REGION } });
  const { stack, access } = baseOf(stage, environment);
  const seal = new Key(stack, 'Seal');
  const monitoring = new MonitoringStack(stage, 'Monitoring', { environment, access, sealKeyArn: seal.keyArn });
  return { environment, base: Template.fromStack(stack), template: Template.fromStack(monitoring) };
}

function baseOf(stage: Stage, { cluster }: Environment) {
  if (cluster.kind === 'new') {
    const stack = new ClusterStack(stage, 'Base', { cluster });
    return { stack, access: stack.access };
  }
  const stack = new Stack(stage, 'Base');
  return { stack, access: new ImportedCluster(stack, 'Imported', cluster) };
}
