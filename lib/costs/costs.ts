import { valueAt } from '../environment/rule';
import { METRIC_NAMESPACE, METRICS } from '../vault/client/metrics';
import { importable, supportWarning } from '../versions';
import { HOURS, instancePrice, prices, type Price } from './prices';

/** What the templates do not say. */
export const ASSUMED = {
  /** Seconds that a scheduled run of a function takes. */
  runSeconds: 2,
  /** GB of one snapshot of Vault. */
  snapshotGB: 0.01,
  /** Zones of a cluster that is not among the templates, in each of which the load balancer has an address. */
  zones: 2,
} as const;

/** A resource of a template, as far as it costs. */
export interface CostResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

export interface CostStack {
  readonly name: string;
  readonly template: { readonly Resources: Readonly<Record<string, CostResource>> };
}

/** Things of one kind and price. */
export interface CostLine {
  readonly what: string;
  /** How many, how many GB, or how many millions a month, as the price has it. */
  readonly quantity: number;
  readonly price: Price;
  /** USD. */
  readonly monthly: number;
}

export interface Costs {
  readonly lines: readonly CostLine[];
  /** USD a month. */
  readonly total: number;
  /** Types of resources that nothing is known of here, and what was met of known ones that has no price. */
  readonly unpriced: readonly string[];
  /** Whether the cluster is among the templates: an imported one is paid for elsewhere. */
  readonly hasCluster: boolean;
}

interface Item {
  readonly what: string;
  readonly quantity: number;
  readonly price: Price;
}

/** What one resource costs. */
export interface ResourceCost {
  readonly stack: string;
  /** Its logical id. */
  readonly id: string;
  readonly items: readonly Item[];
  /** What of it has no price here. */
  readonly unpriced: readonly string[];
}

interface Found {
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  readonly properties: NonNullable<CostResource['Properties']>;
  /** The resources of its stack, and those of all stacks. */
  readonly beside: CostStack['template']['Resources'];
  readonly all: readonly Found[];
}

/** What a resource costs; a string names what has no price. */
type Counter = (resource: Found) => readonly (Item | string)[];

/**
 * What the resources of one environment's templates cost by the month while nothing happens, by {@link prices}.
 * Traffic, requests and logs are not among it.
 * @throws for an instance type without a price, and for a template that is not as CDK writes it.
 */
export function monthlyCosts(stacks: readonly CostStack[]): Costs {
  const all = foundIn(stacks);
  const counted = all.map(costOf);
  const lines: CostLine[] = [];
  for (const { what, quantity, price } of [...counted.flatMap(({ items }) => items), ...customMetrics(all)]) {
    const at = lines.findIndex((line) => line.what === what && line.price === price);
    const sum = quantity + (lines[at]?.quantity ?? 0);
    const line = { what, quantity: sum, price, monthly: monthly(sum, price) };
    if (at < 0) lines.push(line);
    else lines[at] = line;
  }
  lines.sort((a, b) => b.monthly - a.monthly);
  return {
    lines,
    total: lines.reduce((sum, line) => sum + line.monthly, 0),
    unpriced: [...new Set(counted.flatMap(({ unpriced }) => unpriced))].sort(),
    hasCluster: all.some(({ type }) => type === 'AWS::EKS::Cluster'),
  };
}

/** What each resource costs by itself. @throws as {@link monthlyCosts} */
export function resourceCosts(stacks: readonly CostStack[]): readonly ResourceCost[] {
  return foundIn(stacks).map(costOf);
}

/** USD a month of so many at a price. */
export function monthly(quantity: number, price: Price): number {
  return quantity * price.usd * (price.per === 'hour' ? HOURS : 1);
}

function foundIn(stacks: readonly CostStack[]): readonly Found[] {
  const all: Found[] = [];
  for (const { name, template } of stacks) {
    for (const [id, { Type: type, Properties: properties = {} }] of Object.entries(template.Resources)) {
      all.push({ stack: name, id, type, properties, beside: template.Resources, all });
    }
  }
  return all;
}

