import { parseEnvironments } from '../../lib/environment/parse';
import { faults, fullRaft, importedRaft, input, takenOver, withValue } from './inputs';

const parse = (environment: unknown) => parseEnvironments({ prod: environment })[0];

const defaults = {
  replicas: 3,
  storageSize: 10,
  tls: true,
  recovery: { shares: 5, threshold: 3 },
  snapshots: { everyHours: 6, retentionDays: 35 },
};

describe('what is left out', () => {
  const nodes = { minSize: 3, desiredSize: 3 };
  const least = { account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'small', zones: 3, nodes } } };

  test('in production: replicas with TLS, a periodic session, the smallest policy, and none on the role of Gloo', () => {
    expect(parse({ ...least, production: true })).toEqual({
      name: 'prod',
      account: '111122223333',
      region: 'us-east-1',
      partition: { name: 'aws', dnsSuffix: 'amazonaws.com' },
      production: true,
      tags: {},
      cluster: {
        kind: 'new',
        name: 'small',
        kubernetesVersion: '1.35',
        kubectlLayer: '@aws-cdk/lambda-layer-kubectl-v35',
        endpointAccess: { kind: 'public' },
        vpcCidr: '10.0.0.0/16',
        zones: 3,
        natGateways: 1,
        nodes: { instanceTypes: ['m5.large'], minSize: 3, maxSize: 4, desiredSize: 3, diskSize: 20 },
        logRetentionDays: 30,
        adminArns: [],
      },
      identity: { authPolicy: 'narrow', generations: [1] },
      vault: {
        mode: 'raft',
        raft: defaults,
        namespace: 'vault',
        chartVersion: '0.34.1',
        audit: true,
        revision: 1,
        networkPolicy: true,
        auth: { mountPath: 'aws', serverIdHeader: 'vault.gloo.example.com', session: { period: 900 } },
        kv: { mountPath: 'dev', maxVersions: 0 },
        policy: { name: 'dev', form: 'smallest' },
        operators: [],
        drift: { action: 'report', everyMinutes: 60 },
      },
      gloo: { namespace: 'gloo-system', chartVersion: '1.22.1', discovery: false, loginProof: true, healing: true, values: {} },
      guests: [],
      warnings: [],
    });
  });

  test('mode raft without production: the same Vault, with the session, the policies and the role of the guide', () => {
    const environment = parse({ ...least, vault: { mode: 'raft' } });
    expect(environment).toMatchObject({
      production: false,
      identity: { authPolicy: 'guide', generations: [1] },
      vault: { mode: 'raft', auth: { session: { maxTtl: 900 } }, policy: { form: 'guide' } },
    });
    expect(environment?.vault.raft).toEqual(defaults);
  });

  test.each([{}, { recovery: {} }, { snapshots: {} }])('vault.raft: %j has the defaults', (raft) => {
    expect(parse(withValue(input('prod'), 'vault.raft', raft))?.vault.raft).toEqual(defaults);
  });

  test("the guide's forms can be had in production", () => {
    const production = { ...least, production: true, identity: { authPolicy: 'guide' }, vault: { auth: { session: { maxTtl: '15m' } }, policy: { form: 'guide' } } };
    expect(parse(production)).toMatchObject({
      identity: { authPolicy: 'guide', generations: [1] },
      vault: { mode: 'raft', auth: { session: { maxTtl: 900 } }, policy: { form: 'guide' } },
    });
  });

  test('a dev-mode Vault has no raft', () => {
    expect(parse(input('dev'))?.vault).not.toHaveProperty('raft');
  });
});

test('what exists is taken over, and how the bucket keeps versions is no concern of the stacks', () => {
  const { name, kmsKeyArn } = takenOver.snapshots.bucket;
  expect(parse(fullRaft())?.vault.raft).toEqual({
    ...defaults,
    ...takenOver,
    recovery: { ...defaults.recovery, ...takenOver.recovery },
    snapshots: { ...defaults.snapshots, bucket: { name, kmsKeyArn } },
  });
});

test('a secret and a bucket under AWS-managed keys need no key', () => {
  let environment = withValue(fullRaft(), 'vault.raft.recovery.secret.kmsKeyArn', undefined);
  environment = withValue(environment, 'vault.raft.snapshots.bucket.kmsKeyArn', undefined);
  const raft = parse(environment)?.vault.raft;
  expect(raft?.recovery.secret).toEqual({ arn: takenOver.recovery.secret.arn });
  expect(raft?.snapshots.bucket).toEqual({ name: takenOver.snapshots.bucket.name });
});

