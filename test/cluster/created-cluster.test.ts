import { Match } from 'aws-cdk-lib/assertions';
import type { NewClusterInput } from '../../lib/environment/input';
import { resource, resources } from '../manifests';
import { synthesize } from '../synthesize';

const ADMIN = 'arn:aws:iam::111122223333:role/Admin';
const environment = (create: NewClusterInput) => ({ account: '111122223333', region: 'us-east-1', cluster: { create } });
const { template } = synthesize({
  open: environment({ name: 'open', adminArns: [ADMIN], nodes: { instanceTypes: ['m6i.large', 'm6a.large'], minSize: 1, desiredSize: 3, maxSize: 5, diskSize: 50 } }),
  listed: environment({ name: 'listed', endpointAccess: { publicFrom: ['203.0.113.0/24', '198.51.100.7/32'] }, zones: 3, natGateways: 3, vpcCidr: '10.64.0.0/16', logRetentionDays: 365 }),
  closed: environment({ name: 'closed', endpointAccess: 'private', kubernetesVersion: '1.34' }),
});
const [open, listed, closed] = [template('open-Cluster'), template('listed-Cluster'), template('closed-Cluster')];

const subnetIds = (cluster: typeof open, group: string) => resources(cluster, 'AWS::EC2::Subnet', `EksNetworkVpc${group}`).map(({ logicalId }) => ({ Ref: logicalId }));

describe('the API endpoint', () => {
  test.each([
    ['public', open, { EndpointPublicAccess: true, EndpointPrivateAccess: true, PublicAccessCidrs: Match.absent() }],
    ['public for a list', listed, { EndpointPublicAccess: true, EndpointPrivateAccess: true, PublicAccessCidrs: ['203.0.113.0/24', '198.51.100.7/32'] }],
    ['private', closed, { EndpointPublicAccess: false, EndpointPrivateAccess: true, PublicAccessCidrs: Match.absent() }],
  ])('%s', (_, cluster, access) => {
    cluster.hasResourceProperties('AWS::EKS::Cluster', { ResourcesVpcConfig: access });
  });
});

describe('the network', () => {
  test.each([['two zones', open, 2], ['three zones', listed, 3]])('%s: the control plane has small subnets of its own', (_, cluster, zones) => {
    const controlPlane = resources(cluster, 'AWS::EC2::Subnet', 'EksNetworkVpcControlPlane');
    expect(controlPlane).toHaveLength(zones);
    for (const { Properties } of controlPlane) {
      expect(Properties).toMatchObject({ CidrBlock: expect.stringMatching(/\/27$/) as string, MapPublicIpOnLaunch: false });
    }
    cluster.hasResourceProperties('AWS::EKS::Cluster', { ResourcesVpcConfig: { SubnetIds: subnetIds(cluster, 'ControlPlane') } });
    const routed = resources(cluster, 'AWS::EC2::Route').map(({ logicalId }) => logicalId);
    expect(routed.filter((id) => id.includes('ControlPlane'))).toEqual([]);
  });

  test('nodes are in private subnets, and reach the internet by NAT', () => {
    open.hasResourceProperties('AWS::EKS::Nodegroup', { Subnets: subnetIds(open, 'Nodes') });
    open.resourceCountIs('AWS::EC2::NatGateway', 1);
    listed.resourceCountIs('AWS::EC2::NatGateway', 3);
    listed.hasResourceProperties('AWS::EC2::VPC', { CidrBlock: '10.64.0.0/16' });
    expect(resources(open, 'AWS::EC2::Subnet', 'EksNetworkVpcNodes').map(({ Properties }) => Properties.MapPublicIpOnLaunch)).toEqual([false, false]);
  });

  test('zones are chosen at deployment: synth needs no account', () => {
    const zones = resources(listed, 'AWS::EC2::Subnet', 'EksNetworkVpcNodes').map(({ Properties }) => Properties.AvailabilityZone);
    expect(zones).toEqual([0, 1, 2].map((index) => ({ 'Fn::Select': [index, { 'Fn::GetAZs': '' }] })));
  });

  test('its traffic is logged, and its default security group lets nothing through', () => {
    open.resourceCountIs('AWS::EC2::FlowLog', 1);
    open.resourceCountIs('Custom::VpcRestrictDefaultSG', 1);
  });

  test.each([['public', open], ['public for a list', listed], ['private', closed]])('kubectl runs in the node subnets: %s', (_, cluster) => {
    const vpcConfig = { SubnetIds: subnetIds(cluster, 'Nodes'), SecurityGroupIds: [{ 'Fn::GetAtt': [resource(cluster, 'AWS::EKS::Cluster').logicalId, 'ClusterSecurityGroupId'] }] };
    expect(resource(cluster, 'AWS::Lambda::Function', 'EksClusterKubectlProviderHandler').Properties.VpcConfig).toEqual(vpcConfig);
  });
});

