import { infrastructureOf } from '../../../rehearsal/aws/infrastructure';
import { deployTemplates } from '../cloudformation/assembly-on-disk';

const ATTRIBUTES = {
  endpoint: 'https://k.example',
  certificateAuthorityData: 'Y2E=',
  openIdConnectIssuerUrl: 'https://oidc.example/id/1',
  clusterSecurityGroupId: 'sg-0123456789abcdef0',
};
const ref = (Ref: string) => ({ Ref });
const of = (Type: string, Properties: object) => ({ Type, Properties });

const RESOURCES = {
  Vpc: of('AWS::EC2::VPC', { CidrBlock: '10.0.0.0/16' }),
  Inside: of('AWS::EC2::Subnet', { VpcId: ref('Vpc'), AvailabilityZone: { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, CidrBlock: '10.0.0.0/28' }),
  Outside: of('AWS::EC2::Subnet', { VpcId: ref('Vpc'), AvailabilityZone: 'eu-central-1b', CidrBlock: '10.0.0.16/28' }),
  InsideTable: of('AWS::EC2::RouteTable', { VpcId: ref('Vpc') }),
  OutsideTable: of('AWS::EC2::RouteTable', { VpcId: ref('Vpc') }),
  InsideUses: of('AWS::EC2::SubnetRouteTableAssociation', { SubnetId: ref('Inside'), RouteTableId: ref('InsideTable') }),
  OutsideUses: of('AWS::EC2::SubnetRouteTableAssociation', { SubnetId: ref('Outside'), RouteTableId: ref('OutsideTable') }),
  Gateway: of('AWS::EC2::InternetGateway', {}),
  Nat: of('AWS::EC2::NatGateway', { SubnetId: ref('Outside') }),
  Out: of('AWS::EC2::Route', { RouteTableId: ref('OutsideTable'), DestinationCidrBlock: '0.0.0.0/0', GatewayId: ref('Gateway') }),
  ThroughNat: of('AWS::EC2::Route', { RouteTableId: ref('InsideTable'), DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: ref('Nat') }),
  Cluster: of('AWS::EKS::Cluster', {
    Name: 'c',
    Version: '1.35',
    ResourcesVpcConfig: { SubnetIds: [ref('Inside')], EndpointPublicAccess: true, EndpointPrivateAccess: false },
    AccessConfig: { AuthenticationMode: 'API' },
  }),
  Cni: of('AWS::EKS::Addon', { ClusterName: ref('Cluster'), AddonName: 'vpc-cni', ConfigurationValues: '{}' }),
  Other: of('AWS::EKS::Addon', { ClusterName: 'other', AddonName: 'vpc-cni' }),
};

test("a cluster with its add-ons, subnets and their ways out, as the templates make them", () => {
  const { clusters, subnets, routeTables } = infrastructureOf(deployTemplates({ S: { Resources: RESOURCES } }, { attributes: { cluster: ATTRIBUTES } }), ATTRIBUTES);
  const [inside, outside] = subnets;

  expect(subnets).toEqual([
    { id: expect.stringMatching(/^subnet-[0-9a-f]{17}$/) as string, vpcId: expect.stringMatching(/^vpc-[0-9a-f]{17}$/) as string, zone: 'eu-central-1a', cidr: '10.0.0.0/28' },
    expect.objectContaining({ zone: 'eu-central-1b', cidr: '10.0.0.16/28' }),
  ]);
  expect(routeTables.map(({ subnetIds, defaultRoute }) => [subnetIds, defaultRoute?.slice(0, 4)])).toEqual([
    [[inside?.id], 'nat-'],
    [[outside?.id], 'igw-'],
  ]);
  expect(clusters).toEqual([
    expect.objectContaining({
      name: 'c',
      endpoint: 'https://k.example',
      vpcId: inside?.vpcId,
      subnetIds: [inside?.id],
      publicAccessCidrs: ['0.0.0.0/0'],
      addons: [{ name: 'vpc-cni', version: 'v1.20.4-eksbuild.1', configurationValues: '{}' }],
    }),
  ]);
});
