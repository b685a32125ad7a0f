import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { join } from 'path';
import type { ClusterAccess } from '../cluster/cluster-access';
import type { Environment } from '../environment/environment';
import { metricsService } from '../gloo/gloo-session';
import { names } from '../identity/names';
import { vaultAddresses } from '../vault/addresses';
import { VaultFunction } from '../vault/vault-function';
import { WATCH_GROUP, type WatchInput } from './watch-input';

export interface VaultWatchProps {
  readonly environment: Environment;
  readonly access: ClusterAccess;
  /** The key that Vault is sealed by. */
  readonly sealKeyArn: string;
}

const GLOO_METRICS = metricsService('gloo');

const A_MINUTE = Duration.minutes(1);

/**
 * Looks every minute at Vault, at the key of its seal and at Gloo's logins, and writes metrics. It only reads: it has no
 * login to Vault, and GET is all that its Roles allow. The namespaces of both have to be there before it.
 *
 * The key is asked for by `kms:DescribeKey`. An EventBridge rule on `ScheduleKeyDeletion` would see nothing in an account
 * that has no CloudTrail trail, and no key that is disabled.
 */
export class VaultWatch extends VaultFunction {
  constructor(scope: Construct, id: string, { environment, access, sealKeyArn }: VaultWatchProps) {
    const { cluster: settings, vault, gloo } = environment;
    const { service, pods } = vaultAddresses(vault);
    super(scope, id, {
      access,
      after: [],
      handlerDirectory: join(__dirname, 'handler'),
      description: `Watches Vault of ${settings.name}, the key of its seal, and the logins of Gloo`,
      roleName: names.watchRole(settings.name),
      roleDescription: 'Watches Vault: reads whether it is sealed, and nothing that is in it',
      statements: [new PolicyStatement({ sid: 'ReadStateOfSealKey', actions: ['kms:DescribeKey'], resources: [sealKeyArn] })],
      group: WATCH_GROUP,
      rules: {
        [vault.namespace]: [
          { resource: 'services/proxy', names: [service], verbs: ['get'] },
          { resource: 'pods/proxy', names: pods, verbs: ['get'] },
        ],
        [gloo.namespace]: [{ resource: 'services/proxy', names: [GLOO_METRICS], verbs: ['get'] }],
      },
      timeout: Duration.seconds(20),
    });
    // Lambda would try again twice what failed, beside EventBridge.
    this.fn.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: A_MINUTE });
    const { cluster } = access;
    const input: WatchInput = {
      cluster: { name: settings.name, endpoint: cluster.clusterEndpoint, certificateAuthority: cluster.clusterCertificateAuthorityData },
      vault: { namespace: vault.namespace, service, pods: [...pods] },
      gloo: { namespace: gloo.namespace, service: GLOO_METRICS },
      sealKeyArn,
    };
    const rule = new Rule(this, 'EveryMinute', {
      description: `Looks at Vault of ${settings.name}`,
      schedule: Schedule.rate(A_MINUTE),
      // A look that failed is not made up for: by then it would tell of another minute.
      targets: [new LambdaTarget(this.fn, { event: RuleTargetInput.fromObject(input), retryAttempts: 0, maxEventAge: A_MINUTE })],
    });
    rule.node.addDependency(...this.needs);
  }
}