function costOf(found: Found): ResourceCost {
  const counted = free.has(found.type) ? [] : (counters[found.type]?.(found) ?? [found.type]);
  const { stack, id } = found;
  return { stack, id, items: counted.filter((each) => typeof each !== 'string'), unpriced: counted.filter((each) => typeof each === 'string') };
}

/** Types that cost nothing by themselves: free of charge, or paid by use only. */
const free: ReadonlySet<string> = new Set([
  'AWS::CDK::Metadata',
  'AWS::EC2::FlowLog',
  'AWS::EC2::InternetGateway',
  'AWS::EC2::LaunchTemplate',
  'AWS::EC2::Route',
  'AWS::EC2::RouteTable',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::Subnet',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPC',
  'AWS::EC2::VPCGatewayAttachment',
  'AWS::EKS::AccessEntry',
  'AWS::EKS::Addon',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::OIDCProvider',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Lambda::LayerVersion',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SSM::Parameter',
  'AWS::SecretsManager::ResourcePolicy',
  'Custom::AWSCDK-EKS-KubernetesPatch',
  'Custom::AWSCDKCfnJson',
  'Custom::AuthRoleGeneration',
  'Custom::GlooCrds',
  'Custom::GlooLoginProof',
  'Custom::LoadBalancerDrain',
  'Custom::VaultConfiguration',
  'Custom::VpcRestrictDefaultSG',
]);

const counters: Readonly<Record<string, Counter>> = {
  'AWS::EKS::Cluster': (found) => [controlPlane(shown(valueAt(found.properties, ['Version'])))],
  'AWS::EKS::Nodegroup': nodes,
  'AWS::EC2::NatGateway': () => [{ what: 'NAT gateways', quantity: 1, price: prices.natGateway }],
  'AWS::EC2::EIP': () => [{ what: 'Public addresses, NAT gateways', quantity: 1, price: prices.publicIpv4 }],
  'AWS::KMS::Key': () => [{ what: 'KMS keys', quantity: 1, price: prices.key }],
  'AWS::SecretsManager::Secret': () => [{ what: 'Secrets', quantity: 1, price: prices.secret }],
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::CompositeAlarm': () => [{ what: 'Composite alarms', quantity: 1, price: prices.compositeAlarm }],
  'AWS::CloudWatch::Dashboard': () => [{ what: 'Dashboards', quantity: 1, price: prices.dashboard }],
  'AWS::Events::Rule': schedule,
  'AWS::S3::Bucket': bucket,
  'Custom::AWSCDK-EKS-HelmChart': helmChart,
  'Custom::AWSCDK-EKS-KubernetesResource': kubernetesObjects,
};

function controlPlane(version: string): Item {
  const known = importable.find((each) => each === version);
  if (known === undefined) throw new Error(`Kubernetes "${version}" is not in lib/versions.ts; allowed: ${importable.join(', ')}.`);
  const extended = / left (standard|extended) support /.test(supportWarning(known) ?? '');
  return {
    what: `EKS control plane, Kubernetes ${version}${extended ? ' (extended support)' : ''}`,
    quantity: 1,
    price: extended ? prices.controlPlaneInExtendedSupport : prices.controlPlane,
  };
}

/** As many as are desired, of the first type that the group may take. */
function nodes(found: Found): readonly (Item | string)[] {
  const desired = numberAt(found, ['ScalingConfig', 'DesiredSize']);
  const types = listAt(found, ['InstanceTypes']).map(shown);
  const [type = 'none'] = types;
  const template = valueAt(found.properties, ['LaunchTemplate', 'Id', 'Ref']);
  const launched = typeof template === 'string' ? found.beside[template]?.Properties : undefined;
  const disk = valueAt(launched, ['LaunchTemplateData', 'BlockDeviceMappings', 0, 'Ebs']);
  const volumeType = valueAt(disk, ['VolumeType']);
  return [
    { what: `Nodes, ${type}${types.length > 1 ? ` (the first of ${types.length} types)` : ''}`, quantity: desired, price: instancePrice(type) },
    volumeType === 'gp3'
      ? { what: "Nodes' disks", quantity: desired * Number(valueAt(disk, ['VolumeSize'])), price: prices.gp3 }
      : `${found.type} (disks of type ${shown(volumeType)})`,
  ];
}

