import { describedCluster, type ClusterFacts } from '../../../cli/import-cluster/cluster-facts';
import { doubtsOf } from '../../../cli/import-cluster/doubts';
import { environmentEntry, environmentKey } from '../../../cli/import-cluster/entry';
import { given, ISSUER } from './known-cluster';

const ADDONS = ['vpc-cni', 'aws-ebs-csi-driver', 'cert-manager'];

function facts(cluster: object = {}, network: object = {}, more: Partial<ClusterFacts> = {}): ClusterFacts {
  return {
    cluster: describedCluster({
      name: 'platform',
      arn: 'arn:aws:eks:us-east-1:111122223333:cluster/platform',
      version: '1.35',
      status: 'ACTIVE',
      endpoint: given.endpoint,
      certificateAuthority: { data: given.certificateAuthority },
      identity: { oidc: { issuer: ISSUER } },
      resourcesVpcConfig: { vpcId: 'vpc-1', subnetIds: ['subnet-1'], clusterSecurityGroupId: given.securityGroupId, endpointPublicAccess: true, endpointPrivateAccess: true, publicAccessCidrs: ['0.0.0.0/0'], ...network },
      accessConfig: { authenticationMode: 'API' },
      ...cluster,
    }),
    addons: ADDONS.map((addonName) => ({ addonName, addonVersion: 'v1.20.4-eksbuild.1', status: 'ACTIVE', configurationValues: '{"enableNetworkPolicy":"true"}' })),
    subnets: [{ SubnetId: 'subnet-1', VpcId: 'vpc-1', AvailabilityZone: 'us-east-1a', CidrBlock: '10.0.0.0/28' }],
    routeTables: [],
    oidcProviderArns: [],
    ...more,
  };
}

const doubts = (...given: Parameters<typeof facts>) => {
  const all = facts(...given);
  return doubtsOf(all, environmentEntry(all, { production: false })).filter((doubt) => !doubt.startsWith('controlPlaneCidrs are let in'));
};
const cni = (configurationValues?: string) => ({ addons: facts().addons.map((addon) => (addon.addonName === 'vpc-cni' ? { ...addon, configurationValues } : addon)) });

test('a cluster as the app wants one leaves no doubt', () => expect(doubts()).toEqual([]));

test.each<[object, object, Partial<ClusterFacts>, string | RegExp]>([
  [{ status: 'UPDATING' }, {}, {}, 'The cluster is UPDATING, not ACTIVE: deploy to it when it is. aws eks wait cluster-active --name platform'],
  [{ version: '1.32' }, {}, {}, 'Kubernetes 1.32 left standard support on 2026-03-23; EKS charges for extended support, which ends on 2027-03-23.'],
  [
    { accessConfig: undefined },
    {},
    {},
    "authenticationMode is CONFIG_MAP, and the app's access entries need API_AND_CONFIG_MAP (there is no way back, and the aws-auth ConfigMap goes on working): aws eks update-cluster-config --name platform --region us-east-1 --access-config authenticationMode=API_AND_CONFIG_MAP",
  ],
  [{ kubernetesNetworkConfig: { ipFamily: 'ipv6' } }, {}, {}, /IPv6 addresses.*set vault\.networkPolicy: false\.$/],
  [{ computeConfig: { enabled: true } }, {}, {}, /^EKS Auto Mode is on\./],
  [
    {},
    {},
    cni(),
    'vpc-cni does not enforce NetworkPolicy (enableNetworkPolicy is not true), so Vault\'s does nothing: aws eks update-addon --cluster-name platform --region us-east-1 --addon-name vpc-cni --configuration-values \'{"enableNetworkPolicy":"true"}\'',
  ],
  [{}, {}, cni('env:\n  ENABLE_PREFIX_DELEGATION: "true"\n'), /\(add it to the values that the add-on has; these take their place\)$/],
  [{}, {}, cni('{"enableNetworkPolicy":'), /^vpc-cni does not enforce/],
  [{}, {}, { addons: facts().addons.map((addon) => (addon.addonName === 'cert-manager' ? { ...addon, status: 'DEGRADED' } : addon)) }, 'The add-on cert-manager is DEGRADED, not ACTIVE.'],
  [{}, {}, { addons: facts().addons.slice(1) }, /^EKS has no add-on vpc-cni\..*: kubectl get daemonset -n kube-system aws-node -o wide$/],
  [{}, { endpointPublicAccess: false }, {}, /^vpc-1 has no subnet for the functions/],
  [
    {},
    { endpointPublicAccess: false },
    { routeTables: [{ VpcId: 'vpc-1', Associations: [{ Main: true }], Routes: [] }] },
    'subnet-1 have no default route, and the functions need a way to chart repositories, STS and IAM: give their route tables one to a NAT or transit gateway.',
  ],
])('%j %j leaves one', (cluster, network, more, words) => {
  const said = doubts(cluster, network, more);
  expect(said).toEqual([typeof words === 'string' ? words : expect.stringMatching(words)]);
});

test.each(['enableNetworkPolicy: true', '{"enableNetworkPolicy":"true"}', '{"enableNetworkPolicy":true}'])('policies are enforced by %s', (values) => {
  expect(doubts({}, {}, cni(values))).toEqual([]);
});

test('without a provider in IAM the app makes it from the issuer', () => {
  const imported = (oidcProviderArns: string[]) => environmentEntry(facts({}, {}, { oidcProviderArns }), { production: false }).input.cluster;
  const arn = `arn:aws:iam::111122223333:oidc-provider/${ISSUER.replace('https://', '')}`;
  expect(imported([`${arn}0`])).toMatchObject({ import: { oidcIssuer: ISSUER } });
  expect(imported([`${arn}0`, arn])).toMatchObject({ import: { oidcProviderArn: arn } });
});

test.each([
  ['platform', 'platform'],
  ['team_a-1', 'team-a-1'],
  ['1_shop', 'shop'],
  ['42', 'imported'],
])("the environment's key for cluster %s is %s", (name, key) => expect(environmentKey(name)).toBe(key));
