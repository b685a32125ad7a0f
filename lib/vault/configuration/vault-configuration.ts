import { CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import type { Construct, IDependable } from 'constructs';
import { join } from 'path';
import { acceptProviderFramework } from '../../accepted-findings';
import type { ClusterAccess } from '../../cluster/cluster-access';
import type { Environment } from '../../environment/environment';
import { names, roleArn } from '../../identity/names';
import { vaultAddresses } from '../addresses';
import type { RecoveryKeys } from '../recovery/recovery-keys';
import { VaultFunction } from '../vault-function';
import { RESOURCE_TYPE, type VaultConfigurationProperties } from './properties';
import { vaultConfigurationProperties } from './wanted';

export interface VaultConfigurationProps {
  readonly environment: Environment;
  readonly access: ClusterAccess;
  /** Vault's namespace, which the function's Role lives in. */
  readonly namespace: IDependable;
  /** Vault itself. */
  readonly chart: IDependable;
  /** Where the initialisation puts its keys; needed with replicas. */
  readonly recoveryKeys?: RecoveryKeys;
}

/** The function may wait for Vault's first start as long as a Lambda may run. */
const FUNCTION_TIMEOUT = Duration.minutes(15);

/** How often drift is looked for: it reads, and writes nothing. */
const DRIFT_CHECK = Duration.hours(1);

/**
 * Initialises Vault where nobody else does, and configures it (guide rows 5–10), through the API server's proxy.
 * Its construct id is a contract: under another one CloudFormation configures Vault first and deletes the old
 * resource, which is the same configuration, after it.
 */
export class VaultConfiguration extends VaultFunction {
  /** When it is there, Vault is configured. */
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: VaultConfigurationProps) {
    const { environment, access, recoveryKeys } = props;
    const { vault } = environment;
    const { service, pods } = vaultAddresses(vault);
    const roleName = names.configurationRole(environment.cluster.name);
    super(scope, id, {
      access,
      after: [props.namespace],
      handlerDirectory: join(__dirname, 'handler'),
      description: `Configures Vault of ${environment.cluster.name} for Gloo`,
      roleName,
      roleDescription: 'Configures Vault; whoever is this role can write policies in Vault',
      statements: [
        new PolicyStatement({
          sid: 'CompareUniqueIdOfAuthRole',
          actions: ['iam:GetRole'],
          resources: [roleArn(scope, names.authRole(environment.cluster.name))],
        }),
        ...(recoveryKeys?.statements() ?? []),
      ],
      group: 'vault-configuration',
      rules: {
        [vault.namespace]: [
          // It reads, writes by PUT and removes.
          { resource: 'services/proxy', names: [service], verbs: ['get', 'update', 'delete'] },
          // The first pod alone, for no Service says which of several uninitialised pods would be initialised.
          ...(vault.raft ? [{ resource: 'pods/proxy', names: pods.slice(0, 1), verbs: ['get', 'update'] } as const] : []),
        ],
      },
      timeout: FUNCTION_TIMEOUT,
    });
    const { fn } = this;
    const provider = new Provider(this, 'Provider', {
      onEventHandler: fn,
      logGroup: new LogGroup(this, 'ProviderLogs', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
    });
    acceptProviderFramework(provider, fn);
    const properties = this.properties(environment, access, recoveryKeys);
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: RESOURCE_TYPE,
      serviceToken: provider.serviceToken,
      // A lost answer would otherwise hang the stack for an hour.
      serviceTimeout: FUNCTION_TIMEOUT.plus(Duration.minutes(1)),
      properties: {
        ...properties,
        // The function passes it over: that it changed is what makes CloudFormation call.
        revision: String(vault.revision),
      },
    });
    this.resource.node.addDependency(...this.needs, props.chart);
    if (vault.raft) this.checkDrift(properties);
  }

  /** Says in a metric how much of Vault is not as it was configured. */
  private checkDrift(properties: VaultConfigurationProperties): void {
    const rule = new Rule(this, 'DriftCheck', {
      description: 'Compares Vault with its configuration',
      schedule: Schedule.rate(DRIFT_CHECK),
      targets: [new LambdaTarget(this.fn, { event: RuleTargetInput.fromObject({ RequestType: 'Check', ResourceProperties: properties }), retryAttempts: 0 })],
    });
    rule.node.addDependency(this.resource);
  }

  private properties(environment: Environment, { cluster }: ClusterAccess, recoveryKeys: RecoveryKeys | undefined): VaultConfigurationProperties {
    const { initialisation, ...wanted } = vaultConfigurationProperties(environment);
    return {
      cluster: { name: environment.cluster.name, endpoint: cluster.clusterEndpoint, certificateAuthority: cluster.clusterCertificateAuthorityData },
      ...wanted,
      ...(initialisation && recoveryKeys ? { initialisation: { ...initialisation, secretArn: recoveryKeys.secretArn } } : {}),
    };
  }
}