/** An alarm is paid by the metrics that it looks at. */
function alarm({ properties }: Found): readonly Item[] {
  const single = valueAt(properties, ['Period']);
  const periods = [single, ...listAt({ properties }, ['Metrics']).map((metric) => valueAt(metric, ['MetricStat', 'Period']))].filter((period) => period !== undefined);
  const price = periods.some((period) => Number(period) < 60) ? prices.alarmMetricOfSeconds : prices.alarmMetric;
  return [{ what: 'Metrics under alarms', quantity: periods.length, price }];
}

/** The functions write all of their metrics once something is made of one. */
function customMetrics(all: readonly Found[]): readonly Item[] {
  const used = all.some(({ type, properties }) => type === 'AWS::CloudWatch::Alarm' && JSON.stringify(properties).includes(`"Namespace":"${METRIC_NAMESPACE}"`));
  return used ? [{ what: 'Custom metrics', quantity: Object.keys(METRICS).length, price: prices.customMetric }] : [];
}

/** What a rule runs by the clock. Waiting for an event costs nothing. */
function schedule(found: Found): readonly (Item | string)[] {
  const expression = valueAt(found.properties, ['ScheduleExpression']);
  if (expression === undefined || valueAt(found.properties, ['State']) === 'DISABLED') return [];
  const runs = runsAMonth(expression);
  if (runs === undefined) return [`${found.type} (${shown(expression)})`];
  return listAt(found, ['Targets']).flatMap((target): readonly (Item | string)[] => {
    const id = valueAt(target, ['Arn', 'Fn::GetAtt', 0]);
    const fn = typeof id === 'string' ? found.beside[id] : undefined;
    if (fn?.Type !== 'AWS::Lambda::Function') return [`${found.type} (a target that is no function of its stack)`];
    const gigabytes = Number(valueAt(fn.Properties, ['MemorySize']) ?? 128) / 1024;
    const onArm = valueAt(fn.Properties, ['Architectures', 0]) === 'arm64';
    return [
      { what: 'Scheduled runs of functions', quantity: runs / 1e6, price: prices.lambdaRequests },
      { what: 'Time of scheduled runs', quantity: (runs * ASSUMED.runSeconds * gigabytes) / 1e6, price: onArm ? prices.lambdaTimeOnArm : prices.lambdaTime },
    ];
  });
}

/** The objects of the schedules whose input names the bucket, for as long as its lifecycle keeps them and their versions. */
function bucket(found: Found): readonly (Item | string)[] {
  const writers = found.all.filter(({ stack, type, ...rule }) => stack === found.stack && type === 'AWS::Events::Rule' && JSON.stringify(listAt(rule, ['Targets'])).includes(`{"Ref":"${found.id}"}`));
  const runs = writers.map(({ properties }) => runsAMonth(valueAt(properties, ['ScheduleExpression'])) ?? 0).reduce((sum, each) => sum + each, 0);
  const days = listAt(found, ['LifecycleConfiguration', 'Rules']).reduce<number>(
    (sum, rule) => sum + Number(valueAt(rule, ['ExpirationInDays']) ?? 0) + Number(valueAt(rule, ['NoncurrentVersionExpiration', 'NoncurrentDays']) ?? 0),
    0,
  );
  if (runs === 0 || days === 0) return [`${found.type} (nothing here says how much it will hold)`];
  return [{ what: 'Snapshots in S3', quantity: ((runs * 24) / HOURS) * days * ASSUMED.snapshotGB, price: prices.s3 }];
}

