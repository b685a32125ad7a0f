import type { z } from 'zod';
import { environments } from '../environments';
import type { EnvironmentInput } from '../../lib/environment/input';
import { parseEnvironments } from '../../lib/environment/parse';
import type { environmentSchema } from '../../lib/environment/schema';
import { faults, input, withValue } from './inputs';

type DeepReadonly<T> = T extends readonly (infer Item)[] ? readonly DeepReadonly<Item>[] : T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
/** Compiles only while the schema takes whatever the user's reference allows. */
const accepts = (written: EnvironmentInput): DeepReadonly<z.input<typeof environmentSchema>> => written;

const parse = (environment: unknown) => parseEnvironments({ dev: environment })[0];

test('the least that a user writes, with every default', () => {
  const least = accepts({ account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'small' } } });
  expect(parse(least)).toEqual({
    name: 'dev',
    account: '111122223333',
    region: 'us-east-1',
    partition: { name: 'aws', dnsSuffix: 'amazonaws.com' },
    production: false,
    tags: {},
    cluster: {
      kind: 'new',
      name: 'small',
      kubernetesVersion: '1.35',
      kubectlLayer: '@aws-cdk/lambda-layer-kubectl-v35',
      endpointAccess: { kind: 'public' },
      vpcCidr: '10.0.0.0/16',
      zones: 2,
      natGateways: 1,
      nodes: { instanceTypes: ['m5.large'], minSize: 2, maxSize: 4, desiredSize: 2, diskSize: 20 },
      logRetentionDays: 30,
      adminArns: [],
    },
    identity: { authPolicy: 'guide', generations: [1] },
    vault: {
      mode: 'dev',
      namespace: 'vault',
      chartVersion: '0.34.1',
      audit: true,
      networkPolicy: true,
      revision: 1,
      auth: { mountPath: 'aws', serverIdHeader: 'vault.gloo.example.com', session: { maxTtl: 900 } },
      kv: { mountPath: 'dev', maxVersions: 0 },
      policy: { name: 'dev', form: 'guide' },
      operators: [],
      drift: { action: 'repair', everyMinutes: 5 },
    },
    gloo: { namespace: 'gloo-system', chartVersion: '1.22.1', discovery: false, loginProof: true, healing: true, values: {} },
    guests: [],
    warnings: [],
  });
});

test('the built-in environments: the guide, a cluster that exists, and production', () => {
  const [dev, existing, prod] = parseEnvironments(environments);
  expect(dev).toMatchObject({ name: 'dev', cluster: { kind: 'new', name: 'gloo-ee-vault-integration' }, gloo: { discovery: true }, warnings: [] });
  expect(existing).toMatchObject({
    name: 'existing',
    cluster: {
      kind: 'imported',
      name: 'platform',
      oidc: { providerArn: expect.stringContaining(':oidc-provider/') as unknown },
      issuerHost: 'oidc.eks.us-east-1.amazonaws.com/id/5E6A1F0C9B7D4823A1C0E9F86B7D2A34',
      endpointAccess: { kind: 'public' },
    },
  });
  expect(existing?.cluster).not.toHaveProperty('vpc');
  expect(existing?.warnings).toEqual([
    'The NetworkPolicy in front of Vault does nothing in the cluster of existing unless its VPC CNI enforces policies: look for enableNetworkPolicy "true" in `aws eks describe-addon --cluster-name platform --addon-name vpc-cni --region us-east-1 --query addon.configurationValues`.',
  ]);
  expect(prod).toMatchObject({ name: 'prod', production: true, cluster: { kind: 'new', name: 'gloo-prod', zones: 3 }, vault: { mode: 'raft' }, warnings: [] });
});

test('parsing twice gives the same: nothing of it comes from the clock', () => {
  jest.useFakeTimers({ now: new Date('2031-01-01') });
  const later = parseEnvironments(environments);
  jest.useRealTimers();
  expect(later).toEqual(parseEnvironments(environments));
});

test.each([
  [{ maxTtl: '1h30m' }, { maxTtl: 5400 }],
  [{ period: '900s' }, { period: 900 }],
])('a session of %j is %j seconds', (written, resolved) => {
  expect(parse(withValue(input('dev'), 'vault.auth.session', written))?.vault.auth.session).toEqual(resolved);
});

