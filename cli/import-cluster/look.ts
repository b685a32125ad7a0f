import { EC2Client, paginateDescribeRouteTables, paginateDescribeSubnets } from '@aws-sdk/client-ec2';
import { DescribeAddonCommand, DescribeClusterCommand, EKSClient, paginateListAddons, paginateListClusters, ResourceNotFoundException } from '@aws-sdk/client-eks';
import { IAMClient, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam';
import { quote, suggestion } from '../../lib/environment/words';
import { endpointAccess } from './entry';
import { ADDONS, describedCluster, type AddonName, type ClusterFacts } from './cluster-facts';
import { Denied, joinDenied, refusal } from '../aws-refusals';

type ClientConfig = ConstructorParameters<typeof EKSClient>[0] & ConstructorParameters<typeof EC2Client>[0] & ConstructorParameters<typeof IAMClient>[0];

export interface LookOptions {
  /** @default - AWS_REGION, else that of the profile */
  readonly region?: string;
  readonly profile?: string;
  /** For the clients: credentials of a test, say. @default - the default credential chain */
  readonly clients?: Pick<NonNullable<ClientConfig>, 'credentials' | 'maxAttempts'>;
}

/** The region that the AWS clients found nowhere. */
export class NoRegion extends Error {
  override readonly name = 'NoRegion';
}

const MOST_PAGES = 50;
const SHOWN_CLUSTERS = 20;

/**
 * Reads a cluster and what stands around it from AWS: reads only.
 * @throws NoRegion; Error in words for a cluster that is not there, refused actions (all of them), expired or missing credentials.
 */
export async function lookAtCluster(name: string, { region, profile, clients = {} }: LookOptions): Promise<ClusterFacts> {
  const config = {
    ...clients,
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 15_000 },
  };
  const eks = new EKSClient(config);
  const ec2 = new EC2Client(config);
  const iam = new IAMClient(config);
  const asking = async <T>(action: string, ask: () => Promise<T>): Promise<T> =>
    ask().catch((error: unknown) => {
      throw error instanceof ResourceNotFoundException ? error : refusal(action, error, profile);
    });
  try {
    const here = await eks.config.region().catch(() => {
      throw new NoRegion('No region: give --region, AWS_REGION, or one in the AWS profile.');
    });
    const { cluster: answer } = await asking('eks:DescribeCluster', () => eks.send(new DescribeClusterCommand({ name }))).catch(async (error: unknown) => {
      throw error instanceof ResourceNotFoundException ? await noSuchCluster(name, here, eks) : error;
    });
    const cluster = describedCluster(answer);
    const vpc = [{ Name: 'vpc-id', Values: [cluster.resourcesVpcConfig.vpcId] }];
    const [installed, subnets, routeTables, providers] = await together([
      asking('eks:ListAddons', () => all(paginateListAddons({ client: eks }, { clusterName: name }), ({ addons }) => addons)),
      asking('ec2:DescribeSubnets', () => all(paginateDescribeSubnets({ client: ec2 }, { Filters: vpc }), ({ Subnets }) => Subnets)),
      endpointAccess(cluster) === 'public'
        ? []
        : asking('ec2:DescribeRouteTables', () => all(paginateDescribeRouteTables({ client: ec2 }, { Filters: vpc }), ({ RouteTables }) => RouteTables)),
      asking('iam:ListOpenIDConnectProviders', () => iam.send(new ListOpenIDConnectProvidersCommand({}))),
    ]);
    const ours = installed.filter((addonName): addonName is AddonName => ADDONS.some((each) => each === addonName));
    const addons = await together(ours.map((addonName) => asking('eks:DescribeAddon', () => eks.send(new DescribeAddonCommand({ clusterName: name, addonName })))));
    return {
      cluster,
      addons: addons.flatMap(({ addon }) => addon ?? []),
      subnets,
      routeTables,
      oidcProviderArns: (providers.OpenIDConnectProviderList ?? []).flatMap(({ Arn }) => Arn ?? []),
    };
  } finally {
    for (const client of [eks, ec2, iam]) client.destroy();
  }
}

/** All of them, or one error that names every action that was refused. */
async function together<const T extends readonly unknown[]>(asked: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(asked);
  const reasons = settled.flatMap((each): unknown[] => (each.status === 'rejected' ? [each.reason] : []));
  const denied = reasons.filter((reason) => reason instanceof Denied);
  if (denied.length > 0) throw joinDenied(denied);
  if (reasons.length > 0) throw reasons[0];
  return settled.map((each) => (each.status === 'fulfilled' ? each.value : undefined)) as { -readonly [K in keyof T]: Awaited<T[K]> };
}

async function all<Page, Item>(pages: AsyncIterable<Page>, items: (page: Page) => readonly Item[] | undefined): Promise<readonly Item[]> {
  const found: Item[] = [];
  let count = 0;
  for await (const page of pages) {
    found.push(...(items(page) ?? []));
    if (++count === MOST_PAGES) throw new Error(`AWS has more than ${MOST_PAGES} pages of what was asked for.`);
  }
  return found;
}

/** What to say of a cluster that is not there: those that are, where the caller may list them. */
async function noSuchCluster(name: string, region: string, client: EKSClient): Promise<Error> {
  const there = await all(paginateListClusters({ client }, {}), ({ clusters }) => clusters).catch((error: unknown) => refusal('eks:ListClusters', error, undefined));
  const named = `There is no cluster ${quote(name)} in ${region}`;
  if (!Array.isArray(there)) return new Error(`${named}; those that are there could not be listed: ${there instanceof Error ? there.message : String(there)}`);
  const names = (there as readonly string[]).slice().sort();
  const more = names.length > SHOWN_CLUSTERS ? ` and ${names.length - SHOWN_CLUSTERS} more` : '';
  return new Error(`${named}; there ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, SHOWN_CLUSTERS).join(', ') || 'none, so look at the region and the account'}${more}.${suggestion(name, names)}`);
}