describe('an imported cluster', () => {
  test('has the add-ons that it names, and the app leaves them alone', () => {
    expect(parse(importedRaft())?.cluster).toMatchObject({ addons: ['aws-ebs-csi-driver', 'cert-manager'] });
    expect(parse(withValue(importedRaft(), 'cluster.import.addons', {}))?.cluster).toMatchObject({ addons: [] });
    expect(parse(input('existing'))?.cluster).toMatchObject({ addons: [] });
  });

  test.each(['1.20.4', 'v1.20.4', 'v1.20.4-eksbuild.1', 'v1.14', 'v1.21.0+build'])('takes the version %s', (version) => {
    expect(faults({ prod: withValue(importedRaft(), 'cluster.import.addons.vpc-cni', version) })).toEqual([]);
  });

  test.each([
    ['vpc-cni', 'vault.networkPolicy', 'v1.13.4-eksbuild.1'],
    ['cert-manager', 'vault.raft.tls', 'v1.12.0'],
  ])('may have any %s where %s is off', (addon, setting, version) => {
    expect(faults({ prod: withValue(withValue(importedRaft(), `cluster.import.addons.${addon}`, version), setting, false) })).toEqual([]);
  });

  test('with a dev-mode Vault may have any driver of volumes, and cert-manager', () => {
    const addons = { 'aws-ebs-csi-driver': 'v1.5.0', 'cert-manager': 'v1.0.0' };
    expect(faults({ prod: withValue(input('existing'), 'cluster.import.addons', addons) })).toEqual([]);
  });
});

test.each([1, 3, 5])('%d replicas', (replicas) => {
  const environment = withValue(withValue(input('prod'), 'vault.raft', { replicas }), 'cluster.create.nodes', { minSize: 5, desiredSize: 5, maxSize: 5 });
  expect(parse(environment)?.vault.raft?.replicas).toBe(replicas);
});

test('one replica is content with two zones and one node', () => {
  const environment = withValue(withValue(input('dev'), 'production', true), 'vault.raft', { replicas: 1 });
  expect(faults({ prod: withValue(environment, 'cluster.create.nodes', { minSize: 1, desiredSize: 1 }) })).toEqual([]);
});

describe('a word of caution at synth', () => {
  const warnings = (environment: Record<string, unknown>) => parse(environment)?.warnings;

  test('for one replica', () => {
    expect(warnings(withValue(input('prod'), 'vault.raft', { replicas: 1 }))).toEqual([
      'Vault of prod has one replica: while its pod moves or restarts, Gloo reads no secret, and a zone that is lost takes its volume along.',
    ]);
  });

  test('for the zones of an imported cluster, which nobody can see from here', () => {
    const zones = (environment: Record<string, unknown>) => warnings(environment)?.filter((each) => each.includes('zone'));
    expect(zones(importedRaft())).toEqual([
      'Vault of prod wants 3 nodes over three zones, each with one at least, and whether platform has them is not known here: without, pods of Vault stay pending. kubectl get nodes -L topology.kubernetes.io/zone',
    ]);
    expect(zones(withValue(importedRaft(), 'vault.raft', { replicas: 1 }))).toEqual([expect.stringContaining('has one replica')]);
    expect(zones(input('prod'))).toEqual([]);
    expect(zones(input('existing'))).toEqual([]);
  });

  test('for no TLS, out of production', () => {
    const environment = withValue(withValue(withValue(input('prod'), 'production', false), 'vault.mode', 'raft'), 'vault.raft', { tls: false });
    expect(warnings(environment)).toEqual(["Vault of prod has no TLS: tokens and secrets are readable on the nodes' network."]);
  });

  test('for an add-on of a partition that was not asked', () => {
    const nobody = withValue(withValue(input('prod'), 'cluster.create.adminArns', []), 'vault.operators', []);
    expect(warnings(withValue(nobody, 'region', 'cn-north-1'))).toEqual([
      'Whether EKS offers cert-manager as an add-on in cn-north-1 was not checked: aws eks describe-addon-versions --addon-name cert-manager --region cn-north-1',
    ]);
  });
});
