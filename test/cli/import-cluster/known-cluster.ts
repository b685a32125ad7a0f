import type { Infrastructure, KnownCluster } from '../../../rehearsal/aws/infrastructure';
import { environments } from '../../environments';

const imported = environments.existing?.cluster;
if (imported === undefined || !('import' in imported)) throw new Error('The environment "existing" imports no cluster.');

/** The cluster of the environment `existing`. */
export const given = imported.import;
export const VPC = 'vpc-0123456789abcdef0';
export const ISSUER = 'https://oidc.eks.us-east-1.amazonaws.com/id/5E6A1F0C9B7D4823A1C0E9F86B7D2A34';

export const subnetId = (digit: number) => `subnet-${String(digit).repeat(17)}`;

/** That cluster as EKS knows it, in a VPC with subnets of its own, private ones and a public one. */
export function infrastructure(changes: Partial<KnownCluster> = {}): Infrastructure {
  const subnet = (digit: number, zone: string, cidr: string, freeAddresses = 250) => ({ id: subnetId(digit), vpcId: VPC, zone, cidr, freeAddresses });
  return {
    clusters: [
      {
        name: given.name,
        version: given.kubernetesVersion,
        endpoint: given.endpoint,
        certificateAuthority: given.certificateAuthority,
        issuer: ISSUER,
        securityGroupId: given.securityGroupId,
        vpcId: VPC,
        subnetIds: [subnetId(1), subnetId(2)],
        publicAccess: true,
        privateAccess: true,
        publicAccessCidrs: ['0.0.0.0/0'],
        authenticationMode: 'API',
        addons: [
          { name: 'vpc-cni', version: 'v1.20.4-eksbuild.1', configurationValues: '{"enableNetworkPolicy":"true"}' },
          { name: 'coredns', version: 'v1.12.4-eksbuild.1' },
          { name: 'aws-ebs-csi-driver', version: 'v1.52.1-eksbuild.1' },
          { name: 'cert-manager', version: 'v1.19.1-eksbuild.2' },
        ],
        ...changes,
      },
    ],
    subnets: [
      subnet(2, 'us-east-1b', '10.20.0.16/28', 8),
      subnet(1, 'us-east-1a', '10.20.0.0/28', 8),
      subnet(3, 'us-east-1a', '10.20.1.0/24'),
      subnet(5, 'us-east-1b', '10.20.3.0/24', 100),
      subnet(4, 'us-east-1b', '10.20.2.0/24', 200),
      subnet(6, 'us-east-1c', '10.20.4.0/24'),
      subnet(7, 'us-east-1-bos-1a', '10.20.5.0/24'),
    ],
    routeTables: [
      { id: 'rtb-00000000000000001', vpcId: VPC, main: true, subnetIds: [], defaultRoute: 'igw-00000000000000001' },
      { id: 'rtb-00000000000000002', vpcId: VPC, main: false, subnetIds: [subnetId(1), subnetId(2)] },
      { id: 'rtb-00000000000000003', vpcId: VPC, main: false, subnetIds: [3, 4, 5, 7].map(subnetId), defaultRoute: 'nat-00000000000000001' },
    ],
  };
}
