import { faults, fullRaft, importedRaft, input, withValue } from './inputs';

type Row = readonly [path: string, value: unknown, message: string];

const raft: readonly Row[] = [
  ['replicas', 2, '2 is even, and 2 replicas outlive no more losses than 1; allowed: 1, 3 or 5.'],
  ['replicas', 4, '4 is even, and 4 replicas outlive no more losses than 3; allowed: 1, 3 or 5.'],
  ['replicas', 0, '0 is not a number of replicas for Raft; allowed: 1, 3 or 5.'],
  ['replicas', 7, '7 is not a number of replicas for Raft; allowed: 1, 3 or 5.'],
  ['replicas', '3', '"3" is not a number of replicas; allowed: 1, 3 or 5.'],
  ['replicas', 2.5, '2.5 is not a number of replicas; allowed: 1, 3 or 5.'],
  ['storageSize', 0, '0 is not a whole number from 1 to 16384 (GiB).'],
  ['storageSize', '10Gi', '"10Gi" is not a whole number from 1 to 16384 (GiB).'],
  ['tls', false, "is false while production is true: Gloo's tokens and secrets would be readable on the nodes' network; leave it out, or set production: false."],
  ['tls', 'no', '"no" is not true or false.'],
  ['kmsKeyArn', 'arn:aws:kms:eu-west-1:111122223333:key/k', '"arn:aws:kms:eu-west-1:111122223333:key/k" lies in region eu-west-1; the environment\'s region is us-east-1.'],
  ['kmsKeyArn', 'arn:aws:kms:us-east-1:999999999999:key/k', '"arn:aws:kms:us-east-1:999999999999:key/k" lies in account 999999999999; allowed: the environment\'s account, 111122223333.'],
  ['kmsKeyArn', 'arn:aws-us-gov:kms:us-east-1:111122223333:key/k', '"arn:aws-us-gov:kms:us-east-1:111122223333:key/k" lies in partition aws-us-gov; region us-east-1 is in aws.'],
  ['kmsKeyArn', 'arn:aws:kms:us-east-1:111122223333:alias/vault', '"arn:aws:kms:us-east-1:111122223333:alias/vault" is not a KMS key; allowed: arn:aws:kms:REGION:ACCOUNT:key/ID, not an alias, which may come to mean another key.'],
  ['kmsKeyArn', 'alias/vault', '"alias/vault" is not a KMS key; allowed: arn:aws:kms:REGION:ACCOUNT:key/ID, not an alias, which may come to mean another key.'],
  ['kmsKeyArn', '1234abcd-12ab-34cd-56ef-1234567890ab', '"1234abcd-12ab-34cd-56ef-1234567890ab" is not a KMS key; allowed: arn:aws:kms:REGION:ACCOUNT:key/ID.'],
  ['kmsKeyArn', 'arn:gcp:kms:us-east-1:111122223333:key/k', '"arn:gcp:kms:us-east-1:111122223333:key/k" is not a KMS key; allowed: arn:aws:kms:REGION:ACCOUNT:key/ID.'],
  ['recovery.threshold', 6, '6 is more than there are recovery keys (shares: 5), so they could never be enough; allowed: 2 to 5.'],
  ['recovery.threshold', 1, '1 of 5 recovery keys is no sharing; allowed: 2 to 5, or shares: 1.'],
  ['recovery.threshold', 11, '11 is not a whole number from 1 to 10.'],
  ['recovery.shares', 0, '0 is not a whole number from 1 to 10.'],
  ['recovery.secret.arn', 'vault/recovery', '"vault/recovery" is not a secret of Secrets Manager; allowed: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-XXXXXX, as `aws secretsmanager describe-secret --query ARN` prints it.'],
  ['recovery.secret.arn', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:keys-aB3xYz', '"arn:aws:secretsmanager:eu-west-1:111122223333:secret:keys-aB3xYz" lies in region eu-west-1; the environment\'s region is us-east-1.'],
  ['recovery.secret.arn', undefined, 'missing; give the ARN of a secret.'],
  ['recovery.secret.kmsKeyArn', 'arn:aws:kms:eu-west-1:111122223333:key/k', '"arn:aws:kms:eu-west-1:111122223333:key/k" lies in region eu-west-1; the environment\'s region is us-east-1.'],
  ['snapshots.everyHours', 5, '5 does not divide a day; allowed: 1, 2, 3, 4, 6, 8, 12 or 24.'],
  ['snapshots.everyHours', 0, '0 does not divide a day; allowed: 1, 2, 3, 4, 6, 8, 12 or 24.'],
  ['snapshots.everyHours', '6h', '"6h" is not a number of hours; allowed: 1, 2, 3, 4, 6, 8, 12 or 24.'],
  ['snapshots.retentionDays', 0, '0 is not a whole number from 1 to 3650.'],
  ['snapshots.bucket.versioning', 'Suspended', '"Suspended" will not do: without versions, a snapshot that is overwritten or deleted is gone. Turn it on (aws s3api put-bucket-versioning --bucket NAME --versioning-configuration Status=Enabled), then say Enabled.'],
  ['snapshots.bucket.versioning', undefined, 'missing; give the versioning of the bucket, as `aws s3api get-bucket-versioning` prints it.'],
  ['snapshots.bucket.versioning', false, 'false is not the versioning of the bucket, as `aws s3api get-bucket-versioning` prints it.'],
  ['snapshots.bucket.name', 'Vault_Snapshots', '"Vault_Snapshots" is not a bucket\'s name; allowed: 3 to 63 lower-case letters, digits, \'-\' and \'.\', the first and last a letter or digit.'],
  ['snapshots.bucket.name', 's3://vault', '"s3://vault" is not a bucket\'s name; allowed: 3 to 63 lower-case letters, digits, \'-\' and \'.\', the first and last a letter or digit.'],
  ['snapshots.bucket.kmsKeyArn', 'arn:aws:kms:us-east-1:999999999999:key/k', '"arn:aws:kms:us-east-1:999999999999:key/k" lies in account 999999999999; allowed: the environment\'s account, 111122223333.'],
  ['alarmTopicArn', 'arn:aws:sns:us-east-1:111122223333:on-call.fifo', '"arn:aws:sns:us-east-1:111122223333:on-call.fifo" is a FIFO topic, which takes no alarms; allowed: arn:aws:sns:REGION:ACCOUNT:NAME.'],
  ['alarmTopicArn', 'on-call', '"on-call" is not an SNS topic; allowed: arn:aws:sns:REGION:ACCOUNT:NAME.'],
  ['alarmTopicArn', 'arn:aws:sns:eu-west-1:111122223333:on-call', '"arn:aws:sns:eu-west-1:111122223333:on-call" lies in region eu-west-1; the environment\'s region is us-east-1.'],
  ['replica', 3, 'unknown key. Did you mean "replicas"? Allowed: replicas, storageSize, tls, kmsKeyArn, recovery, snapshots, alarmTopicArn.'],
];

