/** The month and the region that all of these prices are of: on demand, in USD, without free tiers, discounts and tax. */
export const PRICES_OF = { month: '2026-11', region: 'us-east-1' } as const;

/** Hours of a month, as AWS's calculator counts them. */
export const HOURS = 730;

export interface Price {
  readonly usd: number;
  readonly per: 'hour' | 'month' | 'GB-month' | 'million' | 'million GB-seconds';
  /** AWS's page that has it: aws.amazon.com, under this name. */
  readonly source: string;
  /**
   * Whether public texts beside AWS's own page, read in that month, have the same number. AWS's pages fill their tables
   * by script: none was read there.
   */
  readonly verified: boolean;
}

const price = (usd: number, per: Price['per'], source: string, verified = true): Price => ({ usd, per, source, verified });

export const prices = {
  controlPlane: price(0.1, 'hour', 'Amazon EKS pricing'),
  controlPlaneInExtendedSupport: price(0.6, 'hour', 'Amazon EKS pricing'),
  natGateway: price(0.045, 'hour', 'Amazon VPC pricing'),
  publicIpv4: price(0.005, 'hour', 'Amazon VPC pricing'),
  classicLoadBalancer: price(0.025, 'hour', 'Elastic Load Balancing pricing'),
  networkLoadBalancer: price(0.0225, 'hour', 'Elastic Load Balancing pricing'),
  gp3: price(0.08, 'GB-month', 'Amazon EBS pricing'),
  key: price(1, 'month', 'AWS KMS pricing'),
  secret: price(0.4, 'month', 'AWS Secrets Manager pricing'),
  alarmMetric: price(0.1, 'month', 'Amazon CloudWatch pricing'),
  alarmMetricOfSeconds: price(0.3, 'month', 'Amazon CloudWatch pricing'),
  compositeAlarm: price(0.5, 'month', 'Amazon CloudWatch pricing'),
  customMetric: price(0.3, 'month', 'Amazon CloudWatch pricing'),
  dashboard: price(3, 'month', 'Amazon CloudWatch pricing'),
  lambdaRequests: price(0.2, 'million', 'AWS Lambda pricing'),
  lambdaTime: price(16.6667, 'million GB-seconds', 'AWS Lambda pricing'),
  lambdaTimeOnArm: price(13.3334, 'million GB-seconds', 'AWS Lambda pricing'),
  s3: price(0.023, 'GB-month', 'Amazon S3 pricing'),
} as const satisfies Readonly<Record<string, Price>>;

const onDemand = (usd: number, verified = true) => price(usd, 'hour', 'Amazon EC2 On-Demand pricing', verified);

/** Linux, shared tenancy, by instance type. */
const instances: Readonly<Record<string, Price>> = {
  't3.medium': onDemand(0.0416),
  't3.large': onDemand(0.0832),
  't3.xlarge': onDemand(0.1664),
  'm5.large': onDemand(0.096),
  'm5.xlarge': onDemand(0.192),
  'm5.2xlarge': onDemand(0.384),
  'm6i.large': onDemand(0.096, false),
  'm6i.xlarge': onDemand(0.192, false),
  'm6i.2xlarge': onDemand(0.384, false),
  'm7i.large': onDemand(0.1008, false),
  'm7i.xlarge': onDemand(0.2016, false),
  'c5.large': onDemand(0.085),
  'c5.xlarge': onDemand(0.17),
  'r5.large': onDemand(0.126),
  'r5.xlarge': onDemand(0.252),
};

/** @throws for a type that the table does not have, with the way to add it. */
export function instancePrice(type: string): Price {
  const known = Object.hasOwn(instances, type) ? instances[type] : undefined;
  if (known !== undefined) return known;
  throw new Error(
    `"${type}" is an instance type without a price here; allowed: ${Object.keys(instances).join(', ')}. ` +
      `Add its Linux price of ${PRICES_OF.region} (${onDemand(0).source}) to instances in lib/costs/prices.ts.`,
  );
}
