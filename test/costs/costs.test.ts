import { monthlyCosts, type CostStack } from '../../lib/costs/costs';
import { renderCosts } from '../../lib/costs/costs-table';
import { instancePrice, prices } from '../../lib/costs/prices';
import { METRICS } from '../../lib/vault/client/metrics';
import { parseTemplate } from '../../rehearsal/cloudformation/template';

type Resources = Record<string, { Type: string; Properties?: Record<string, unknown> }>;

const stack = (Resources: Resources, name = 'test-Stack'): CostStack => ({ name, template: parseTemplate({ Resources }, name) });
const costs = (resources: Resources) => monthlyCosts([stack(resources)]);
/** `what → USD`, in cents. */
const monthly = (resources: Resources) => Object.fromEntries(costs(resources).lines.map(({ what, monthly: usd }) => [what, Number(usd.toFixed(2))]));

const template = { Type: 'AWS::EC2::LaunchTemplate', Properties: { LaunchTemplateData: { BlockDeviceMappings: [{ Ebs: { VolumeType: 'gp3', VolumeSize: 20 } }] } } };
const group = (types: readonly string[]) => ({
  Type: 'AWS::EKS::Nodegroup',
  Properties: { InstanceTypes: types, ScalingConfig: { MinSize: 1, DesiredSize: 3, MaxSize: 9 }, LaunchTemplate: { Id: { Ref: 'Template' } } },
});
const chart = (name: string, values: unknown) => ({ Type: 'Custom::AWSCDK-EKS-HelmChart', Properties: { Chart: name, Values: values } });
const raft = { server: { ha: { enabled: true, replicas: 5 }, dataStorage: { size: '12Gi' } } };
const fn = (properties: Record<string, unknown> = {}) => ({ Type: 'AWS::Lambda::Function', Properties: { MemorySize: 512, ...properties } });
const rule = (expression: string, more: Record<string, unknown> = {}) => ({
  Type: 'AWS::Events::Rule',
  Properties: { ScheduleExpression: expression, Targets: [{ Arn: { 'Fn::GetAtt': ['Fn', 'Arn'] } }], ...more },
});

test.each([
  ['1.35', 'EKS control plane, Kubernetes 1.35', 73],
  ['1.34', 'EKS control plane, Kubernetes 1.34', 73],
  ['1.33', 'EKS control plane, Kubernetes 1.33 (extended support)', 438],
  ['1.28', 'EKS control plane, Kubernetes 1.28 (extended support)', 438],
])('the control plane of Kubernetes %s', (version, what, usd) => {
  expect(monthly({ Cluster: { Type: 'AWS::EKS::Cluster', Properties: { Version: version } } })).toEqual({ [what]: usd });
});

test('a Kubernetes version that nobody has heard of', () => {
  expect(() => costs({ Cluster: { Type: 'AWS::EKS::Cluster', Properties: { Version: '1.99' } } })).toThrow(
    'Kubernetes "1.99" is not in lib/versions.ts; allowed: 1.28, 1.29, 1.30, 1.31, 1.32, 1.33, 1.34, 1.35, 1.36.',
  );
});

test('nodes: as many as are desired, with the disks of their launch template', () => {
  expect(monthly({ Template: template, Nodes: group(['m5.large']) })).toEqual({ 'Nodes, m5.large': 210.24, "Nodes' disks": 4.8 });
  expect(monthly({ Template: template, Nodes: group(['m5.xlarge', 'm5.large']) })).toHaveProperty(['Nodes, m5.xlarge (the first of 2 types)'], 420.48);
});

test('an instance type without a price: which, and how to add it', () => {
  const told = /^"x9.mega" is an instance type without a price here; allowed: t3\.medium, .*\. Add its Linux price of us-east-1 \(Amazon EC2 On-Demand pricing\) to instances in lib\/costs\/prices\.ts\.$/;
  expect(() => costs({ Template: template, Nodes: group(['x9.mega']) })).toThrow(told);
  expect(() => instancePrice('toString')).toThrow('"toString" is an instance type without a price here');
});

test('what is paid by the piece is counted over all stacks', () => {
  const piece = (Type: string) => ({ Type });
  const one = stack({ Key: piece('AWS::KMS::Key'), Nat: piece('AWS::EC2::NatGateway'), Address: piece('AWS::EC2::EIP') }, 'one');
  const two = stack({ Key: piece('AWS::KMS::Key'), Secret: piece('AWS::SecretsManager::Secret'), Board: piece('AWS::CloudWatch::Dashboard') }, 'two');
  const { lines, total } = monthlyCosts([one, two]);
  expect(lines.map(({ what, quantity, price }) => [what, quantity, price])).toEqual([
    ['NAT gateways', 1, prices.natGateway],
    ['Public addresses, NAT gateways', 1, prices.publicIpv4],
    ['Dashboards', 1, prices.dashboard],
    ['KMS keys', 2, prices.key],
    ['Secrets', 1, prices.secret],
  ]);
  expect(total).toBeCloseTo(32.85 + 3.65 + 3 + 2 + 0.4, 6);
});