describe('a value that vault.raft cannot have', () => {
  test.each(raft)('%s = %j', (path, value, message) => {
    expect(faults({ prod: withValue(fullRaft(), `vault.raft.${path}`, value) })).toEqual([`environments.prod.vault.raft.${path}: ${message}`]);
  });

  test.each([
    [{ shares: 1 }, '3 is more than there are recovery keys (shares: 1), so they could never be enough; allowed: 1.'],
    [{ shares: 2 }, '3 is more than there are recovery keys (shares: 2), so they could never be enough; allowed: 2.'],
    [{ shares: 2, threshold: 1 }, '1 of 2 recovery keys is no sharing; allowed: 2, or shares: 1.'],
  ])('recovery: %j', (recovery, message) => {
    expect(faults({ prod: withValue(input('prod'), 'vault.raft', { recovery }) })).toEqual([`environments.prod.vault.raft.recovery.threshold: ${message}`]);
  });

  test('something else than a mapping', () => {
    expect(faults({ prod: withValue(input('prod'), 'vault.raft', true) })).toEqual([
      'environments.prod.vault.raft: true is not a mapping with keys of replicas, storageSize, tls, kmsKeyArn, recovery, snapshots, alarmTopicArn.',
    ]);
  });
});

describe('raft beside mode dev', () => {
  const beside = "environments.dev.vault.raft: stands beside mode 'dev', which keeps nothing on a volume; set vault.mode: 'raft', or leave it out.";

  test.each([undefined, 'dev'])('mode %j', (mode) => {
    expect(faults({ dev: withValue(withValue(input('dev'), 'vault.mode', mode), 'vault.raft', {}) })).toEqual([beside]);
  });

  test('what is wrong in it shows all the same', () => {
    expect(faults({ dev: withValue(input('dev'), 'vault.raft', { replicas: 2 }) })).toEqual([
      'environments.dev.vault.raft.replicas: 2 is even, and 2 replicas outlive no more losses than 1; allowed: 1, 3 or 5.',
      beside,
    ]);
  });

  test('in production it is the mode that is at fault, once', () => {
    expect(faults({ prod: withValue(withValue(fullRaft(), 'vault.mode', 'dev'), 'vault.raft.tls', false) })).toEqual([
      "environments.prod.vault.mode: \"dev\" keeps every secret in memory and loses it with a restart, and production is true; set mode: 'raft', or production: false.",
    ]);
  });
});

