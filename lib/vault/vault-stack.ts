import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { HelmChart, KubernetesManifest } from 'aws-cdk-lib/aws-eks-v2';
import { App as Cdk8sApp } from 'cdk8s';
import type { Construct } from 'constructs';
import { NamespaceChart } from '../../cdk8s/namespace';
import { VaultNetworkPolicyChart } from '../../cdk8s/vault-network-policy';
import { VaultServiceAccountChart } from '../../cdk8s/vault-service-account';
import type { ClusterAccess } from '../cluster/cluster-access';
import type { Environment } from '../environment/environment';
import { glooServiceAccounts, names, roleArn } from '../identity/names';
import { charts, vaultImage } from '../versions';
import { VAULT_RELEASE } from './addresses';
import { VaultConfiguration } from './configuration/vault-configuration';
import { devHelmValues } from './dev-helm-values';
import { RaftGround, type Apply } from './raft-ground';
import { clientCidrs, SharedVault } from './shared-vault';
import { VaultSnapshots } from './snapshots/vault-snapshots';

export interface VaultStackProps extends StackProps {
  readonly environment: Environment;
  readonly access: ClusterAccess;
}

/** Vault and its configuration (guide rows 4–10, 14–17). */
export class VaultStack extends Stack {
  /** Key that seals a Vault with replicas. */
  readonly sealKeyArn?: string;

  constructor(scope: Construct, id: string, props: VaultStackProps) {
    super(scope, id, props);
    const { environment, access } = props;
    const { vault, gloo, production } = environment;
    const manifests = new Cdk8sApp();
    const apply: Apply = (manifestId, chart, removalPolicy) =>
      new KubernetesManifest(this, manifestId, {
        cluster: access.cluster,
        manifest: chart.toJson() as Record<string, unknown>[],
        // Never pruned: a renamed id must not delete what replaced it.
        prune: false,
        // What stays behind is found by the next stack, which takes it as it is.
        ...(removalPolicy ? { removalPolicy, overwrite: true } : {}),
      });

    // Deleting a namespace deletes the claims of Vault's volumes.
    const keep = production || vault.raft !== undefined ? RemovalPolicy.RETAIN : undefined;
    const namespace = apply('Namespace', new NamespaceChart(manifests, 'namespace', vault.namespace), keep);
    const serviceAccount = apply(
      'ServiceAccount',
      new VaultServiceAccountChart(manifests, 'service-account', {
        namespace: vault.namespace,
        roleArn: roleArn(this, names.serverRole(environment.cluster.name)),
        usesApiServer: vault.raft !== undefined,
      }),
    );
    serviceAccount.node.addDependency(namespace);
    const ground = vault.raft && new RaftGround(this, 'Raft', { environment, raft: vault.raft, namespace, apply });

    const chart = new HelmChart(this, 'Chart', {
      cluster: access.cluster,
      release: VAULT_RELEASE,
      namespace: vault.namespace,
      createNamespace: false,
      chart: charts.vault.chart,
      repository: charts.vault.repository,
      version: vault.chartVersion,
      values: ground?.helmValues ?? devHelmValues(vaultImage(vault.chartVersion)),
      // Helm's wait says nothing about Vault; the configuration waits for it.
      wait: false,
      timeout: Duration.minutes(10),
    });
    chart.node.addDependency(serviceAccount, ...(ground?.needs ?? []));
    if (vault.networkPolicy) {
      const policy = apply(
        'NetworkPolicy',
        new VaultNetworkPolicyChart(manifests, 'network-policy', {
          namespace: vault.namespace,
          glooNamespace: gloo.namespace,
          glooPods: glooServiceAccounts(gloo),
          controlPlaneCidrs: access.controlPlaneCidrs,
          clientCidrs: clientCidrs(environment),
          limitEgress: vault.raft !== undefined,
        }),
      );
      policy.node.addDependency(namespace);
      // Before the chart: a dev-mode Vault starts with a root token that everyone knows.
      chart.node.addDependency(policy);
    }

    if (environment.guests.length > 0) new SharedVault(this, 'Shared', { environment, access, namespace, apply });
    const configuration = new VaultConfiguration(this, 'Configuration', { environment, access, namespace, chart, ...(ground ? { recoveryKeys: ground.recoveryKeys } : {}) });
    if (!ground) return;
    this.sealKeyArn = ground.sealKeyArn;
    new VaultSnapshots(this, 'Snapshots', { environment, access, namespace, configured: configuration.resource, key: ground.backupKey });
  }
}
