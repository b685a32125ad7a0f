import type { RouteTable, Subnet } from '@aws-sdk/client-ec2';

/** Subnets for the app's functions: one a zone, both lists in the order of the zones, as CDK pairs them. */
export interface ChosenSubnets {
  readonly availabilityZones: readonly string[];
  readonly privateSubnetIds: readonly string[];
  /** Whether they have a route out of the VPC: the functions call chart repositories, STS and IAM. */
  readonly wayOut: boolean;
}

interface Candidate {
  readonly id: string;
  readonly zone: string;
  readonly wayOut: boolean;
  readonly ofCluster: boolean;
  readonly freeAddresses: number;
}

/**
 * Chooses among a VPC's private subnets, those without a route to an internet gateway. Of a zone's, one with a way out
 * (NAT, transit gateway) goes first, then one that the cluster uses, then the one with most free addresses. Zones without a way out
 * are left out where another has one. Local zones and Outposts are passed over: Lambda does not run there.
 * @param region `us-east-1`, whose zones are `us-east-1a` and so on.
 * @param clusterSubnetIds subnets that the cluster was given.
 * @returns undefined where there is no private subnet.
 */
export function chooseSubnets(
  subnets: readonly Subnet[],
  routeTables: readonly RouteTable[],
  region: string,
  clusterSubnetIds: readonly string[],
): ChosenSubnets | undefined {
  const candidates = subnets.flatMap((subnet): Candidate[] => {
    const { SubnetId: id, AvailabilityZone: zone, OutpostArn: outpost } = subnet;
    const routes = activeRoutes(subnet, routeTables);
    if (id === undefined || zone?.slice(0, -1) !== region || outpost !== undefined || routes === undefined) return [];
    if (routes.some(({ GatewayId: gateway }) => gateway?.startsWith('igw-'))) return [];
    return [
      {
        id,
        zone,
        wayOut: routes.some(({ DestinationCidrBlock: block }) => block === '0.0.0.0/0'),
        ofCluster: clusterSubnetIds.includes(id),
        freeAddresses: subnet.AvailableIpAddressCount ?? 0,
      },
    ];
  });
  const wayOut = candidates.some((candidate) => candidate.wayOut);
  const best = new Map<string, Candidate>();
  for (const candidate of candidates.filter((each) => each.wayOut === wayOut).sort(better)) {
    if (!best.has(candidate.zone)) best.set(candidate.zone, candidate);
  }
  const chosen = [...best.values()].sort((a, b) => a.zone.localeCompare(b.zone));
  if (chosen.length === 0) return undefined;
  return { availabilityZones: chosen.map(({ zone }) => zone), privateSubnetIds: chosen.map(({ id }) => id), wayOut };
}

const better = (a: Candidate, b: Candidate): number =>
  Number(b.ofCluster) - Number(a.ofCluster) || b.freeAddresses - a.freeAddresses || a.id.localeCompare(b.id);

/** Routes of a subnet's own table, else of the VPC's main one; undefined where neither was answered. */
function activeRoutes({ SubnetId: id, VpcId: vpc }: Subnet, routeTables: readonly RouteTable[]) {
  const own = routeTables.find(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId !== undefined && SubnetId === id));
  const main = routeTables.find(({ VpcId, Associations = [] }) => VpcId === vpc && Associations.some(({ Main }) => Main));
  return (own ?? main)?.Routes?.filter(({ State }) => State !== 'blackhole');
}