describe('too little room for the replicas', () => {
  test('zones and nodes as they are by default', () => {
    expect(faults({ prod: withValue(input('dev'), 'production', true) })).toEqual([
      'environments.prod.cluster.create.zones: 2 zones while vault.raft.replicas is 3: one of them has most of the replicas, and its loss stops Vault; set zones: 3.',
      'environments.prod.cluster.create.nodes.minSize: 2 nodes while vault.raft.replicas is 3, and no two replicas share a node; set minSize: 3 or more (and desiredSize and maxSize with it).',
    ]);
  });

  test('five replicas on three nodes', () => {
    expect(faults({ prod: withValue(input('prod'), 'vault.raft', { replicas: 5 }) })).toEqual([
      'environments.prod.cluster.create.nodes.minSize: 3 nodes while vault.raft.replicas is 5, and no two replicas share a node; set minSize: 5 or more (and desiredSize and maxSize with it).',
    ]);
  });

  test('node counts that are out of order are said once', () => {
    expect(faults({ prod: withValue(input('prod'), 'cluster.create.nodes', { minSize: 2, desiredSize: 1 }) })).toEqual([
      'environments.prod.cluster.create.nodes: minSize 2, desiredSize 1 and maxSize 4 are out of order; allowed: minSize ≤ desiredSize ≤ maxSize.',
    ]);
  });
});

describe('an imported cluster that cannot carry mode raft', () => {
  const listed =
    "This prints EKS's own: aws eks list-addons --cluster-name platform --region us-east-1 --query 'addons[]' --output text | " +
    "xargs -n 1 aws eks describe-addon --cluster-name platform --region us-east-1 --query 'addon.[addonName,addonVersion]' --output text --addon-name";

  test('Kubernetes is too old', () => {
    const old = withValue(withValue(importedRaft(), 'cluster.import.kubernetesVersion', '1.28'), 'gloo.chartVersion', '1.19.9');
    expect(faults({ prod: old })).toEqual([
      'environments.prod.cluster.import.kubernetesVersion: "1.28" cannot carry a Vault of mode \'raft\': the certificates are guarded by a ValidatingAdmissionPolicy (1.30), ' +
        'and cert-manager supports none before 1.31; upgrade the cluster to 1.31 or later.',
    ]);
    expect(faults({ dev: withValue(withValue(input('existing'), 'cluster.import.kubernetesVersion', '1.28'), 'gloo.chartVersion', '1.19.9') })).toEqual([]);
  });

  test.each([
    ['vpc-cni', 'v1.13.4-eksbuild.1', '"v1.13.4-eksbuild.1" is too old: older ones enforce no NetworkPolicy; upgrade the add-on to 1.14.0 or later.'],
    ['aws-ebs-csi-driver', 'v1.18.0-eksbuild.1', '"v1.18.0-eksbuild.1" is too old: older ones do not find their node without the instance metadata service, which pods are kept from; upgrade the add-on to 1.19.0 or later.'],
    ['cert-manager', 'v1.14.7', '"v1.14.7" is too old: older ones do not know every field of the certificates here; upgrade the add-on to 1.15.0 or later.'],
    ['cert-manager', 'latest', '"latest" is not a version; allowed: \'v1.20.4-eksbuild.1\' and the like, as `aws eks describe-addon --query addon.addonVersion` prints it.'],
    ['cert-manager', 'v1', '"v1" is not a version; allowed: \'v1.20.4-eksbuild.1\' and the like, as `aws eks describe-addon --query addon.addonVersion` prints it.'],
    ['cert-manager', 'eksbuild.1', '"eksbuild.1" is not a version; allowed: \'v1.20.4-eksbuild.1\' and the like, as `aws eks describe-addon --query addon.addonVersion` prints it.'],
    ['cert-manager', 1.15, '1.15 is not the version of an add-on: put it in quotes.'],
    ['ebs-csi-driver', 'v1.48.0', 'unknown key. Did you mean "aws-ebs-csi-driver"? Allowed: vpc-cni, aws-ebs-csi-driver, cert-manager.'],
  ])('the add-on %s %j', (addon, version, message) => {
    expect(faults({ prod: withValue(importedRaft(), `cluster.import.addons.${addon}`, version) })).toEqual([
      `environments.prod.cluster.import.addons.${addon}: ${message}`,
    ]);
  });

  test('a VPC CNI that enforces nothing is one for a dev-mode Vault too', () => {
    expect(faults({ dev: withValue(input('existing'), 'cluster.import.addons', { 'vpc-cni': 'v1.13.4-eksbuild.1' }) })).toEqual([
      'environments.dev.cluster.import.addons.vpc-cni: "v1.13.4-eksbuild.1" is too old: older ones enforce no NetworkPolicy; upgrade the add-on to 1.14.0 or later.',
    ]);
  });

  test('what add-ons it has is not said', () => {
    expect(faults({ prod: withValue(importedRaft(), 'cluster.import.addons', undefined) })).toEqual([
      "environments.prod.cluster.import.addons: missing, and a Vault of mode 'raft' needs the EBS CSI driver and cert-manager: give what the cluster has with its versions ({} for none), " +
        `and the app installs the rest. ${listed}`,
    ]);
    expect(faults({ prod: withValue(withValue(importedRaft(), 'cluster.import.addons', undefined), 'vault.raft', { tls: false }) })).toEqual([
      "environments.prod.cluster.import.addons: missing, and a Vault of mode 'raft' needs the EBS CSI driver: give what the cluster has with its versions ({} for none), " +
        `and the app installs the rest. ${listed}`,
    ]);
  });
});