describe('alarms', () => {
  const stat = (Period: number) => ({ MetricStat: { Metric: { Namespace: 'AWS/KMS' }, Period } });

  test('by the metrics that they look at, expressions not among them', () => {
    expect(
      monthly({
        Single: { Type: 'AWS::CloudWatch::Alarm', Properties: { Namespace: 'AWS/KMS', Period: 60 } },
        Sum: { Type: 'AWS::CloudWatch::Alarm', Properties: { Metrics: [{ Expression: 'a + b' }, stat(60), stat(3600)] } },
      }),
    ).toEqual({ 'Metrics under alarms': 0.3 });
  });

  test('of seconds', () => {
    expect(monthly({ Fast: { Type: 'AWS::CloudWatch::Alarm', Properties: { Period: 10 } } })).toEqual({ 'Metrics under alarms': 0.3 });
  });

  test("on this app's own metrics come with all of them", () => {
    const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { Namespace: 'GlooVault', Period: 60 } };
    const { lines } = costs({ One: alarm, Other: alarm });
    expect(lines).toContainEqual(expect.objectContaining({ what: 'Custom metrics', quantity: Object.keys(METRICS).length, price: prices.customMetric }));
  });
});

describe('schedules', () => {
  test.each([
    ['rate(1 minute)', 43_800],
    ['rate(6 hours)', 730 / 6],
    ['rate(1 hour)', 730],
    ['rate(1 day)', 730 / 24],
  ])('%s', (expression, runs) => {
    const { lines } = costs({ Rule: rule(expression), Fn: fn() });
    expect(lines.map(({ what, price }) => [what, price])).toEqual([
      ['Time of scheduled runs', prices.lambdaTime],
      ['Scheduled runs of functions', prices.lambdaRequests],
    ]);
    expect(lines[1]?.quantity).toBeCloseTo(runs / 1e6, 12);
    // 2 s of 512 MB.
    expect(lines[0]?.quantity).toBeCloseTo(runs / 1e6, 12);
  });

  test('on ARM time is cheaper', () => {
    expect(costs({ Rule: rule('rate(1 hour)'), Fn: fn({ Architectures: ['arm64'] }) }).lines.map(({ price }) => price)).toContain(prices.lambdaTimeOnArm);
  });

  test('one that is off, and one that waits for an event, cost nothing', () => {
    const waiting = { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['aws.kms'] }, Targets: [{ Arn: { 'Fn::GetAtt': ['Fn', 'Arn'] } }] } };
    expect(costs({ Off: rule('rate(1 minute)', { State: 'DISABLED' }), Waiting: waiting, Fn: fn() })).toMatchObject({ lines: [], unpriced: [] });
  });

  test('one that cannot be counted is named', () => {
    expect(costs({ Rule: rule('cron(0 3 * * ? *)'), Fn: fn() }).unpriced).toEqual(['AWS::Events::Rule (cron(0 3 * * ? *))']);
    expect(costs({ Rule: rule('rate(1 hour)', { Targets: [{ Arn: 'arn:aws:sqs:us-east-1:111122223333:q' }] }) }).unpriced).toEqual(['AWS::Events::Rule (a target that is no function of its stack)']);
  });
});

describe('a bucket', () => {
  const bucket = { Type: 'AWS::S3::Bucket', Properties: { LifecycleConfiguration: { Rules: [{ ExpirationInDays: 35, NoncurrentVersionExpiration: { NoncurrentDays: 35 } }] } } };

  test('holds what the schedule that names it writes until its versions go', () => {
    const writes = rule('rate(6 hours)', { Targets: [{ Arn: { 'Fn::GetAtt': ['Fn', 'Arn'] }, Input: { 'Fn::Join': ['', ['{"bucket":"', { Ref: 'Bucket' }, '"}']] } }] });
    const { lines } = costs({ Bucket: bucket, Rule: writes, Other: rule('rate(1 minute)'), Fn: fn() });
    expect(lines.find(({ price }) => price === prices.s3)?.quantity).toBeCloseTo(4 * 70 * 0.01, 9);
  });

  test('of which nothing is known is named', () => {
    expect(costs({ Bucket: bucket }).unpriced).toEqual(['AWS::S3::Bucket (nothing here says how much it will hold)']);
  });
});

