import { Annotations, Stack } from 'aws-cdk-lib';
import { Vpc, type ISubnet } from 'aws-cdk-lib/aws-ec2';
import { CfnAccessEntry, Cluster, KubectlProvider, type ICluster } from 'aws-cdk-lib/aws-eks-v2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acceptKubectlProvider } from '../accepted-findings';
import type { ImportedCluster as ImportedClusterSettings } from '../environment/environment';
import type { ClusterAccess } from './cluster-access';
import { kubectlLayer } from './kubectl-layer';

/**
 * A cluster that exists (guide row 1). `Cluster.fromClusterAttributes` ignores `kubectlProviderOptions`, so the kubectl
 * provider and its access entry are made here.
 */
export class ImportedCluster extends Construct implements ClusterAccess {
  readonly cluster: ICluster;
  readonly controlPlaneCidrs: readonly string[];
  readonly nodeSubnets?: ISubnet[];
  readonly functionSubnets?: ISubnet[];

  constructor(scope: Construct, id: string, settings: ImportedClusterSettings) {
    super(scope, id);
    const vpc = settings.vpc
      ? Vpc.fromVpcAttributes(this, 'Vpc', {
          vpcId: settings.vpc.id,
          availabilityZones: [...settings.vpc.availabilityZones],
          privateSubnetIds: [...settings.vpc.privateSubnetIds],
        })
      : undefined;
    // Nothing here routes: the subnets' tables are nobody's concern.
    if (vpc) Annotations.of(vpc).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId');
    this.nodeSubnets = vpc?.privateSubnets;
    if (settings.endpointAccess.kind !== 'public') this.functionSubnets = this.nodeSubnets;
    this.controlPlaneCidrs = settings.controlPlaneCidrs;
    const attributes = {
      clusterName: settings.name,
      clusterEndpoint: settings.endpoint,
      clusterCertificateAuthorityData: settings.certificateAuthority,
      clusterSecurityGroupId: settings.securityGroupId,
      ...(vpc ? { vpc } : {}),
      // Pruning would label, and on a change delete, what other tools of an existing cluster may own.
      prune: false,
    };
    const role = this.kubectlRole(settings);
    const provider = new KubectlProvider(this, 'KubectlProvider', {
      cluster: Cluster.fromClusterAttributes(this, 'WithoutKubectl', attributes),
      kubectlLayer: kubectlLayer(this, settings.kubectlLayer),
      role,
      ...(this.functionSubnets ? { privateSubnets: this.functionSubnets } : {}),
    });
    acceptKubectlProvider(provider);
    this.cluster = Cluster.fromClusterAttributes(this, 'Cluster', { ...attributes, kubectlProvider: provider });
  }

  /** The role given, which is left as it is, or one of our own with an access entry. */
  private kubectlRole({ name, kubectlRoleArn }: ImportedClusterSettings) {
    if (kubectlRoleArn) return Role.fromRoleArn(this, 'KubectlRole', kubectlRoleArn, { mutable: false });
    const role = new Role(this, 'KubectlRole', {
      description: `kubectl and helm in ${name}`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole')],
    });
    new CfnAccessEntry(this, 'KubectlAccess', {
      clusterName: name,
      principalArn: role.roleArn,
      accessPolicies: [
        {
          policyArn: Stack.of(this).formatArn({ service: 'eks', region: '', account: 'aws', resource: 'cluster-access-policy', resourceName: 'AmazonEKSClusterAdminPolicy' }),
          accessScope: { type: 'cluster' },
        },
      ],
    });
    return role;
  }
}
