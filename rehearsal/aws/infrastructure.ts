import { z } from 'zod';
import type { ClusterAttributes } from '../cloudformation/resource-types';
import type { Deployment } from '../cloudformation/deployment';

export interface KnownAddon {
  readonly name: string;
  /** `v1.20.4-eksbuild.1` */
  readonly version: string;
  /** JSON or YAML, as it was given to EKS. */
  readonly configurationValues?: string;
  /** @default 'ACTIVE' */
  readonly status?: string;
}

/** A cluster as EKS knows it. */
export interface KnownCluster {
  readonly name: string;
  readonly version: string;
  readonly endpoint: string;
  /** Base64 of a PEM. */
  readonly certificateAuthority: string;
  readonly issuer: string;
  readonly securityGroupId: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly publicAccess: boolean;
  readonly privateAccess: boolean;
  readonly publicAccessCidrs: readonly string[];
  readonly authenticationMode: string;
  /** @default 'ACTIVE' */
  readonly status?: string;
  readonly addons: readonly KnownAddon[];
}

export interface KnownSubnet {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly cidr: string;
  /** @default 250 */
  readonly freeAddresses?: number;
}

export interface KnownRouteTable {
  readonly id: string;
  readonly vpcId: string;
  readonly main: boolean;
  readonly subnetIds: readonly string[];
  /** Default route: through an internet gateway (`igw-…`) or a NAT gateway (`nat-…`). @default - none */
  readonly defaultRoute?: string;
}

/** Clusters and networks of an account's region. */
export interface Infrastructure {
  readonly clusters: readonly KnownCluster[];
  readonly subnets: readonly KnownSubnet[];
  readonly routeTables: readonly KnownRouteTable[];
}

export const NO_INFRASTRUCTURE: Infrastructure = { clusters: [], subnets: [], routeTables: [] };

/** Of several clusters of the account. */
export function infrastructuresTogether(all: readonly Infrastructure[]): Infrastructure {
  return { clusters: all.flatMap(({ clusters }) => clusters), subnets: all.flatMap(({ subnets }) => subnets), routeTables: all.flatMap(({ routeTables }) => routeTables) };
}

/** What EKS takes where a template names no version. */
const DEFAULT_VERSIONS: Readonly<Record<string, string>> = {
  'vpc-cni': 'v1.20.4-eksbuild.1',
  'aws-ebs-csi-driver': 'v1.52.1-eksbuild.1',
  'cert-manager': 'v1.19.1-eksbuild.2',
  coredns: 'v1.12.4-eksbuild.1',
  'kube-proxy': 'v1.35.0-eksbuild.2',
};

const clusterProperties = z.object({
  Version: z.string(),
  ResourcesVpcConfig: z.object({
    SubnetIds: z.array(z.string()),
    EndpointPublicAccess: z.boolean(),
    EndpointPrivateAccess: z.boolean(),
    PublicAccessCidrs: z.array(z.string()).default(['0.0.0.0/0']),
  }),
  AccessConfig: z.object({ AuthenticationMode: z.string() }),
});
const addonProperties = z.object({ ClusterName: z.string(), AddonName: z.string(), AddonVersion: z.string().optional(), ConfigurationValues: z.string().optional() });
const subnetProperties = z.object({ VpcId: z.string(), AvailabilityZone: z.string(), CidrBlock: z.string() });
const tableProperties = z.object({ VpcId: z.string() });
const associationProperties = z.object({ RouteTableId: z.string(), SubnetId: z.string() });
const routeProperties = z.object({ RouteTableId: z.string(), DestinationCidrBlock: z.string(), GatewayId: z.string().optional(), NatGatewayId: z.string().optional() });

/** What a deployment's templates make. @param attributes what EKS alone knows of its cluster. */
export function infrastructureOf(deployment: Deployment, attributes: ClusterAttributes): Infrastructure {
  const of = <T>(type: string, schema: z.ZodType<T>) => deployment.ofType(type).map(({ physicalId: id, properties }) => ({ id, ...schema.parse(properties) }));
  const subnets = of('AWS::EC2::Subnet', subnetProperties).map(({ id, VpcId, AvailabilityZone, CidrBlock }) => ({ id, vpcId: VpcId, zone: AvailabilityZone, cidr: CidrBlock }));
  const associations = of('AWS::EC2::SubnetRouteTableAssociation', associationProperties);
  const routes = of('AWS::EC2::Route', routeProperties).filter(({ DestinationCidrBlock }) => DestinationCidrBlock === '0.0.0.0/0');
  const addons = of('AWS::EKS::Addon', addonProperties);
  return {
    subnets,
    routeTables: of('AWS::EC2::RouteTable', tableProperties).map(({ id, VpcId: vpcId }) => {
      const route = routes.find(({ RouteTableId }) => RouteTableId === id);
      const defaultRoute = route?.GatewayId ?? route?.NatGatewayId;
      const subnetIds = associations.filter(({ RouteTableId }) => RouteTableId === id).map(({ SubnetId }) => SubnetId);
      return { id, vpcId, main: false, subnetIds, ...(defaultRoute === undefined ? {} : { defaultRoute }) };
    }),
    clusters: of('AWS::EKS::Cluster', clusterProperties).map(({ id: name, Version, ResourcesVpcConfig: network, AccessConfig }): KnownCluster => ({
      name,
      version: Version,
      endpoint: attributes.endpoint,
      certificateAuthority: attributes.certificateAuthorityData,
      issuer: attributes.openIdConnectIssuerUrl,
      securityGroupId: attributes.clusterSecurityGroupId,
      vpcId: subnets.find(({ id }) => network.SubnetIds.includes(id))?.vpcId ?? '',
      subnetIds: network.SubnetIds,
      publicAccess: network.EndpointPublicAccess,
      privateAccess: network.EndpointPrivateAccess,
      publicAccessCidrs: network.PublicAccessCidrs,
      authenticationMode: AccessConfig.AuthenticationMode,
      addons: addons
        .filter(({ ClusterName }) => ClusterName === name)
        .map(({ AddonName, AddonVersion, ConfigurationValues }) => ({
          name: AddonName,
          version: AddonVersion ?? DEFAULT_VERSIONS[AddonName] ?? 'v1.0.0-eksbuild.1',
          ...(ConfigurationValues === undefined ? {} : { configurationValues: ConfigurationValues }),
        })),
    })),
  };
}

/** Whether the VPC CNI of the first cluster is configured to enforce NetworkPolicy. */
export function enforcesPolicies({ clusters: [cluster] }: Infrastructure): boolean {
  const values = cluster?.addons.find(({ name }) => name === 'vpc-cni')?.configurationValues;
  return values !== undefined && String((JSON.parse(values) as { enableNetworkPolicy?: unknown }).enableNetworkPolicy) === 'true';
}
