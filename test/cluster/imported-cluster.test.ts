import { Match } from 'aws-cdk-lib/assertions';
import { environments } from '../environments';
import type { ImportedClusterInput } from '../../lib/environment/input';
import { helmRelease, resource, resources } from '../manifests';
import { synthesize } from '../synthesize';

const existing = (environments.existing?.cluster as { import: ImportedClusterInput }).import;
const { oidcProviderArn = '', ...withoutProvider } = existing;
const KUBECTL = 'arn:aws:iam::111122223333:role/platform/kubectl';
const SUBNETS = ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'];
const vpc = { id: 'vpc-0a1b2c3d4e5f60718', availabilityZones: ['us-east-1a', 'us-east-1b'], privateSubnetIds: SUBNETS };
const environment = (cluster: ImportedClusterInput) => ({ account: '111122223333', region: 'us-east-1', cluster: { import: cluster } });

const { template, stacks } = synthesize({
  plain: environment({ ...existing, name: 'plain' }),
  owned: environment({ ...withoutProvider, name: 'owned', oidcIssuer: `https://${oidcProviderArn.split('oidc-provider/')[1] ?? ''}`, kubectlRoleArn: KUBECTL }),
  closed: environment({ ...existing, name: 'closed', endpointAccess: 'private', vpc }),
  listed: environment({ ...existing, name: 'listed', endpointAccess: { publicFrom: ['203.0.113.0/24'] }, vpc }),
});
const [plain, owned] = [template('plain-Identity'), template('owned-Identity')];
const kubectl = (identity: typeof plain) => resource(identity, 'AWS::Lambda::Function', 'ImportedKubectlProviderHandler');

test('there is no Cluster stack, and nothing makes a cluster', () => {
  expect([...stacks.keys()].filter((name) => name.startsWith('plain-'))).toEqual(['plain-Identity', 'plain-Vault', 'plain-Gloo']);
  for (const name of stacks.keys()) template(name).resourceCountIs('AWS::EKS::Cluster', 0);
});

describe('the OIDC provider', () => {
  const issuer = 'oidc.eks.us-east-1.amazonaws.com/id/5E6A1F0C9B7D4823A1C0E9F86B7D2A34';

  test('that IAM has is taken', () => {
    plain.resourceCountIs('AWS::IAM::OIDCProvider', 0);
    plain.hasResourceProperties('AWS::IAM::Role', { RoleName: 'dev-role-iam-plain', AssumeRolePolicyDocument: { Statement: [{ Principal: { Federated: oidcProviderArn } }] } });
  });

  test('is associated where only the issuer is known', () => {
    const provider = resource(owned, 'AWS::IAM::OIDCProvider');
    expect(provider.Properties).toEqual({ Url: `https://${issuer}`, ClientIdList: ['sts.amazonaws.com'] });
    owned.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'dev-role-iam-owned',
      AssumeRolePolicyDocument: { Statement: [{ Principal: { Federated: { 'Fn::GetAtt': [provider.logicalId, 'Arn'] } } }] },
    });
  });

  test.each([['taken', plain], ['associated', owned]])('leaves the trust readable in a diff: %s', (_, identity) => {
    identity.resourceCountIs('Custom::AWSCDKCfnJson', 0);
    identity.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: { Statement: [{ Condition: { StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: 'system:serviceaccount:gloo-system:gloo' } } }] },
    });
  });
});

describe('kubectl', () => {
  test('has a role of its own with cluster-admin, where none is given', () => {
    const entry = resource(plain, 'AWS::EKS::AccessEntry');
    expect(entry.Properties).toEqual({
      ClusterName: 'plain',
      PrincipalArn: { 'Fn::GetAtt': [resource(plain, 'AWS::IAM::Role', 'ImportedKubectlRole').logicalId, 'Arn'] },
      AccessPolicies: [{ AccessScope: { Type: 'cluster' }, PolicyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy' }],
    });
    expect(kubectl(plain).Properties.Role).toEqual(entry.Properties.PrincipalArn);
  });

  test('runs as the role given, which has its access already', () => {
    owned.resourceCountIs('AWS::EKS::AccessEntry', 0);
    expect(resources(owned, 'AWS::IAM::Role', 'ImportedKubectlRole')).toEqual([]);
    expect(kubectl(owned).Properties.Role).toBe(KUBECTL);
  });

  test('runs outside any VPC where the endpoint is open to all', () => {
    expect(kubectl(plain).Properties.VpcConfig).toBeUndefined();
  });

  test.each(['closed', 'listed'])('runs in the subnets given where it is not: %s', (name) => {
    expect(kubectl(template(`${name}-Identity`)).Properties.VpcConfig).toEqual({ SubnetIds: SUBNETS, SecurityGroupIds: [existing.securityGroupId] });
  });

  test('applies manifests and charts by this provider, to this cluster', () => {
    const release = helmRelease(template('plain-Gloo'));
    expect(release.Properties.ClusterName).toBe('plain');
    expect(JSON.stringify(release.Properties.ServiceToken)).toMatch(/plain-Identity.*ImportedKubectlProviderframeworkonEvent/);
  });

  test('has the layer of the Kubernetes version', () => {
    plain.hasResourceProperties('AWS::Lambda::LayerVersion', { Description: Match.stringLikeRegexp('kubectl 1\\.35') });
  });
});

test('a manifest is never pruned: other tools own objects of an existing cluster', () => {
  for (const name of ['plain-Vault', 'plain-Gloo']) {
    template(name).resourcePropertiesCountIs('Custom::AWSCDK-EKS-KubernetesResource', { PruneLabel: Match.anyValue() }, 0);
  }
});

test('the function that configures Vault gets the endpoint and the authority as they were given', () => {
  template('closed-Vault').hasResourceProperties('Custom::VaultConfiguration', {
    cluster: { name: 'closed', endpoint: existing.endpoint, certificateAuthority: existing.certificateAuthority },
  });
});
