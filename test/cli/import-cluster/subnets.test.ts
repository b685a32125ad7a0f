import type { RouteTable, Subnet } from '@aws-sdk/client-ec2';
import { chooseSubnets } from '../../../cli/import-cluster/subnets';

const subnet = (SubnetId: string, zone: string, more: Partial<Subnet> = {}): Subnet => ({ SubnetId, VpcId: 'vpc-1', AvailabilityZone: `us-east-1${zone}`, ...more });
const table = (SubnetIds: readonly string[], Routes: RouteTable['Routes']): RouteTable => ({
  VpcId: 'vpc-1',
  Associations: SubnetIds.map((SubnetId) => ({ SubnetId, Main: false })),
  Routes,
});
const NAT = { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1', State: 'active' } as const;
const IGW = { DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1', State: 'active' } as const;
const main = (Routes: RouteTable['Routes']): RouteTable => ({ VpcId: 'vpc-1', Associations: [{ Main: true }], Routes });
const choose = (subnets: Subnet[], tables: RouteTable[], ofCluster: string[] = []) => chooseSubnets(subnets, tables, 'us-east-1', ofCluster);

test('one a zone, both lists in the order of the zones', () => {
  expect(choose([subnet('s-b', 'b'), subnet('s-a', 'a'), subnet('s-c', 'c')], [table(['s-a', 's-b', 's-c'], [NAT])])).toEqual({
    availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
    privateSubnetIds: ['s-a', 's-b', 's-c'],
    wayOut: true,
  });
});

test('of a zone: one that the cluster uses, else the one with most free addresses, else the first by name', () => {
  const subnets = [subnet('s-1', 'a', { AvailableIpAddressCount: 10 }), subnet('s-3', 'a', { AvailableIpAddressCount: 90 }), subnet('s-2', 'a', { AvailableIpAddressCount: 90 })];
  const tables = [main([NAT])];
  expect(choose(subnets, tables)?.privateSubnetIds).toEqual(['s-2']);
  expect(choose(subnets, tables, ['s-1'])?.privateSubnetIds).toEqual(['s-1']);
});

test("a subnet without a table of its own has the VPC's main one", () => {
  const subnets = [subnet('s-a', 'a'), subnet('s-b', 'b')];
  expect(choose(subnets, [main([IGW]), table(['s-b'], [NAT])])?.privateSubnetIds).toEqual(['s-b']);
  expect(choose(subnets, [{ ...main([NAT]), VpcId: 'vpc-2' }, table(['s-b'], [NAT])])?.privateSubnetIds).toEqual(['s-b']);
});

test('zones without a way out are left out where another has one, and said where none has', () => {
  const subnets = [subnet('s-a', 'a'), subnet('s-b', 'b')];
  expect(choose(subnets, [table(['s-a'], []), table(['s-b'], [NAT])])).toMatchObject({ privateSubnetIds: ['s-b'], wayOut: true });
  expect(choose(subnets, [main([{ ...NAT, State: 'blackhole' }])])).toMatchObject({ privateSubnetIds: ['s-a', 's-b'], wayOut: false });
});

test('none where all are public, in a local zone or on an Outpost', () => {
  expect(choose([subnet('s-a', 'a')], [main([IGW])])).toBeUndefined();
  expect(choose([subnet('s-a', '-bos-1a'), subnet('s-b', 'b', { OutpostArn: 'arn:aws:outposts:…' })], [main([NAT])])).toBeUndefined();
  expect(choose([], [])).toBeUndefined();
});
