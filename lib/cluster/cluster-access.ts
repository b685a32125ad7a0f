import type { ISubnet } from 'aws-cdk-lib/aws-ec2';
import type { ICluster } from 'aws-cdk-lib/aws-eks-v2';

/** The cluster's OIDC provider, as trust policies name it. */
export interface OidcProvider {
  readonly arn: string;
  /** Issuer without `https://`. */
  readonly issuerHost: string;
}

/** A cluster as the later stacks see it, created or imported: one path through the code for both. */
export interface ClusterAccess {
  /** With a kubectl provider. */
  readonly cluster: ICluster;
  /** Address blocks of the control plane's network interfaces. */
  readonly controlPlaneCidrs: readonly string[];
  /** Subnets of the nodes; of an imported cluster, where it says its VPC. */
  readonly nodeSubnets?: ISubnet[];
  /**
   * Where functions that call the API server have to run: in the VPC, unless the endpoint is open to all. From outside
   * they would call from arbitrary addresses of AWS and be refused.
   */
  readonly functionSubnets?: ISubnet[];
}
