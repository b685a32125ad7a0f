import type { ImportedCluster } from '../lib/environment/environment';
import type { Infrastructure } from './aws/infrastructure';
import { ec2Id } from './aws/unique-id';

/** An imported cluster as EKS would know it: what its environment says of it, and a network around that. @param endpoint where it stands here. */
export function existingInfrastructure(cluster: ImportedCluster, region: string, endpoint: string): Infrastructure {
  const { name, endpointAccess, vpc } = cluster;
  const vpcId = vpc?.id ?? ec2Id('vpc', name);
  const controlPlane = cluster.controlPlaneCidrs.map((cidr, index) => ({ id: ec2Id('subnet', `${name}/${cidr}`), vpcId, zone: `${region}${'abc'[index % 3]}`, cidr, freeAddresses: 8 }));
  const nodes = (vpc?.privateSubnetIds ?? []).map((id, index) => ({ id, vpcId, zone: vpc?.availabilityZones[index % vpc.availabilityZones.length] ?? '', cidr: `10.99.${index}.0/24` }));
  return {
    subnets: [...controlPlane, ...nodes],
    routeTables: [
      { id: ec2Id('rtb', `${name}/main`), vpcId, main: true, subnetIds: [] },
      { id: ec2Id('rtb', `${name}/nodes`), vpcId, main: false, subnetIds: nodes.map(({ id }) => id), defaultRoute: ec2Id('nat', name) },
    ],
    clusters: [
      {
        name,
        version: cluster.kubernetesVersion,
        endpoint,
        certificateAuthority: cluster.certificateAuthority,
        issuer: `https://${cluster.issuerHost}`,
        securityGroupId: cluster.securityGroupId,
        vpcId,
        subnetIds: controlPlane.map(({ id }) => id),
        publicAccess: endpointAccess.kind !== 'private',
        privateAccess: true,
        publicAccessCidrs: endpointAccess.kind === 'public-from' ? endpointAccess.cidrs : ['0.0.0.0/0'],
        authenticationMode: 'API',
        addons: [
          { name: 'vpc-cni', version: 'v1.20.4-eksbuild.1', configurationValues: '{"enableNetworkPolicy":"true"}' },
          ...cluster.addons.map((addon) => ({ name: addon, version: 'v1.52.1-eksbuild.1' })),
        ],
      },
    ],
  };
}
