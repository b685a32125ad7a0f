import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { HelmChart, KubernetesManifest } from 'aws-cdk-lib/aws-eks-v2';
import { App as Cdk8sApp, type Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { NamespaceChart } from '../../cdk8s/namespace';
import { VaultNetworkPolicyChart } from '../../cdk8s/vault-network-policy';
import { VaultServiceAccountChart } from '../../cdk8s/vault-service-account';
import type { ClusterAccess } from '../cluster/cluster-access';
import type { Environment } from '../environment/environment';
import { glooServiceAccounts, names, roleArn } from '../identity/names';
import { charts } from '../versions';
import { VaultConfiguration } from './configuration/vault-configuration';
import { VAULT_RELEASE, vaultHelmValues } from './helm-values';

export interface VaultStackProps extends StackProps {
  readonly environment: Environment;
  readonly access: ClusterAccess;
}

/** Vault and its configuration (guide rows 4–10, 14–17). */
export class VaultStack extends Stack {
  constructor(scope: Construct, id: string, props: VaultStackProps) {
    super(scope, id, props);
    const { environment, access } = props;
    const { vault, gloo } = environment;
    const manifests = new Cdk8sApp();
    const apply = (manifestId: string, chart: Chart, removalPolicy?: RemovalPolicy) =>
      new KubernetesManifest(this, manifestId, {
        cluster: access.cluster,
        manifest: chart.toJson() as Record<string, unknown>[],
        // Never pruned: a renamed id must not delete what replaced it.
        prune: false,
        ...(removalPolicy ? { removalPolicy } : {}),
      });

    const namespace = apply('Namespace', new NamespaceChart(manifests, 'namespace', vault.namespace), environment.production ? RemovalPolicy.RETAIN : undefined);
    const serviceAccount = apply(
      'ServiceAccount',
      new VaultServiceAccountChart(manifests, 'service-account', {
        namespace: vault.namespace,
        roleArn: roleArn(this, names.serverRole(environment.cluster.name)),
      }),
    );
    serviceAccount.node.addDependency(namespace);

    const chart = new HelmChart(this, 'Chart', {
      cluster: access.cluster,
      release: VAULT_RELEASE,
      namespace: vault.namespace,
      createNamespace: false,
      chart: charts.vault.chart,
      repository: charts.vault.repository,
      version: vault.chartVersion,
      values: vaultHelmValues(),
      // Helm's wait says nothing about Vault; the configuration waits for it.
      wait: false,
      timeout: Duration.minutes(10),
    });
    chart.node.addDependency(serviceAccount);
    if (vault.networkPolicy) {
      const policy = apply(
        'NetworkPolicy',
        new VaultNetworkPolicyChart(manifests, 'network-policy', {
          namespace: vault.namespace,
          glooNamespace: gloo.namespace,
          glooPods: glooServiceAccounts(gloo),
          controlPlaneCidrs: access.controlPlaneCidrs,
        }),
      );
      policy.node.addDependency(namespace);
      // Before the chart: a dev-mode Vault starts with a root token that everyone knows.
      chart.node.addDependency(policy);
    }

    new VaultConfiguration(this, 'Configuration', { environment, access, namespace, chart });
  }
}
