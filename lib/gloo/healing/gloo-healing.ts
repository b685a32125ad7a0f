import { Duration } from 'aws-cdk-lib';
import { KubernetesManifest } from 'aws-cdk-lib/aws-eks-v2';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { App as Cdk8sApp } from 'cdk8s';
import type { Construct, IDependable } from 'constructs';
import { join } from 'path';
import { HealingGuardChart } from '../../../cdk8s/healing-guard';
import type { ClusterAccess } from '../../cluster/cluster-access';
import type { AnyEnvironment } from '../../environment/environment';
import { glooAuthRole, glooServiceAccounts, names, roleArn } from '../../identity/names';
import { tellEvents } from '../../vault/event-rights';
import { VaultFunction } from '../../vault/vault-function';
import { atLeast, leastKubernetesForAdmissionPolicies } from '../../versions';
import { metricsService } from '../gloo-session';
import { loginsToProve, vaultBehind } from '../proof/logins';
import { networkRule, proxyRule } from '../proof/way-to-vault';
import { HEALING_GROUP, type HealingInput } from './input';

export interface GlooHealingProps {
  readonly environment: AnyEnvironment;
  readonly access: ClusterAccess;
  /** Gloo's namespace, which one of the function's Roles lives in. */
  readonly namespace: IDependable;
  /** Gloo's chart: before it there is nothing to heal. */
  readonly chart: IDependable;
}

const A_MINUTE = Duration.minutes(1);

/**
 * Looks every minute whether Gloo still has its login to Vault, and restarts one that has lost it for good: its renewal
 * ends after one re-login that fails, and its probes do not see it.
 */
export class GlooHealing extends VaultFunction {
  constructor(scope: Construct, id: string, { environment, access, namespace, chart }: GlooHealingProps) {
    const { cluster: settings, gloo } = environment;
    const vault = vaultBehind(environment);
    const authRoleArn = roleArn(scope, glooAuthRole(environment));
    const deployments = glooServiceAccounts(gloo);
    super(scope, id, {
      access,
      after: [namespace, ...guard(scope, environment, access)],
      handlerDirectory: join(__dirname, 'handler'),
      description: `Restarts Gloo of ${settings.name} when it has lost its login to Vault`,
      roleName: names.healingRole(settings.name),
      roleDescription: 'Restarts Gloo when its login to Vault is lost; whoever is this role can be Gloo',
      statements: [
        // STS does not say which condition of a trust policy refuses.
        new PolicyStatement({ sid: 'ReadTrustOfAuthRole', actions: ['iam:GetRole'], resources: [authRoleArn] }),
        tellEvents(scope, 'TellOfLogin'),
      ],
      group: HEALING_GROUP,
      rules: {
        [gloo.namespace]: [
          { resource: 'services/proxy', names: deployments.map(metricsService), verbs: ['get'] },
          // RBAC knows no fields: the guard keeps pods and replicas from it.
          { resource: 'deployments', names: deployments, verbs: ['get', 'patch'] },
          // As the proof of the login has it, which goes the same way: a restart while no login works would make it worse.
          { resource: 'serviceaccounts/token', names: deployments, verbs: ['create'] },
        ],
        ...proxyRule(vault),
      },
      // A look takes a second. What is lost is waited for, 40 s at most, so that no Gloo is restarted that comes in by itself.
      timeout: Duration.minutes(2),
      ...networkRule(vault),
    });
    // The next minute brings the next look. Lambda would try again twice what failed, beside EventBridge.
    this.fn.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: A_MINUTE });
    const { cluster } = access;
    const input: HealingInput = {
      cluster: { name: settings.name, endpoint: cluster.clusterEndpoint, certificateAuthority: cluster.clusterCertificateAuthorityData },
      vault,
      deployments: loginsToProve(environment, authRoleArn).map((login) => ({ name: login.serviceAccount, metrics: metricsService(login.serviceAccount), login })),
    };
    const rule = new Rule(this, 'EveryMinute', {
      description: `Looks whether Gloo of ${settings.name} has its login to Vault`,
      schedule: Schedule.rate(A_MINUTE),
      targets: [new LambdaTarget(this.fn, { event: RuleTargetInput.fromObject(input), retryAttempts: 0, maxEventAge: A_MINUTE })],
    });
    rule.node.addDependency(...this.needs, chart);
  }
}

/** There before the right that it narrows. An older Kubernetes has none: whoever is the function's role there can run anything in Gloo's namespace. */
function guard(scope: Construct, { cluster }: AnyEnvironment, access: ClusterAccess): KubernetesManifest[] {
  if (!atLeast(cluster.kubernetesVersion, leastKubernetesForAdmissionPolicies)) return [];
  const manifest = new HealingGuardChart(new Cdk8sApp(), 'healing-guard', { group: HEALING_GROUP }).toJson() as Record<string, unknown>[];
  return [new KubernetesManifest(scope, 'HealingGuard', { cluster: access.cluster, manifest, prune: false })];
}
