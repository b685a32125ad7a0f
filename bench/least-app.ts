import { App, CustomResource, Stack, Stage } from 'aws-cdk-lib';
import { Cluster, DefaultCapacityType, HelmChart, KubernetesVersion } from 'aws-cdk-lib/aws-eks-v2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import type { Construct } from 'constructs';
import { join } from 'node:path';
import { WITHOUT_VALIDATION } from '../lib/app-props';

/**
 * The least that declares one environment: the kinds of resources of the app's four stacks in the plainest way, with
 * no settings, no checks, no bundling. The app's synth is measured against it.
 */
export class LeastStage extends Stage {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { cluster } = new LeastCluster(this, 'Cluster');
    new LeastIdentity(this, 'Identity');
    new LeastVault(this, 'Vault', cluster);
    new LeastGloo(this, 'Gloo', cluster);
  }
}

class LeastCluster extends Stack {
  readonly cluster: Cluster;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.cluster = new Cluster(this, 'Eks', {
      version: KubernetesVersion.V1_35,
      defaultCapacityType: DefaultCapacityType.NODEGROUP,
      kubectlProviderOptions: { kubectlLayer: new KubectlV35Layer(this, 'KubectlLayer') },
    });
  }
}

class LeastIdentity extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    for (const name of ['AuthRole', 'ServerRole']) {
      const role = new Role(this, name, { assumedBy: new ServicePrincipal('pods.eks.amazonaws.com') });
      role.addToPolicy(new PolicyStatement({ actions: ['iam:GetRole'], resources: ['*'] }));
    }
  }
}

class LeastVault extends Stack {
  constructor(scope: Construct, id: string, cluster: Cluster) {
    super(scope, id);
    const chart = new HelmChart(this, 'Chart', { cluster, release: 'vault', chart: 'vault', repository: 'https://helm.releases.hashicorp.com', version: '0.34.1' });
    const onEventHandler = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromAsset(join(__dirname, 'least-handler')),
    });
    const { serviceToken } = new Provider(this, 'Provider', { onEventHandler });
    new CustomResource(this, 'Resource', { resourceType: 'Custom::VaultConfiguration', serviceToken }).node.addDependency(chart);
  }
}

class LeastGloo extends Stack {
  constructor(scope: Construct, id: string, cluster: Cluster) {
    super(scope, id);
    new HelmChart(this, 'Chart', { cluster, release: 'gloo', chart: 'gloo', repository: 'https://storage.googleapis.com/solo-public-helm', version: '1.22.1' });
  }
}

if (require.main === module) {
  const app = new App(WITHOUT_VALIDATION);
  new LeastStage(app, 'least');
  app.synth();
}
