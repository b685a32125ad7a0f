import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { HelmChart, KubernetesManifest } from 'aws-cdk-lib/aws-eks-v2';
import { App as Cdk8sApp, type Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { CertificateChart } from '../../cdk8s/certificates';
import { GlooServiceAccountChart } from '../../cdk8s/gloo-service-account';
import { NamespaceChart } from '../../cdk8s/namespace';
import { VaultAuthorityChart } from '../../cdk8s/vault-authority';
import type { ClusterAccess } from '../cluster/cluster-access';
import type { AnyEnvironment } from '../environment/environment';
import { GENERATION_OUTPUT } from '../identity/gate/properties';
import { glooAuthRole, glooGeneration, glooServiceAccounts, names, roleArn } from '../identity/names';
import { TLS } from '../vault/tls';
import { charts } from '../versions';
import { GlooCrds } from './crds/gloo-crds';
import { vendoredCrds } from './crds/vendored';
import { LoadBalancerDrain } from './drain/load-balancer-drain';
import { proxyServices } from './drain/services';
import { GlooHealing } from './healing/gloo-healing';
import { GLOO_RELEASE, glooHelmValues } from './helm-values';
import { GlooLoginProof } from './proof/gloo-login-proof';

export interface GlooStackProps extends StackProps {
  readonly environment: AnyEnvironment;
  readonly access: ClusterAccess;
}

/**
 * Gloo Gateway, reading its secrets from Vault (guide rows 11–13). After Vault's configuration and the proof of its login:
 * it crash-loops on a Vault that it cannot log in to.
 */
export class GlooStack extends Stack {
  constructor(scope: Construct, id: string, props: GlooStackProps) {
    super(scope, id, props);
    const { environment, access } = props;
    const { gloo } = environment;
    const namespace = new KubernetesManifest(this, 'Namespace', {
      cluster: access.cluster,
      manifest: new NamespaceChart(new Cdk8sApp(), 'namespace', gloo.namespace).toJson() as Record<string, unknown>[],
      prune: false,
      // What stays behind is found by the next stack, which takes it as it is.
      ...(environment.production ? { removalPolicy: RemovalPolicy.RETAIN, overwrite: true } : {}),
    });
    // Made with or without the proof: turning that on or off changes nothing for the chart, which takes them over.
    const serviceAccounts = glooServiceAccounts(gloo).map((name) => {
      const account = new KubernetesManifest(this, `ServiceAccount-${name}`, {
        cluster: access.cluster,
        manifest: new GlooServiceAccountChart(new Cdk8sApp(), 'service-account', { namespace: gloo.namespace, name, release: GLOO_RELEASE }).toJson() as Record<string, unknown>[],
        prune: false,
        // A chart that was there before made it, and needs it when this update is rolled back: it is taken over, and never deleted.
        overwrite: true,
        removalPolicy: RemovalPolicy.RETAIN,
      });
      account.node.addDependency(namespace);
      return account;
    });
    // What the identity stack looks at before it drops a generation.
    new CfnOutput(this, GENERATION_OUTPUT, { description: 'Generation of its auth role that Gloo logs in by', value: String(glooGeneration(environment.identity)) });
    const values = glooHelmValues(environment, roleArn(this, glooAuthRole(environment)));
    const chart = new HelmChart(this, 'Chart', {
      cluster: access.cluster,
      release: GLOO_RELEASE,
      namespace: gloo.namespace,
      createNamespace: false,
      chart: charts.gloo.chart,
      repository: charts.gloo.repository,
      version: gloo.chartVersion,
      values,
      // A failed install or upgrade is rolled back; well under the 15 minutes that the kubectl function has.
      atomic: true,
      wait: true,
      timeout: Duration.minutes(10),
    });
    chart.node.addDependency(namespace, ...serviceAccounts);
    // None for a version whose CRDs nobody has added: Helm installs the chart's own where there are none.
    const folder = vendoredCrds(gloo.chartVersion);
    if (folder !== undefined) chart.node.addDependency(new GlooCrds(this, 'GlooCrds', { environment, access, folder }).resource);
    const services = proxyServices(values).map(({ name }) => name);
    if (services.length > 0) {
      const clusterName = environment.cluster.name;
      const drain = new LoadBalancerDrain(this, 'Drain', { clusterName, access, after: namespace, namespace: gloo.namespace, services, of: 'gloo', roleName: names.drainRole(clusterName) });
      chart.node.addDependency(drain.resource);
    }
    if (gloo.loginProof) chart.node.addDependency(new GlooLoginProof(this, 'LoginProof', { environment, access, namespace, serviceAccounts }).resource);
    if (gloo.healing) new GlooHealing(this, 'Healing', { environment, access, namespace, chart });
    const authority = authorityOf(environment);
    if (!authority) return;
    const trust = new KubernetesManifest(this, authority.id, { cluster: access.cluster, manifest: authority.chart.toJson() as Record<string, unknown>[], prune: false });
    trust.node.addDependency(namespace);
    chart.node.addDependency(trust);
  }
}

/** What has the authority of Vault's certificate, for Gloo's pods. */
function authorityOf({ vault, gloo: { namespace } }: AnyEnvironment): { readonly id: string; readonly chart: Chart } | undefined {
  if ('owner' in vault) return { id: 'VaultAuthority', chart: new VaultAuthorityChart(new Cdk8sApp(), 'vault-authority', { namespace, name: TLS.authorityConfigMap, key: TLS.authorityKey, certificates: vault.caCertificate }) };
  if (!vault.raft?.tls) return undefined;
  // For its ca.crt. Gloo's client shows it to nobody, for Vault asks for none.
  const certificate = { namespace, name: TLS.clientSecret, usage: 'client auth', dnsNames: [`gloo.${namespace}.svc`] } as const;
  return { id: 'Certificate', chart: new CertificateChart(new Cdk8sApp(), 'certificate', certificate) };
}
