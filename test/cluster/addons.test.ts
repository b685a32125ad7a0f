import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { WITHOUT_VALIDATION } from '../../lib/app-props';
import { Addons, neededAddons } from '../../lib/cluster/addons';
import type { EnvironmentInput } from '../../lib/environment/input';
import { parseEnvironments } from '../../lib/environment/parse';
import { importedRaft, input, withValue } from '../environment/inputs';
import { environments } from '../environments';
import { resource, resources } from '../manifests';
import { synthesize } from '../synthesize';

const needed = (environment: unknown) => parseEnvironments({ e: environment }).map(neededAddons)[0];
const imported = (addons: Record<string, string>) => withValue(importedRaft(), 'cluster.import.addons', addons);

describe('what is needed', () => {
  test('nothing by a dev-mode Vault', () => {
    expect(needed(input('dev'))).toEqual([]);
    expect(needed(input('existing'))).toEqual([]);
  });

  test('a driver for volumes and certificates by one with replicas, only the driver without TLS', () => {
    expect(needed(input('prod'))).toEqual(['aws-ebs-csi-driver', 'cert-manager']);
    expect(needed(withValue(withValue(withValue(input('prod'), 'production', false), 'vault.mode', 'raft'), 'vault.raft', { tls: false }))).toEqual(['aws-ebs-csi-driver']);
  });

  test.each([
    [{}, ['aws-ebs-csi-driver', 'cert-manager']],
    [{ 'cert-manager': 'v1.18.2' }, ['aws-ebs-csi-driver']],
    [{ 'aws-ebs-csi-driver': 'v1.48.0-eksbuild.2', 'cert-manager': 'v1.18.2' }, []],
  ])('on an imported cluster what it has not: it has %j', (has, lacks) => {
    expect(needed(imported(has))).toEqual(lacks);
  });
});

describe('the add-ons', () => {
  const stack = new Stack(new App(WITHOUT_VALIDATION), 'Cluster', { env: { account: '111122223333', region: 'us-east-1' } });
  const oidcProvider = { arn: 'arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/A', issuerHost: 'oidc.example.com/id/A' };
  new Addons(stack, 'Addons', { clusterName: 'c', oidcProvider, addons: ['aws-ebs-csi-driver', 'cert-manager'] });
  const template = Template.fromStack(stack);
  const role = resource(template, 'AWS::IAM::Role');

  test('the driver has a role of its own, cert-manager none', () => {
    expect(resource(template, 'AWS::EKS::Addon', 'AddonsEbsCsi').Properties).toEqual({
      ClusterName: 'c',
      AddonName: 'aws-ebs-csi-driver',
      ResolveConflicts: 'OVERWRITE',
      ServiceAccountRoleArn: { 'Fn::GetAtt': [role.logicalId, 'Arn'] },
    });
    expect(resource(template, 'AWS::EKS::Addon', 'AddonsCertManager').Properties).toEqual({ ClusterName: 'c', AddonName: 'cert-manager', ResolveConflicts: 'OVERWRITE' });
  });

  test('the role is for the one service account that makes volumes', () => {
    expect(role.Properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRoleWithWebIdentity',
          Principal: { Federated: oidcProvider.arn },
          Condition: { StringEquals: { 'oidc.example.com/id/A:aud': 'sts.amazonaws.com', 'oidc.example.com/id/A:sub': 'system:serviceaccount:kube-system:ebs-csi-controller-sa' } },
        },
      ],
    });
    expect((role.Properties.AssumeRolePolicyDocument as { Statement: unknown[] }).Statement).toHaveLength(1);
  });

  test("and may do what EKS's policy for the driver says, no more", () => {
    expect(role.Properties.ManagedPolicyArns).toEqual([{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy']] }]);
    template.resourceCountIs('AWS::IAM::Policy', 0);
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
  });
});

describe('in the stacks', () => {
  const { template } = synthesize({
    prod: environments.prod as EnvironmentInput,
    bare: imported({ 'vpc-cni': 'v1.20.4-eksbuild.1' }),
    equipped: withValue(importedRaft(), 'cluster.import.name', 'equipped'),
  });
  const names = (stack: string) => resources(template(stack), 'AWS::EKS::Addon').map(({ Properties }) => Properties.AddonName);

  test('of a new cluster they come after nodes and names, which their pods need', () => {
    const cluster = template('prod-Cluster');
    expect(names('prod-Cluster').sort()).toEqual(['aws-ebs-csi-driver', 'cert-manager', 'coredns', 'kube-proxy', 'vpc-cni']);
    const before = [resource(cluster, 'AWS::EKS::Nodegroup').logicalId, resource(cluster, 'AWS::EKS::Addon', 'EksCoreDns').logicalId];
    for (const id of ['AddonsEbsCsi', 'AddonsCertManager']) expect(resource(cluster, 'AWS::EKS::Addon', id).DependsOn).toEqual(expect.arrayContaining(before));
  });

  test('of an imported one those that it has are left alone', () => {
    expect(names('bare-Identity').sort()).toEqual(['aws-ebs-csi-driver', 'cert-manager']);
    expect(names('equipped-Identity')).toEqual([]);
    expect(resources(template('equipped-Identity'), 'AWS::IAM::Role').map(({ Properties }) => JSON.stringify(Properties)).join()).not.toContain('ebs-csi');
  });

  test("of an imported one the driver's role trusts its issuer", () => {
    expect(JSON.stringify(resource(template('bare-Identity'), 'AWS::IAM::Role', 'AddonsEbsCsi').Properties.AssumeRolePolicyDocument)).toContain(
      '"oidc.eks.us-east-1.amazonaws.com/id/5E6A1F0C9B7D4823A1C0E9F86B7D2A34:sub":"system:serviceaccount:kube-system:ebs-csi-controller-sa"',
    );
  });
});
