import { authorize } from './authorize';
import type { IamStore } from './iam';
import type { Infrastructure, KnownRouteTable } from './infrastructure';
import { AwsError, type ServiceApi } from './protocol';
import { queryApi, refuseOthers } from './query-protocol';
import type { Session } from './sessions';
import type { Xml } from './xml';

/** EC2 as far as one reads a VPC's subnets and routes. @param infrastructure asked anew by every request. */
export function ec2Api(iam: IamStore, infrastructure: () => Infrastructure): ServiceApi {
  return queryApi({
    version: '2016-11-15',
    namespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
    dialect: 'ec2',
    signed: {
      DescribeSubnets: (parameters, caller) => {
        permit(iam, caller, 'ec2:DescribeSubnets');
        const vpc = vpcOf(parameters);
        const found = infrastructure().subnets.filter(({ vpcId }) => vpcId === vpc);
        return {
          subnetSet: {
            item: found.map(({ id, vpcId, zone, cidr, freeAddresses = 250 }) => ({
              subnetId: id,
              vpcId,
              cidrBlock: cidr,
              availabilityZone: zone,
              availableIpAddressCount: freeAddresses,
              state: 'available',
            })),
          },
        };
      },
      DescribeRouteTables: (parameters, caller) => {
        permit(iam, caller, 'ec2:DescribeRouteTables');
        const vpc = vpcOf(parameters);
        return { routeTableSet: { item: infrastructure().routeTables.filter(({ vpcId }) => vpcId === vpc).map(routeTable) } };
      },
    },
  });
}

/** These two know no resources: a policy has to allow them on `*`. */
function permit(iam: IamStore, caller: Session, action: string): void {
  const verdict = authorize(iam, { caller, action, resource: '*', context: {}, resourcePolicy: undefined, iamPolicies: 'full' });
  if (verdict.allowed) return;
  throw new AwsError('UnauthorizedOperation', 403, `You are not authorized to perform this operation. User: ${caller.arn} is not authorized to perform: ${action} ${verdict.because}`, verdict.detail);
}

/** The one filter that is known here: `vpc-id`, with one value. */
function vpcOf(parameters: URLSearchParams): string {
  refuseOthers(parameters, ['Filter.1.Name', 'Filter.1.Value.1']);
  if (parameters.get('Filter.1.Name') !== 'vpc-id') throw new AwsError('InvalidParameterValue', 400, "Only the filter 'vpc-id' is modelled here");
  return parameters.get('Filter.1.Value.1') ?? '';
}

function routeTable({ id, vpcId, main, subnetIds, defaultRoute }: KnownRouteTable): Xml {
  const association = (more: Readonly<Record<string, Xml>>) => ({ routeTableAssociationId: id.replace('rtb-', 'rtbassoc-'), routeTableId: id, ...more });
  const gateway = defaultRoute?.startsWith('nat-') ? 'natGatewayId' : 'gatewayId';
  return {
    routeTableId: id,
    vpcId,
    routeSet: {
      item: [
        { destinationCidrBlock: '10.0.0.0/8', gatewayId: 'local', state: 'active', origin: 'CreateRouteTable' },
        ...(defaultRoute === undefined ? [] : [{ destinationCidrBlock: '0.0.0.0/0', [gateway]: defaultRoute, state: 'active', origin: 'CreateRoute' }]),
      ],
    },
    associationSet: { item: [...(main ? [association({ main: true })] : []), ...subnetIds.map((subnetId) => association({ subnetId, main: false }))] },
  };
}