describe('the control plane', () => {
  test('encrypts Kubernetes secrets with a key that rotates and outlives the stack', () => {
    const key = resource(open, 'AWS::KMS::Key');
    expect(key).toMatchObject({ Properties: { EnableKeyRotation: true }, DeletionPolicy: 'Retain' });
    open.hasResourceProperties('AWS::EKS::Cluster', { EncryptionConfig: [{ Provider: { KeyArn: { 'Fn::GetAtt': [key.logicalId, 'Arn'] } }, Resources: ['secrets'] }] });
  });

  test('logs all five kinds, into a group that exists before it and ends', () => {
    const types = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];
    listed.hasResourceProperties('AWS::EKS::Cluster', { Logging: { ClusterLogging: { EnabledTypes: types.map((Type) => ({ Type })) } } });
    const logs = resource(listed, 'AWS::Logs::LogGroup', 'EksControlPlaneLogs');
    expect(logs.Properties).toMatchObject({ LogGroupName: '/aws/eks/listed/cluster', RetentionInDays: 365 });
    expect(resource(listed, 'AWS::EKS::Cluster').DependsOn).toContain(logs.logicalId);
  });

  test('knows access entries alone, and gives its creator nothing', () => {
    open.hasResourceProperties('AWS::EKS::Cluster', { AccessConfig: { AuthenticationMode: 'API', BootstrapClusterCreatorAdminPermissions: false } });
  });

  test('admins get cluster-admin by an access entry', () => {
    const admin = { AccessPolicies: [{ AccessScope: { Type: 'cluster' }, PolicyArn: Match.anyValue() }], PrincipalArn: ADMIN };
    open.resourcePropertiesCountIs('AWS::EKS::AccessEntry', admin, 1);
    // kubectl's own beside it.
    open.resourceCountIs('AWS::EKS::AccessEntry', 2);
    listed.resourceCountIs('AWS::EKS::AccessEntry', 1);
  });

  test.each([['1.35', open], ['1.34', closed]])('Kubernetes %s', (version, cluster) => {
    cluster.hasResourceProperties('AWS::EKS::Cluster', { Version: version });
  });

  test('kubectl is one minor version off at most: 1.34 has the layer of 1.35', () => {
    for (const cluster of [open, closed]) cluster.hasResourceProperties('AWS::Lambda::LayerVersion', { Description: Match.stringLikeRegexp('kubectl 1\\.35') });
  });

  test('has an OIDC provider for STS', () => {
    const issuer = { 'Fn::GetAtt': [resource(open, 'AWS::EKS::Cluster').logicalId, 'OpenIdConnectIssuerUrl'] };
    expect(resource(open, 'AWS::IAM::OIDCProvider').Properties).toEqual({ Url: issuer, ClientIdList: ['sts.amazonaws.com'] });
  });
});

describe('nodes', () => {
  test('are as the environment says', () => {
    open.hasResourceProperties('AWS::EKS::Nodegroup', {
      AmiType: 'AL2023_x86_64_STANDARD',
      InstanceTypes: ['m6i.large', 'm6a.large'],
      ScalingConfig: { MinSize: 1, DesiredSize: 3, MaxSize: 5 },
    });
  });

  test('keep their credentials from pods, and their disks encrypted', () => {
    open.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, VolumeType: 'gp3', VolumeSize: 50 } }],
      },
    });
    open.hasResourceProperties('AWS::EKS::Nodegroup', { LaunchTemplate: { Id: { Ref: resource(open, 'AWS::EC2::LaunchTemplate').logicalId } } });
  });

  test('come after the add-ons that they need, and before the one that needs them', () => {
    const addon = (name: string) => resources(open, 'AWS::EKS::Addon').find(({ Properties }) => Properties.AddonName === name);
    const nodes = resource(open, 'AWS::EKS::Nodegroup');
    expect(nodes.DependsOn).toEqual(expect.arrayContaining([addon('vpc-cni')?.logicalId, addon('kube-proxy')?.logicalId]));
    expect(addon('coredns')?.DependsOn).toContain(nodes.logicalId);
    expect(addon('vpc-cni')?.DependsOn).not.toContain(nodes.logicalId);
  });

  test('enforce network policies', () => {
    open.hasResourceProperties('AWS::EKS::Addon', { AddonName: 'vpc-cni', ConfigurationValues: JSON.stringify({ enableNetworkPolicy: 'true' }) });
  });
});

test('its zones are those named, or the first that CloudFormation lists', () => {
  const named = synthesize({ zones: { account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'zones', availabilityZones: ['us-east-1b', 'us-east-1c'] } } } }).template('zones-Cluster');
  const zones = new Set(resources(named, 'AWS::EC2::Subnet').map(({ Properties }) => Properties.AvailabilityZone));
  expect([...zones]).toEqual(['us-east-1b', 'us-east-1c']);
});