test.each([
  ['dev', { every: '1h' }, { action: 'repair', everyMinutes: 60 }],
  ['dev', { action: 'report' }, { action: 'report', everyMinutes: 5 }],
  ['dev', { action: 'off' }, { action: 'off', everyMinutes: 5 }],
  ['prod', { action: 'repair', every: '1h30m' }, { action: 'repair', everyMinutes: 90 }],
  ['prod', { action: 'repair' }, { action: 'repair', everyMinutes: 60 }],
  ['prod', { every: '1m' }, { action: 'report', everyMinutes: 1 }],
  ['prod', { every: '24h' }, { action: 'report', everyMinutes: 1440 }],
] as const)('drift of %s: %j', (name, written, resolved) => {
  expect(parse(withValue(input(name), 'vault.drift', written))?.vault.drift).toEqual(resolved);
});

test.each([
  ['cn-north-1', { name: 'aws-cn', dnsSuffix: 'amazonaws.com.cn' }],
  ['us-gov-west-1', { name: 'aws-us-gov', dnsSuffix: 'amazonaws.com' }],
])('the partition of %s', (region, partition) => {
  const cluster = { create: { name: 'elsewhere' } };
  expect(parse({ account: '111122223333', region, cluster })?.partition).toEqual(partition);
});

test('an imported cluster by its issuer, private, inside its VPC', () => {
  const vpc = { id: 'vpc-0a1b2c3d4e5f60718', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-0a1b2c3d4e5f60718'] };
  let environment = withValue(input('existing'), 'cluster.import.oidcProviderArn', undefined);
  environment = withValue(environment, 'cluster.import.oidcIssuer', 'https://oidc.eks.us-east-1.amazonaws.com/id/AB');
  environment = withValue(environment, 'cluster.import.endpointAccess', 'private');
  environment = withValue(environment, 'cluster.import.vpc', vpc);
  expect(parse(environment)?.cluster).toMatchObject({
    oidc: { issuer: 'https://oidc.eks.us-east-1.amazonaws.com/id/AB' },
    issuerHost: 'oidc.eks.us-east-1.amazonaws.com/id/AB',
    endpointAccess: { kind: 'private' },
    vpc,
  });
});

test('an allow-list of public addresses', () => {
  const environment = withValue(input('dev'), 'cluster.create.endpointAccess', { publicFrom: ['203.0.113.0/24'] });
  expect(parse(environment)?.cluster.endpointAccess).toEqual({ kind: 'public-from', cidrs: ['203.0.113.0/24'] });
});

test('an imported cluster of 1.28 with the Gloo that goes with it, and the word of caution', () => {
  const old = withValue(withValue(input('existing'), 'cluster.import.kubernetesVersion', '1.28'), 'gloo.chartVersion', '1.19.9');
  const environment = parse(withValue(old, 'vault.networkPolicy', false));
  expect(environment?.cluster.kubectlLayer).toBe('@aws-cdk/lambda-layer-kubectl-v28');
  expect(environment?.warnings).toEqual([
    'Kubernetes 1.28 left extended support on 2025-11-26 and EKS upgrades such clusters by itself: compare with `aws eks describe-cluster --query cluster.version`.',
    expect.stringMatching(/^Gloo chart "1\.19\.9" has no CRDs in cdk8s\/gloo-crds/),
  ]);
});

test('a chart of Vault that the table does not hold passes with a warning', () => {
  expect(parse(withValue(input('dev'), 'vault.chartVersion', '0.99.0'))?.warnings).toEqual([
    'Vault chart 0.99.0 is not in lib/versions.ts (0.32.0, 0.33.0, 0.34.0, 0.34.1): whether it goes with this cluster was not checked.',
  ]);
});

test('the source of the environments leads the error', () => {
  expect(() => parseEnvironments({ dev: withValue(input('dev'), 'region', 'x') }, { source: 'my.yaml' })).toThrow(
    'my.yaml has a fault, so no template was written:\n  environments.dev.region: "x" is not an AWS region.',
  );
});

test('which layers are installed is asked of the context', () => {
  expect(faults({ dev: input('dev') }, { isInstalled: () => false })).toEqual([
    'environments.dev.cluster.create.kubernetesVersion: Kubernetes 1.35 with Gloo 1.22.1 needs the kubectl layer @aws-cdk/lambda-layer-kubectl-v35 (kubectl 1.35.2, helm 4.1.4), which is not installed; run: npm install @aws-cdk/lambda-layer-kubectl-v35@^2.2.2',
  ]);
});
