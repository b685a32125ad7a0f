import { parseArn } from '../../lib/environment/aws';
import type { EndpointAccessInput, EnvironmentInput, ImportedClusterInput } from '../../lib/environment/input';
import type { KubernetesVersion } from '../../lib/versions';
import { ADDONS, type AddonName, type ClusterFacts, type DescribedCluster } from './cluster-facts';
import { chooseSubnets, type ChosenSubnets } from './subnets';

/** An environment's entry, and where its values came from. */
export interface Entry {
  readonly input: EnvironmentInput;
  /** By dotted path inside the entry, `cluster.import.endpoint`. */
  readonly sources: ReadonlyMap<string, string>;
  /** Where the functions would run; undefined where they need no VPC, or it has no private subnet. */
  readonly subnets: ChosenSubnets | undefined;
}

/** The entry of an environment for a cluster that exists. What of it an environment can't hold, `parseEnvironments` says. */
export function environmentEntry(facts: ClusterFacts, { production }: { readonly production: boolean }): Entry {
  const { cluster } = facts;
  const { account, region } = placeOf(cluster);
  const access = endpointAccess(cluster);
  const { vpcId, subnetIds, clusterSecurityGroupId } = cluster.resourcesVpcConfig;
  const subnets = access === 'public' ? undefined : chooseSubnets(facts.subnets, facts.routeTables, region, subnetIds);
  const provider = providerOf(facts);
  const imported: ImportedClusterInput = {
    name: cluster.name,
    kubernetesVersion: cluster.version as KubernetesVersion,
    endpoint: cluster.endpoint,
    certificateAuthority: cluster.certificateAuthority.data,
    ...(provider === undefined ? { oidcIssuer: cluster.identity.oidc.issuer } : { oidcProviderArn: provider }),
    securityGroupId: clusterSecurityGroupId,
    endpointAccess: access,
    ...(subnets === undefined ? {} : { vpc: { id: vpcId, availabilityZones: subnets.availabilityZones, privateSubnetIds: subnets.privateSubnetIds } }),
    controlPlaneCidrs: controlPlaneCidrs(facts),
    addons: addonVersions(facts),
  };
  return {
    input: { account, region, ...(production ? { production: true } : {}), cluster: { import: imported } },
    sources: new Map([
      ['account', 'cluster.arn'],
      ['region', 'cluster.arn'],
      ...Object.entries(SOURCES).map(([key, source]) => [`cluster.import.${key}`, source] as const),
    ]),
    subnets,
  };
}

const SOURCES: Readonly<Partial<Record<keyof ImportedClusterInput, string>>> = {
  kubernetesVersion: 'cluster.version',
  endpoint: 'cluster.endpoint',
  certificateAuthority: 'cluster.certificateAuthority.data',
  oidcProviderArn: "IAM's provider of cluster.identity.oidc.issuer",
  oidcIssuer: 'cluster.identity.oidc.issuer: IAM has no provider of it, so the app makes one',
  securityGroupId: 'cluster.resourcesVpcConfig.clusterSecurityGroupId',
  endpointAccess: 'cluster.resourcesVpcConfig: endpointPublicAccess, publicAccessCidrs',
  vpc: 'cluster.resourcesVpcConfig.vpcId; a subnet a zone that has no route to an internet gateway',
  controlPlaneCidrs: 'blocks of cluster.resourcesVpcConfig.subnetIds',
  addons: 'as EKS has them; add those that were installed otherwise',
};

/** Account and region of a cluster's ARN. */
export function placeOf({ arn }: Pick<DescribedCluster, 'arn'>): { readonly account: string; readonly region: string } {
  const parsed = parseArn(arn);
  if (parsed === undefined) throw new Error(`EKS calls the cluster by "${arn}", which is no ARN.`);
  return parsed;
}

/** What the API server's endpoint is open to. IPv6 blocks are left out: see `doubtsOf`. */
export function endpointAccess({ resourcesVpcConfig: { endpointPublicAccess, publicAccessCidrs } }: DescribedCluster): EndpointAccessInput {
  if (!endpointPublicAccess) return 'private';
  if (publicAccessCidrs.length === 0 || publicAccessCidrs.includes('0.0.0.0/0')) return 'public';
  return { publicFrom: publicAccessCidrs.filter((block) => !block.includes(':')) };
}

/** The provider that IAM has for the cluster's issuer. */
function providerOf({ cluster, oidcProviderArns }: ClusterFacts): string | undefined {
  const host = cluster.identity.oidc.issuer.replace('https://', '');
  return oidcProviderArns.find((arn) => arn.endsWith(`:oidc-provider/${host}`));
}

function controlPlaneCidrs({ cluster, subnets }: ClusterFacts): readonly string[] {
  const given = cluster.resourcesVpcConfig.subnetIds;
  const blocks = subnets.flatMap(({ SubnetId: id = '', CidrBlock: block }) => (block !== undefined && given.includes(id) ? [block] : []));
  return [...new Set(blocks)].sort();
}

function addonVersions({ addons }: ClusterFacts): Partial<Record<AddonName, string>> {
  const versionOf = (name: AddonName) => addons.find(({ addonName }) => addonName === name)?.addonVersion;
  return Object.fromEntries(ADDONS.map((name) => [name, versionOf(name)] as const).filter(([, version]) => version !== undefined));
}

/** The environment's key for a cluster: its name, as far as a stage can have it. */
export function environmentKey(clusterName: string): string {
  return clusterName.replaceAll('_', '-').replace(/^[^A-Za-z]+/, '').slice(0, 64) || 'imported';
}
