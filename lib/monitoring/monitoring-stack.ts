import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { ClusterAccess } from '../cluster/cluster-access';
import type { Environment } from '../environment/environment';
import { alarmTopic } from './alarm-topic';
import { alarmPrefix, VaultAlarms } from './alarms';
import { VaultDashboard } from './dashboard';
import { VaultWatch } from './vault-watch';

export interface MonitoringStackProps extends StackProps {
  /** With `vault.raft`: a Vault that lives in memory has nothing to watch. */
  readonly environment: Environment;
  readonly access: ClusterAccess;
  /** The key that Vault is sealed by. */
  readonly sealKeyArn: string;
}

/** Watches Vault and Gloo's logins, and raises alarms. After Gloo, whose namespace it has a Role in. */
export class MonitoringStack extends Stack {
  /** @throws without `vault.raft`. */
  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    super(scope, id, props);
    const { environment, access, sealKeyArn } = props;
    const { cluster, vault, gloo } = environment;
    if (!vault.raft) throw new Error(`Environment "${environment.name}": vault.mode is '${vault.mode}', and only a Vault of mode 'raft' is watched; make no MonitoringStack for it.`);
    const { alarmTopicArn, snapshots } = vault.raft;
    new VaultWatch(this, 'Watch', { environment, access, sealKeyArn });
    const topic = alarmTopicArn === undefined ? alarmTopic(this, 'AlarmTopic', alarmPrefix(cluster.name)) : Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn);
    const alarms = new VaultAlarms(this, 'Alarms', { clusterName: cluster.name, vault, gloo, snapshots, topic });
    new VaultDashboard(this, 'Dashboard', { clusterName: cluster.name, alarms: alarms.all });
    new CfnOutput(this, 'AlarmTopicArn', { description: 'Subscribe to it, and alarms reach somebody: aws sns subscribe', value: topic.topicArn });
  }
}
