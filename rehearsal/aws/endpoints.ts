import { partitionOf } from './partition';
import type { Service } from './protocol';

/** An AWS host name and what a request to it must be signed for. */
export interface Endpoint {
  /** As in the `Host` header. */
  readonly host: string;
  readonly service: Service;
  readonly region: string;
}

const IAM_ENDPOINTS = {
  aws: { host: 'iam.amazonaws.com', region: 'us-east-1' },
  'aws-cn': { host: 'iam.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' },
  'aws-us-gov': { host: 'iam.us-gov.amazonaws.com', region: 'us-gov-west-1' },
} as const;

/** The STS host of a region, `sts.eu-central-1.amazonaws.com`. */
export function stsHost(region: string): string {
  return `sts.${region}.${partitionOf(region).dnsSuffix}`;
}

/** The IAM endpoint of a region's partition: one host, signed for one region, whatever the caller's region is. */
export function iamEndpoint(region: string): Endpoint {
  return { service: 'iam', ...IAM_ENDPOINTS[partitionOf(region).name] };
}

/** The endpoints that a deployment in a region talks to: regional STS, the old global STS (`aws` only), IAM. */
export function endpointsOf(region: string): readonly Endpoint[] {
  const regional: Endpoint = { host: stsHost(region), service: 'sts', region };
  const global: Endpoint = { host: 'sts.amazonaws.com', service: 'sts', region: 'us-east-1' };
  return [regional, ...(partitionOf(region).name === 'aws' ? [global] : []), iamEndpoint(region)];
}
