import { FlowLogDestination, IpAddresses, SubnetType, Vpc, type ISubnet } from 'aws-cdk-lib/aws-ec2';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** Length of the prefix of a subnet for the control plane. Six addresses of each must be free for EKS; 16 are recommended. */
export const CONTROL_PLANE_MASK = 27;

export interface NetworkProps {
  /** IPv4 CIDR block of the VPC. */
  readonly cidr: string;
  readonly zones: number;
  readonly natGateways: number;
  readonly logRetention: RetentionDays;
}

/**
 * The VPC of a new cluster. The control plane's network interfaces get small subnets of their own, so that Vault's
 * NetworkPolicy can name the API server by address without letting the nodes in.
 */
export class Network extends Construct {
  readonly vpc: Vpc;
  readonly nodeSubnets: ISubnet[];
  readonly controlPlaneSubnets: ISubnet[];

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(props.cidr),
      maxAzs: props.zones,
      natGateways: props.natGateways,
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 24 },
        { name: 'Nodes', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
        { name: 'ControlPlane', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: CONTROL_PLANE_MASK },
      ],
    });
    const flowLogs = new LogGroup(this, 'FlowLogs', { retention: props.logRetention, removalPolicy: RemovalPolicy.DESTROY });
    this.vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(flowLogs) });
    this.nodeSubnets = this.vpc.privateSubnets;
    this.controlPlaneSubnets = this.vpc.isolatedSubnets;
  }
}
