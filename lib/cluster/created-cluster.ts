import { CfnOutput, Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { CfnLaunchTemplate, InstanceType, SubnetType, type ISubnet } from 'aws-cdk-lib/aws-ec2';
import {
  AccessPolicy,
  AccessScopeType,
  CfnAddon,
  Cluster,
  ClusterLoggingTypes,
  DefaultCapacityType,
  EndpointAccess,
  KubernetesVersion,
  NodegroupAmiType,
  type CfnCluster,
  type KubectlProvider,
} from 'aws-cdk-lib/aws-eks-v2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acceptKubectlProvider, acceptManagedPolicies } from '../accepted-findings';
import type { EndpointAccess as EndpointAccessSetting, NewCluster } from '../environment/environment';
import type { ClusterAccess, OidcProvider } from './cluster-access';
import { kubectlLayer } from './kubectl-layer';
import { Network } from './network';

/**
 * An EKS cluster with managed nodes (guide row 1). Construct ids here are a contract: renaming one replaces the
 * cluster, and with it all that runs on it.
 */
export class CreatedCluster extends Construct implements ClusterAccess {
  readonly cluster: Cluster;
  readonly oidcProvider: OidcProvider;
  readonly controlPlaneCidrs: readonly string[];
  readonly nodeSubnets: ISubnet[];
  readonly functionSubnets: ClusterAccess['functionSubnets'];

  constructor(scope: Construct, id: string, settings: NewCluster) {
    super(scope, id);
    const network = new Network(this, 'Network', {
      cidr: settings.vpcCidr,
      zones: settings.zones,
      natGateways: settings.natGateways,
      logRetention: settings.logRetentionDays,
    });
    const secretsKey = new Key(this, 'SecretsKey', {
      description: `Encrypts the Kubernetes secrets of ${settings.name}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // EKS would make this group by itself, and keep its logs for ever.
    const logs = new LogGroup(this, 'ControlPlaneLogs', {
      logGroupName: `/aws/eks/${settings.name}/cluster`,
      retention: settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.cluster = new Cluster(this, 'Cluster', {
      clusterName: settings.name,
      version: KubernetesVersion.of(settings.kubernetesVersion),
      vpc: network.vpc,
      // Also places the kubectl functions; the control plane's own subnets are set below.
      vpcSubnets: [{ subnets: network.nodeSubnets }],
      endpointAccess: endpointAccess(settings.endpointAccess),
      secretsEncryptionKey: secretsKey,
      clusterLogging: Object.values(ClusterLoggingTypes),
      defaultCapacity: 0,
      defaultCapacityType: DefaultCapacityType.NODEGROUP,
      bootstrapClusterCreatorAdminPermissions: false,
      bootstrapSelfManagedAddons: false,
      kubectlProviderOptions: { kubectlLayer: kubectlLayer(this, settings.kubectlLayer) },
    });
    this.cluster.node.addDependency(logs);
    const resource = this.cluster.node.defaultChild as CfnCluster;
    resource.addPropertyOverride('ResourcesVpcConfig.SubnetIds', network.controlPlaneSubnets.map((subnet) => subnet.subnetId));
    Validations.of(this.cluster).acknowledge({
      id: 'CloudFormation-Validate::W9009',
      reason: 'aws-eks-v2 names the encrypted resources ("secrets") by a property that the schema calls deprecated.',
    });
    acceptManagedPolicies(this.cluster.role, 'EKS documents this policy as the one that a cluster role has.', 'AmazonEKSClusterPolicy');
    acceptKubectlProvider(this.cluster.node.findChild('KubectlProvider') as KubectlProvider);
    this.addNodes(settings);
    settings.adminArns.forEach((principal, index) =>
      this.cluster.grantAccess(`Admin${index}`, principal, [
        AccessPolicy.fromAccessPolicyName('AmazonEKSClusterAdminPolicy', { accessScopeType: AccessScopeType.CLUSTER }),
      ]),
    );
    this.oidcProvider = {
      arn: this.cluster.openIdConnectProvider.openIdConnectProviderArn,
      issuerHost: Fn.select(1, Fn.split('//', this.cluster.clusterOpenIdConnectIssuerUrl)),
    };
    this.controlPlaneCidrs = network.controlPlaneSubnets.map((subnet) => subnet.ipv4CidrBlock);
    this.nodeSubnets = network.nodeSubnets;
    if (settings.endpointAccess.kind !== 'public') this.functionSubnets = this.nodeSubnets;
    new CfnOutput(this, 'UpdateKubeconfig', {
      description: 'Gives kubectl this cluster',
      value: `aws eks update-kubeconfig --name ${settings.name} --region ${Stack.of(this).region}`,
    });
  }

  /** VPC CNI and kube-proxy before the nodes, which are not ready without them; CoreDNS after, which needs nodes to run on. */
  private addNodes(settings: NewCluster): void {
    const cni = this.addon('VpcCni', 'vpc-cni', { enableNetworkPolicy: 'true' });
    const proxy = this.addon('KubeProxy', 'kube-proxy');
    const template = new CfnLaunchTemplate(this, 'NodeTemplate', {
      launchTemplateData: {
        // One hop: a pod's request for the node's own credentials dies on the way.
        metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
        blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { volumeType: 'gp3', volumeSize: settings.nodes.diskSize, encrypted: true, deleteOnTermination: true } }],
      },
    });
    const nodes = this.cluster.addNodegroupCapacity('Nodes', {
      amiType: NodegroupAmiType.AL2023_X86_64_STANDARD,
      instanceTypes: settings.nodes.instanceTypes.map((type) => new InstanceType(type)),
      minSize: settings.nodes.minSize,
      maxSize: settings.nodes.maxSize,
      desiredSize: settings.nodes.desiredSize,
      subnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      launchTemplateSpec: { id: template.ref, version: template.attrLatestVersionNumber },
    });
    acceptManagedPolicies(nodes.role, 'EKS documents these policies as the ones that a node role has.', 'AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy', 'AmazonEC2ContainerRegistryReadOnly');
    nodes.node.addDependency(cni, proxy);
    this.addon('CoreDns', 'coredns').node.addDependency(nodes);
  }

  /** An EKS add-on at the version that EKS gives the cluster's Kubernetes by default. */
  private addon(id: string, addonName: string, configuration?: Record<string, string>): CfnAddon {
    return new CfnAddon(this, id, {
      clusterName: this.cluster.clusterName,
      addonName,
      resolveConflicts: 'OVERWRITE',
      ...(configuration ? { configurationValues: JSON.stringify(configuration) } : {}),
    });
  }
}

function endpointAccess(setting: EndpointAccessSetting): EndpointAccess {
  switch (setting.kind) {
    case 'public':
      return EndpointAccess.PUBLIC_AND_PRIVATE;
    case 'public-from':
      return EndpointAccess.PUBLIC_AND_PRIVATE.onlyFrom(...setting.cidrs);
    case 'private':
      return EndpointAccess.PRIVATE;
  }
}
