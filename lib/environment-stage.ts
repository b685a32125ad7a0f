import { Annotations, Stack, Stage, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { neededAddons } from './cluster/addons';
import type { ClusterAccess } from './cluster/cluster-access';
import { ClusterStack } from './cluster/cluster-stack';
import { ImportedCluster } from './cluster/imported-cluster';
import { isGuest, type AnyEnvironment } from './environment/environment';
import { GlooStack } from './gloo/gloo-stack';
import { IdentityStack } from './identity/identity-stack';
import { MonitoringStack } from './monitoring/monitoring-stack';
import { VaultStack } from './vault/vault-stack';

/**
 * One environment: `Cluster` (none when imported) → `Identity` → `Vault` (none where it is another environment's) → `Gloo` →
 * `Monitoring` (none without a Vault with replicas).
 */
export class EnvironmentStage extends Stage {
  /** Its stacks. */
  get stacks(): readonly Stack[] {
    return this.node.children.filter((child) => Stack.isStack(child));
  }

  constructor(scope: Construct, environment: AnyEnvironment) {
    super(scope, environment.name, { env: { account: environment.account, region: environment.region } });
    const { identity, access } = this.clusterAndIdentity(environment);
    const common = { environment, access, terminationProtection: environment.production };
    const vault = isGuest(environment) ? undefined : new VaultStack(this, 'Vault', { ...common, environment });
    const gloo = new GlooStack(this, 'Gloo', { ...common, stackName: this.glooStackName() });
    // Roles and policies go by name from stack to stack, so their order has to be said.
    vault?.addStackDependency(identity);
    gloo.addStackDependency(vault ?? identity);
    if (!isGuest(environment) && vault?.sealKeyArn !== undefined) new MonitoringStack(this, 'Monitoring', { ...common, environment, sealKeyArn: vault.sealKeyArn }).addStackDependency(gloo);

    for (const [key, value] of Object.entries(environment.tags)) Tags.of(this).add(key, value);
    for (const warning of environment.warnings) Annotations.of(identity).addWarningV2('gloo-vault:environment', warning);
  }

  /** The identity stack, which comes first, has to know it. */
  private glooStackName(): string {
    return `${this.stageName}-Gloo`;
  }

  private clusterAndIdentity(environment: AnyEnvironment): { identity: Stack; access: ClusterAccess } {
    const { cluster, production: terminationProtection } = environment;
    const glooStack = this.glooStackName();
    if (cluster.kind === 'imported') {
      const identity = new IdentityStack(this, 'Identity', { environment, glooStack, terminationProtection });
      return { identity, access: new ImportedCluster(identity, 'Imported', cluster) };
    }
    const created = new ClusterStack(this, 'Cluster', { cluster, addons: neededAddons(environment), terminationProtection });
    const identity = new IdentityStack(this, 'Identity', { environment, glooStack, oidcProvider: created.access.oidcProvider, terminationProtection });
    identity.addStackDependency(created);
    return { identity, access: created.access };
  }
}