test('a chart of Vault whose version of Vault nobody knows', () => {
  expect(faults({ prod: withValue(input('prod'), 'vault.chartVersion', '0.99.0') })).toEqual([
    'environments.prod.vault.chartVersion: "0.99.0" is not in lib/versions.ts, which says the version of Vault in it, and mode \'raft\' names that version; allowed: 0.32.0, 0.33.0, 0.34.0, 0.34.1.',
  ]);
});

test.each(['vault', 'gloo'])("cert-manager's namespace for %s", (part) => {
  const path = `${part}.namespace`;
  expect(faults({ prod: withValue(input('prod'), path, 'cert-manager') })).toEqual([
    `environments.prod.${path}: "cert-manager" is the namespace of the add-on of that name; choose another.`,
  ]);
  expect(faults({ dev: withValue(input('dev'), path, 'cert-manager') })).toEqual([]);
});

test.each([
  ['cluster.import', 'null is not a mapping with keys of name, kubernetesVersion, endpoint, certificateAuthority, oidcProviderArn, oidcIssuer, securityGroupId, kubectlRoleArn, endpointAccess, vpc, controlPlaneCidrs, addons.'],
  ['cluster.import.addons', 'null is not a mapping with keys of vpc-cni, aws-ebs-csi-driver, cert-manager.'],
  ['vault.raft', 'null is not a mapping with keys of replicas, storageSize, tls, kmsKeyArn, recovery, snapshots, alarmTopicArn.'],
  ['vault.mode', 'null is not known; allowed: "dev" or "raft".'],
])('nothing at %s is one fault, and no rule stumbles over it', (path, message) => {
  expect(faults({ prod: withValue(importedRaft(), path, null) })).toEqual([`environments.prod.${path}: ${message}`]);
});

test('several faults at once, in fields, between fields and in the cluster', () => {
  let environment = withValue(importedRaft(), 'production', true);
  environment = withValue(environment, 'cluster.import.kubernetesVersion', '1.30');
  environment = withValue(environment, 'gloo.chartVersion', '1.20.5');
  environment = withValue(environment, 'cluster.import.addons', { 'vpc-cni': 'new', 'aws-ebs-csi-driver': 'v1.5.0' });
  environment = withValue(environment, 'vault.raft', {
    replicas: 4,
    tls: false,
    kmsKeyArn: 'arn:aws:kms:eu-west-1:999999999999:key/k',
    recovery: { shares: 3, threshold: 5 },
    snapshots: { bucket: { name: 'b', versioning: 'Off' } },
  });
  expect(faults({ prod: environment }, { isInstalled: () => true }).map((fault) => fault.slice('environments.prod.'.length, fault.indexOf(': ')))).toEqual([
    'cluster.import.addons.vpc-cni',
    'vault.raft.replicas',
    'vault.raft.recovery.threshold',
    'vault.raft.snapshots.bucket.name',
    'vault.raft.snapshots.bucket.versioning',
    'vault.raft.tls',
    'cluster.import.addons.aws-ebs-csi-driver',
    'cluster.import.kubernetesVersion',
    'gloo.chartVersion',
    'vault.raft.kmsKeyArn',
    'vault.raft.kmsKeyArn',
  ]);
});

test('production wants the CRDs of its Gloo', () => {
  expect(faults({ prod: withValue(input('prod'), 'gloo.chartVersion', '1.21.3') })).toEqual([
    'environments.prod.gloo.chartVersion: "1.21.3" has no CRDs in cdk8s/gloo-crds, which has those of 1.22.1: Helm installs the chart\'s own where there are none, and an upgrade leaves them as they are. This adds them: npm run gloo-crds -- 1.21.3',
  ]);
});
