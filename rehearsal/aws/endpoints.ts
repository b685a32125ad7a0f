import { partitionOf } from './partition';

/** The services that are stood in for, by the name that a signature's scope has. */
export const SERVICES = ['sts', 'iam', 'kms', 'secretsmanager', 's3', 'events', 'eks', 'ec2', 'cloudformation'] as const;
export type Service = (typeof SERVICES)[number];

/** An AWS host name and what a request to it must be signed for. */
export interface Endpoint {
  /** As in the `Host` header. */
  readonly host: string;
  readonly service: Service;
  readonly region: string;
  /** S3 alone: the bucket that stands in the host name. */
  readonly bucket?: string;
}

const IAM_ENDPOINTS = {
  aws: { host: 'iam.amazonaws.com', region: 'us-east-1' },
  'aws-cn': { host: 'iam.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' },
  'aws-us-gov': { host: 'iam.us-gov.amazonaws.com', region: 'us-gov-west-1' },
} as const;

/** The STS host of a region, `sts.eu-central-1.amazonaws.com`. */
export function stsHost(region: string): string {
  return regional('sts', region).host;
}

/** Whether a host name is STS's, of any region. */
export function isStsHost(host: string): boolean {
  return /^sts(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?$/.test(host);
}

/**
 * The endpoint of a service for a caller in a region: the region's own, but for IAM, which has one a partition, signed for
 * one region, whatever the caller's is.
 */
export function endpointOf(service: Service, region: string): Endpoint {
  return service === 'iam' ? { service, ...IAM_ENDPOINTS[partitionOf(region).name] } : regional(service, region);
}

/** The endpoints that a deployment in a region talks to: one a service, and the old global STS (`aws` only). */
export function endpointsOf(region: string): readonly Endpoint[] {
  const global: Endpoint = { host: 'sts.amazonaws.com', service: 'sts', region: 'us-east-1' };
  const of = (service: Service) => endpointOf(service, region);
  return [of('sts'), ...(partitionOf(region).name === 'aws' ? [global] : []), of('iam'), of('kms'), of('secretsmanager'), of('s3'), of('events')];
}

/**
 * The endpoint that a host name belongs to. `<bucket>.s3.…` is S3's, for any bucket whose name has no dots: the certificate
 * is for `*.s3.…`, which takes one label.
 */
export function findEndpoint(endpoints: readonly Endpoint[], host: string): Endpoint | undefined {
  const exact = endpoints.find((endpoint) => endpoint.host === host);
  const [bucket = '', ...rest] = host.split('.');
  const s3 = endpoints.find((endpoint) => endpoint.service === 's3' && endpoint.host === rest.join('.'));
  return exact ?? (s3 === undefined || bucket === '' ? undefined : { ...s3, host, bucket });
}

/** DNS names in the certificate of an endpoint. */
export function certificateNames({ service, host }: Endpoint): string[] {
  return service === 's3' ? [host, `*.${host}`] : [host];
}

function regional(service: Service, region: string): Endpoint {
  return { host: `${service}.${region}.${partitionOf(region).dnsSuffix}`, service, region };
}