describe('charts', () => {
  test("Vault's volumes: a replica each", () => {
    expect(monthly({ Chart: chart('vault', JSON.stringify(raft)) })).toEqual({ "Vault's volumes": 4.8 });
  });

  test('values with references in them', () => {
    const [before = '', after = ''] = JSON.stringify({ ...raft, role: 'ROLE' }).split('ROLE');
    expect(monthly({ Chart: chart('vault', { 'Fn::Join': ['', [before, { Ref: 'Role' }, after]] }) })).toEqual({ "Vault's volumes": 4.8 });
  });

  test('a dev-mode Vault has no volume', () => {
    expect(costs({ Chart: chart('vault', JSON.stringify({ server: { dev: { enabled: true } } })) })).toMatchObject({ lines: [], unpriced: [] });
  });

  test("the load balancer of Gloo's proxy has an address in each public subnet", () => {
    const subnet = (isPublic: boolean) => ({ Type: 'AWS::EC2::Subnet', Properties: { MapPublicIpOnLaunch: isPublic } });
    const subnets = stack({ A: subnet(true), B: subnet(true), C: subnet(true), D: subnet(false) }, 'network');
    const { lines } = monthlyCosts([subnets, stack({ Chart: chart('gloo', '{}') })]);
    expect(lines.map(({ what, quantity }) => [what, quantity])).toEqual([
      ["Load balancer of Gloo's proxy", 1],
      ['Public addresses, load balancer', 3],
    ]);
  });

  test('a Vault that is shared has one, and one of another kind is named', () => {
    const manifest = (type: string, annotations = {}) => ({ Type: 'Custom::AWSCDK-EKS-KubernetesResource', Properties: { Manifest: JSON.stringify([{ kind: 'Service', metadata: { name: 'it', annotations }, spec: { type } }]) } });
    expect(monthly({ Service: manifest('LoadBalancer', { 'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb' }) })).toEqual({ 'Load balancer of a Vault that is shared': 16.43 });
    expect(costs({ Service: manifest('LoadBalancer'), Inside: manifest('ClusterIP') })).toMatchObject({ lines: [], unpriced: ['Custom::AWSCDK-EKS-KubernetesResource (load balancer of Service it)'] });
    expect(() => costs({ Service: { ...manifest('x'), Properties: { Manifest: '[' } } })).toThrow(/^stack test-Stack: the manifest Service is no JSON \(.*\)\.$/);
  });

  test('a proxy without one, and definitions of resources, cost nothing', () => {
    const inside = chart('gloo', JSON.stringify({ gatewayProxies: { gatewayProxy: { service: { type: 'ClusterIP' } } } }));
    expect(costs({ Inside: inside, Definitions: { Type: 'Custom::GlooCrds' } })).toMatchObject({ lines: [], unpriced: [] });
  });

  test('another one is named', () => {
    expect(costs({ Chart: chart('grafana', '{}') }).unpriced).toEqual(['Custom::AWSCDK-EKS-HelmChart (chart grafana)']);
  });

  test('values that are no JSON', () => {
    expect(() => costs({ Chart: chart('vault', 'server: {}') })).toThrow(/^stack test-Stack: the values of chart Chart are no JSON \(.*\)\.$/);
  });
});

test('a type that nothing is known of is named, once; a free one is not', () => {
  const { lines, unpriced, total } = costs({ A: { Type: 'AWS::RDS::DBInstance' }, B: { Type: 'AWS::RDS::DBInstance' }, Role: { Type: 'AWS::IAM::Role' }, C: { Type: 'Custom::Other' } });
  expect({ lines, unpriced, total }).toEqual({ lines: [], unpriced: ['AWS::RDS::DBInstance', 'Custom::Other'], total: 0 });
});

test('the table of an environment', () => {
  const dev = costs({ Cluster: { Type: 'AWS::EKS::Cluster', Properties: { Version: '1.35' } }, Template: template, Nodes: group(['m6i.large']), Rule: rule('rate(1 minute)'), Fn: fn(), Key: { Type: 'AWS::KMS::Key' } });
  const existing = costs({ Chart: chart('gloo', '{}'), Database: { Type: 'AWS::RDS::DBInstance' } });
  expect(renderCosts({ dev, existing })).toMatchInlineSnapshot(`
"USD a month of 730 hours, on demand in us-east-1, by AWS's public prices of 2026-11, without free tiers and tax

dev                                                                      USD
  Nodes, m6i.large                    3 × 730 h × 0.096               210.24
  EKS control plane, Kubernetes 1.35  1 × 730 h × 0.10                 73.00
  Nodes' disks                        60 GB × 0.08                      4.80
  KMS keys                            1 × 1.00                          1.00
  Time of scheduled runs              43800 GB s × 16.6667 a million    0.73
  Scheduled runs of functions         43800 × 0.20 a million            0.01
  total                                                               289.78

existing                                                USD
  Load balancer of Gloo's proxy    1 × 730 h × 0.025  18.25
  Public addresses, load balancer  2 × 730 h × 0.005   7.30
  total                                               25.55
  The cluster itself, its nodes and its network are not among the templates.
  No price is known here for: AWS::RDS::DBInstance.

Left out: traffic, requests, logs (0.50 a GB taken in; those of a control plane are the most) and the later versions of rotated keys (1 each for the first two).
Assumed: 2 s for a scheduled run of a function, 10 MB for a snapshot of Vault, 2 zones where the templates have no subnets.
Prices that no second source was found for: Nodes, m6i.large (Amazon EC2 On-Demand pricing)."
`);
});