/** The load balancer of Gloo's proxy, and the volumes of Vault's pods. */
function helmChart(found: Found): readonly (Item | string)[] {
  const chart = valueAt(found.properties, ['Chart']);
  const values = helmValues(found);
  if (chart === 'gloo') {
    const type = valueAt(values, ['gatewayProxies', 'gatewayProxy', 'service', 'type']) ?? 'LoadBalancer';
    if (type !== 'LoadBalancer') return [];
    const zones = found.all.filter(({ type: each, properties }) => each === 'AWS::EC2::Subnet' && valueAt(properties, ['MapPublicIpOnLaunch']) === true).length;
    return [
      { what: "Load balancer of Gloo's proxy", quantity: 1, price: prices.classicLoadBalancer },
      { what: 'Public addresses, load balancer', quantity: zones || ASSUMED.zones, price: prices.publicIpv4 },
    ];
  }
  if (chart !== 'vault') return [`${found.type} (chart ${shown(chart)})`];
  if (valueAt(values, ['server', 'dev', 'enabled']) === true) return [];
  const replicas = valueAt(values, ['server', 'ha', 'enabled']) === true ? Number(valueAt(values, ['server', 'ha', 'replicas']) ?? 3) : 1;
  const size = shown(valueAt(values, ['server', 'dataStorage', 'size']) ?? '10Gi');
  const gigabytes = /^(\d+)Gi$/.exec(size)?.[1];
  if (valueAt(values, ['server', 'auditStorage', 'enabled']) === true) return [`${found.type} (volumes for Vault's audit log)`];
  if (gigabytes === undefined) return [`${found.type} (volumes of ${size})`];
  return [{ what: "Vault's volumes", quantity: replicas * Number(gigabytes), price: prices.gp3 }];
}

/** Objects cost nothing, but a Service may have a load balancer. */
function kubernetesObjects(found: Found): readonly (Item | string)[] {
  const balanced = objectsIn(found).filter((object) => valueAt(object, ['kind']) === 'Service' && valueAt(object, ['spec', 'type']) === 'LoadBalancer');
  return balanced.map((service) =>
    valueAt(service, ['metadata', 'annotations', 'service.beta.kubernetes.io/aws-load-balancer-type']) === 'nlb'
      ? { what: 'Load balancer of a Vault that is shared', quantity: 1, price: prices.networkLoadBalancer }
      : `${found.type} (load balancer of Service ${shown(valueAt(service, ['metadata', 'name']))})`,
  );
}

function objectsIn(found: Found): readonly unknown[] {
  const objects = parsed(found, 'Manifest', 'the manifest');
  return Array.isArray(objects) ? objects : [];
}

/** With a word where the template has a reference. */
const helmValues = (found: Found) => parsed(found, 'Values', 'the values of chart');

/** JSON of a property. */
function parsed({ properties, stack, id }: Found, key: string, what: string): unknown {
  const written = valueAt(properties, [key]) ?? '{}';
  const parts = valueAt(written, ['Fn::Join', 1]);
  const text = Array.isArray(parts) ? parts.map((part) => (typeof part === 'string' ? part : 'REFERENCE')).join('') : shown(written);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`stack ${stack}: ${what} ${id} ${key === 'Values' ? 'are' : 'is'} no JSON (${(error as Error).message}).`);
  }
}

function listAt({ properties }: Pick<Found, 'properties'>, path: readonly string[]): readonly unknown[] {
  const value = valueAt(properties, path);
  return Array.isArray(value) ? value : [];
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'unknown');
}

const hours: Readonly<Record<string, number>> = { minute: 1 / 60, hour: 1, day: 24 };

/** Runs of `rate(6 hours)` in a month; undefined for another kind of expression. */
function runsAMonth(expression: unknown): number | undefined {
  const [, amount, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(shown(expression)) ?? [];
  return amount === undefined ? undefined : HOURS / (Number(amount) * (hours[unit] ?? 1));
}

function numberAt({ properties, stack, id }: Found, path: readonly string[]): number {
  const value = valueAt(properties, path);
  if (typeof value !== 'number') throw new Error(`stack ${stack}: ${path.join('.')} of ${id} is ${shown(value)}, which is no number.`);
  return value;
}
