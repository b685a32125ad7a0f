import { type CustomResource, Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct, IDependable } from 'constructs';
import { join } from 'path';
import type { ClusterAccess } from '../../cluster/cluster-access';
import type { Environment } from '../../environment/environment';
import { boundRoles, names, roleArn } from '../../identity/names';
import { vaultAddresses } from '../addresses';
import { tellEvents } from '../event-rights';
import { functionResource } from '../function-resource';
import type { RecoveryKeys } from '../recovery/recovery-keys';
import { VaultFunction } from '../vault-function';
import { contentsDigest } from './handler/desired';
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

/** An event of the schedule that could not be delivered is dropped after this: the next one is due. */
const LATEST_EVENT = Duration.minutes(5);

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
          resources: boundRoles(environment).map((name) => roleArn(scope, name)),
        }),
        ...(vault.drift.action === 'off' ? [] : [tellEvents(scope, 'TellOfDrift')]),
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
    const properties = this.properties(environment, access, recoveryKeys);
    this.resource = functionResource(this, {
      fn,
      type: RESOURCE_TYPE,
      properties: {
        ...properties,
        // The function passes both over: that one changed is what makes CloudFormation call.
        revision: String(vault.revision),
        contents: contentsDigest(vaultConfigurationProperties(environment)),
      },
      timeout: FUNCTION_TIMEOUT,
      needs: [...this.needs, props.chart],
    });
    // The schedule comes again by itself, and says more about Vault's state then than a second try about the last one's.
    this.fn.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: LATEST_EVENT });
    if (vault.drift.action !== 'off') this.compareOnSchedule(vault.drift, properties);
  }

  /** Says what of Vault is not as it was configured, and writes it again where the environment wants that. */
  private compareOnSchedule({ action, everyMinutes }: Environment['vault']['drift'], properties: VaultConfigurationProperties): void {
    const event = { RequestType: action === 'repair' ? 'Repair' : 'Check', ResourceProperties: properties };
    const rule = new Rule(this, 'DriftCheck', {
      description: action === 'repair' ? 'Compares Vault with its configuration, and writes the difference' : 'Compares Vault with its configuration',
      schedule: Schedule.rate(Duration.minutes(everyMinutes)),
      targets: [new LambdaTarget(this.fn, { event: RuleTargetInput.fromObject(event), retryAttempts: 0, maxEventAge: LATEST_EVENT })],
    });
    // Changed after the resource: while that is under way, the rule has the properties of the deployment before.
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
