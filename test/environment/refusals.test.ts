import { names } from '../../lib/identity/names';
import { faults, input, withValue } from './inputs';

type Row = readonly [path: string, value: unknown, message: string];

const dev: readonly Row[] = [
  ['account', '12345', '"12345" is not an AWS account; allowed: 12 digits.'],
  ['account', 12345678901, '12345678901 is a number, and a number loses its leading zeros; put the account in quotes: account: "012345678901".'],
  ['account', undefined, 'missing; give an AWS account, 12 digits in quotes.'],
  ['region', 'us-esat-1', '"us-esat-1" is not an AWS region. Did you mean "us-east-1"?'],
  ['region', 'somewhere', '"somewhere" is not an AWS region. Allowed: us-east-1, eu-central-1 and the other regions of AWS.'],
  ['region', 'us-iso-east-1', '"us-iso-east-1" lies in the partition aws-iso; allowed: regions of aws, aws-cn or aws-us-gov.'],
  ['production', 'yes', '"yes" is not true or false.'],
  ['produciton', true, 'unknown key. Did you mean "production"? Allowed: account, region, production, tags, cluster, identity, vault, gloo.'],
  ['tags.aws:owner', 'me', '"aws:owner" begins with aws:, which AWS keeps for itself; choose another key.'],
  ['tags.owner', 'a\nb', '"a\\nb" is not a tag value; allowed: letters, digits, spaces and \'_.:/=+-@\', at most 256.'],
  ['tags.owner', 5, '5 is not a tag value: put it in quotes.'],
  ['cluster', undefined, 'missing; give a mapping with keys of create, import.'],
  ['cluster', {}, 'has neither create nor import; give one of the two.'],
  ['cluster.create.name', 'a'.repeat(52), `"${'a'.repeat(52)}" has 52 characters, and dev-role-iam-NAME would be an IAM role name of 65; allowed: 51, for IAM takes 64.`],
  ['cluster.create.name', '-a', '"-a" is not a cluster name that EKS takes; allowed: letters, digits, \'-\' and \'_\', the first a letter or digit.'],
  ['cluster.create.name', 'a b', '"a b" is not a cluster name that EKS takes; allowed: letters, digits, \'-\' and \'_\', the first a letter or digit.'],
  ['cluster.create.kubernetesVersion', '1.99', '"1.99" is not a version that EKS creates clusters with; allowed: 1.31 … 1.36 (imported clusters also 1.28 … 1.30).'],
  ['cluster.create.kubernetesVersion', '1.28', '"1.28" is not a version that EKS creates clusters with; allowed: 1.31 … 1.36 (imported clusters also 1.28 … 1.30).'],
  ['cluster.create.kubernetesVersion', 1.35, '1.35 is a number, and a number loses its last zero; put the version in quotes: "1.35".'],
  ['cluster.create.kubernetesVersion', 1.3, '1.3 is a number, and a number loses its last zero; put the version in quotes; allowed: 1.31 … 1.36 (imported clusters also 1.28 … 1.30).'],
  ['cluster.create.kubernetsVersion', '1.35', 'unknown key. Did you mean "kubernetesVersion"? Allowed: name, kubernetesVersion, endpointAccess, vpcCidr, zones, availabilityZones, natGateways, nodes, logRetentionDays, adminArns.'],
  ['cluster.create.endpointAccess', 'pubilc', '"pubilc" is not an access to the API server. Did you mean "public"? Allowed: \'public\', \'private\' or { publicFrom: [\'203.0.113.0/24\'] }.'],
  ['cluster.create.vpcCidr', '10.0.0.0', '"10.0.0.0" is not an IPv4 CIDR block; allowed: ADDRESS/LENGTH, such as 203.0.113.0/24.'],
  ['cluster.create.vpcCidr', '10.0.0.0/22', '"10.0.0.0/22" is not of a size that holds the subnets; allowed: /16 (what a VPC takes at most) to /21 (public, node and control-plane subnets in three zones).'],
  ['cluster.create.vpcCidr', '10.0.7.0/16', '"10.0.7.0/16" has bits set behind its length; write 10.0.0.0/16.'],
  ['cluster.create.zones', 4, '4 is not a whole number from 2 to 3.'],
  ['cluster.create.availabilityZones', ['us-east-1a'], 'us-east-1a are 1 different zones while zones is 2; name as many, or leave them out.'],
  ['cluster.create.availabilityZones', ['us-east-1a', 'us-east-1b', 'us-east-1c'], 'us-east-1a, us-east-1b, us-east-1c are 3 different zones while zones is 2; name as many, or leave them out.'],
  ['cluster.create.natGateways', 0, '0 is not a whole number from 1 to 3.'],
  ['cluster.create.natGateways', 3, '3 is more than one a zone; allowed: 1 to 2, the number of zones.'],
  ['cluster.create.nodes.diskSize', 8, '8 is not a whole number from 20 to 16384 (GiB).'],
  ['cluster.create.logRetentionDays', 31, '31 is not known; allowed: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653.'],
  ['identity.authPolicy', 'wide', '"wide" is not known; allowed: "guide" or "narrow".'],
  ['identity.generation', 0, "0 is no generation of Gloo's auth role; allowed: a whole number from 1 to 99, or two of them, [from, to]."],
  ['identity.generation', '2', "\"2\" is no generation of Gloo's auth role; allowed: a whole number from 1 to 99, or two of them, [from, to]."],
  ['identity.generation', [1, 2, 3], "a list is no generation of Gloo's auth role; allowed: a whole number from 1 to 99, or two of them, [from, to]."],
  ['identity.generation', [2, 2], 'names generation 2 twice; write 2, or another one beside it.'],
  ['vault.kv.maxVersions', -1, '-1 is not a whole number from 0 to 1000.'],
  ['vault.mode', 'ha', '"ha" is not known; allowed: "dev" or "raft".'],
  ['vault.namespace', 'Vault', '"Vault" is not a namespace; allowed: lower-case letters, digits and \'-\' inside, at most 63.'],
  ['vault.namespace', 'kube-system', '"kube-system" belongs to Kubernetes; choose a namespace of its own.'],
  ['vault.chartVersion', 'v0.34', '"v0.34" is not a chart version; allowed: three numbers in full, such as 0.34.1.'],
  ['vault.auth.serverIdHeader', 'a b', '"a b" is not a header value that a signature survives; allowed: 1 to 255 printable ASCII characters without white space, such as vault.gloo.example.com.'],
  ['vault.auth.session', {}, 'has neither maxTtl nor period; give one of the two.'],
  ['vault.auth.session', { maxTtl: '15m', period: '15m' }, 'has both maxTtl and period; give one of the two.'],
  ['vault.policy.name', 'Dev', '"Dev" has capitals, which Vault does not keep; write "dev".'],
  ['vault.policy.name', 'root', '"root" is a policy of Vault\'s own; choose another name.'],
  ['vault.policy.name', 'a/b', '"a/b" holds a slash; allowed: one segment.'],
  ['vault.policy.name', 'vault-config-x', '"vault-config-x" begins with vault-config-, as the policy by which this app configures Vault; choose another name.'],
  ['vault.policy.name', 'vault-operator-x', '"vault-operator-x" begins with vault-operator-, as the operators\' policy; choose another name.'],
  ['vault.policy.name', 'vault-backup-x', '"vault-backup-x" begins with vault-backup-, as the policy by which this app takes snapshots; choose another name.'],
  ['vault.operators', 'arn:aws:iam::111122223333:role/Admin', '"arn:aws:iam::111122223333:role/Admin" is not a list of ARNs of IAM roles and users.'],
  ['vault.drift', 'repair', '"repair" is not a mapping with keys of action, every.'],
  ['vault.drift.action', 'heal', '"heal" is not known; allowed: "report", "repair" or "off".'],
  ['vault.drift.every', 5, '5 is a number without a unit; write "5m" for minutes, in quotes.'],
  ['vault.drift.every', '5', '"5" has no unit; write "5m".'],
  ['vault.drift.every', 'hourly', '"hourly" is not a duration; allowed: 1m to 24h, such as 5m or 1h30m.'],
  ['vault.drift.every', '30s', '"30s" is under a minute; allowed: 1m to 24h.'],
  ['vault.drift.every', '25h', '"25h" is over a day; allowed: 1m to 24h.'],
  ['vault.drift.every', '90s', '"90s" is 90 seconds, and EventBridge counts in whole minutes; allowed: 1m to 24h.'],
  ['vault.drift', { action: 'off', every: '5m' }, "has every: \"5m\" beside action: 'off', which looks for nothing; leave it out, or choose another action."],
  ['gloo.namespace', 'vault', '"vault" is Vault\'s namespace too; give each its own.'],
  ['gloo.chartVersion', '1.23.0', '"1.23.0" is not a Gloo version whose support this app knows; allowed: 1.19.x, 1.20.x, 1.21.x or 1.22.x, written in full (1.22.1).'],
  ['gloo.chartVersion', '1.22.x', '"1.22.x" is not a Gloo version whose support this app knows; allowed: 1.19.x, 1.20.x, 1.21.x or 1.22.x, written in full (1.22.1).'],
  ['gloo.chartVersion', '1.20.5', 'Gloo 1.20.5 does not go with Kubernetes 1.35; Gloo 1.20.x takes Kubernetes 1.29 … 1.34, and Kubernetes 1.35 takes Gloo 1.21.x or 1.22.x.'],
  ['gloo.values', 'p4ssword', 'is not a mapping of Helm values.'],
];

const existing: readonly Row[] = [
  ['cluster.import.kubernetesVersion', '1.27', '"1.27" is not a version of an EKS cluster; allowed: 1.28 … 1.36.'],
  ['cluster.import.kubernetesVersion', '1.33', 'Kubernetes 1.33 with Gloo 1.22.1 needs the kubectl layer @aws-cdk/lambda-layer-kubectl-v33 (kubectl 1.33.9, helm 4.1.4), which is not installed; run: npm install @aws-cdk/lambda-layer-kubectl-v33@^2.2.2'],
  ['cluster.import.endpoint', 'http://x.gr7.us-east-1.eks.amazonaws.com', '"http://x.gr7.us-east-1.eks.amazonaws.com" is not an https URL; allowed: https://….'],
  ['cluster.import.endpoint', 'https://x.eks.amazonaws.com/api', '"https://x.eks.amazonaws.com/api" has a path; allowed: https://HOST.'],
  ['cluster.import.endpoint', 'https://X.gr7.eu-west-1.eks.amazonaws.com', '"https://X.gr7.eu-west-1.eks.amazonaws.com" lies in region eu-west-1; the environment\'s region is us-east-1.'],
  ['cluster.import.oidcIssuer', 'https://oidc.eks.us-east-1.amazonaws.com/id/X', 'stands beside oidcProviderArn, which says the same; leave one out.'],
  ['cluster.import.oidcProviderArn', 'arn:aws:iam::111122223333:role/x', '"arn:aws:iam::111122223333:role/x" is not an OIDC provider of IAM; allowed: arn:aws:iam::ACCOUNT:oidc-provider/oidc.eks.REGION.amazonaws.com/id/ID.'],
  ['cluster.import.oidcProviderArn', 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/X', '"arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/X" lies in region eu-west-1; the environment\'s region is us-east-1.'],
  ['cluster.import.securityGroupId', 'sg-1', '"sg-1" is not an identifier of its kind; allowed: sg- and 17 (older ones 8) hexadecimal digits.'],
  ['cluster.import.kubectlRoleArn', 'arn:aws:iam::999999999999:role/k', '"arn:aws:iam::999999999999:role/k" lies in account 999999999999; allowed: the environment\'s account, 111122223333.'],
  ['cluster.import.kubectlRoleArn', 'arn:aws-cn:iam::111122223333:role/k', '"arn:aws-cn:iam::111122223333:role/k" lies in partition aws-cn; region us-east-1 is in aws.'],
  ['cluster.import.vpc', { id: 'vpc-0a1b2c3d4e5f60718', availabilityZones: ['us-east-1a', 'us-east-1b'], privateSubnetIds: ['subnet-0a1b2c3d4e5f60718'] }, '1 subnets are no multiple of 2 zones; give as many subnets in each zone.'],
  ['cluster.import.controlPlaneCidrs', [], "has no entries while vault.networkPolicy is on, which then keeps the API server, and with it Vault's configuration, from Vault; give the blocks of the cluster's subnets, or set vault.networkPolicy: false. This prints them: aws ec2 describe-subnets --region us-east-1 --subnet-ids $(aws eks describe-cluster --name platform --region us-east-1 --query 'cluster.resourcesVpcConfig.subnetIds' --output text) --query 'Subnets[].CidrBlock'"],
  ['cluster.import.endpointAccess', 'private', "missing while endpointAccess is not 'public', for the Lambdas then run in the VPC; give its id, availabilityZones and privateSubnetIds. This prints them: aws ec2 describe-subnets --region us-east-1 --filters Name=vpc-id,Values=$(aws eks describe-cluster --name platform --region us-east-1 --query 'cluster.resourcesVpcConfig.vpcId' --output text) --query 'Subnets[].[VpcId,AvailabilityZone,SubnetId,MapPublicIpOnLaunch]'"],
];

/** Faults that stand at another key than the one changed. */
const elsewhere: Readonly<Record<string, string>> = {
  'cluster.import.endpointAccess': 'cluster.import.vpc',
  'cluster.import.vpc': 'cluster.import.vpc.privateSubnetIds',
  'tags.aws:owner': 'tags["aws:owner"]',
};

const key = (name: string, path: string) => `environments.${name}.${elsewhere[path] ?? path}`.replace('.tags[', '.tags[');

describe('a value that an environment cannot have', () => {
  test.each(dev)('dev: %s = %j', (path, value, message) => {
    expect(faults({ dev: withValue(input('dev'), path, value) })).toEqual([`${key('dev', path)}: ${message}`]);
  });
  test.each(existing)('existing: %s = %j', (path, value, message) => {
    expect(faults({ existing: withValue(input('existing'), path, value) })).toEqual([`${key('existing', path)}: ${message}`]);
  });
});

describe.each([
  ['vault.auth.mountPath', 'sys, auth, identity, cubbyhole, audit or token'],
  ['vault.kv.mountPath', 'sys, auth, identity, cubbyhole or audit'],
])('%s', (path, reserved) => {
  const allowed = "allowed: segments of letters, digits, '-', '_' and '.', with single slashes between them.";
  test.each([
    ['a%2Fb', `"a%2Fb" holds '%'; ${allowed}`],
    ['a/../b', `"a/../b" holds '.' or '..' as a segment; ${allowed}`],
    ['a//b', `"a//b" holds '//'; ${allowed}`],
    ['/a', `"/a" begins with a slash; ${allowed}`],
    ['a/', `"a/" ends in a slash; ${allowed}`],
    ['', `"" is empty; ${allowed}`],
    ['a b', `"a b" holds white space or control characters; ${allowed}`],
    ['a\u0007', `"a\\u0007" holds white space or control characters; ${allowed}`],
    ['a*', `"a*" holds a character with a meaning of its own in URLs or policies; ${allowed}`],
    ['a/+/b', `"a/+/b" holds a character with a meaning of its own in URLs or policies; ${allowed}`],
    ['sys', `"sys" is a path that Vault keeps for itself (${reserved}); choose another.`],
    ['identity/x', `"identity/x" is a path that Vault keeps for itself (${reserved}); choose another.`],
  ])('%j', (value, message) => {
    expect(faults({ dev: withValue(input('dev'), path, value) })).toEqual([`environments.dev.${path}: ${message}`]);
  });
});

test.each([
  [['arn:aws:iam::111122223333:root'], 0, '"arn:aws:iam::111122223333:root" is not an IAM principal; allowed: arn:aws:iam::ACCOUNT:role/NAME or arn:aws:iam::ACCOUNT:user/NAME.'],
  [['arn:aws:iam::111122223333:role/*'], 0, '"arn:aws:iam::111122223333:role/*" is not an IAM principal; allowed: arn:aws:iam::ACCOUNT:role/NAME or arn:aws:iam::ACCOUNT:user/NAME.'],
  [['arn:aws:sts::111122223333:assumed-role/Admin/me'], 0, '"arn:aws:sts::111122223333:assumed-role/Admin/me" is a session of a role; give the role itself: arn:aws:iam::ACCOUNT:role/NAME.'],
  [['arn:aws-cn:iam::111122223333:role/Admin'], 0, '"arn:aws-cn:iam::111122223333:role/Admin" lies in partition aws-cn; region us-east-1 is in aws.'],
  [['arn:aws:iam::111122223333:role/Admin', 'arn:aws:iam::111122223333:role/Admin'], 1, '"arn:aws:iam::111122223333:role/Admin" stands in the list twice; leave one out.'],
  [['arn:aws:iam::111122223333:role/Admin', 'arn:aws:iam::111122223333:role/team/Admin'], 1, '"arn:aws:iam::111122223333:role/team/Admin" is "arn:aws:iam::111122223333:role/Admin" with another path; leave one out.'],
])('an operator who is none: %j', (operators, at, message) => {
  expect(faults({ dev: withValue(input('dev'), 'vault.operators', operators) })).toEqual([`environments.dev.vault.operators[${at}]: ${message}`]);
});

test('an operator of another account is one all the same', () => {
  expect(faults({ dev: withValue(input('dev'), 'vault.operators', ['arn:aws:iam::999999999999:user/people/me']) })).toEqual([]);
});

test('a KV mount under the one that a dev-mode Vault has', () => {
  expect(faults({ dev: withValue(input('dev'), 'vault.kv.mountPath', 'secret/gloo') })).toEqual([
    "environments.dev.vault.kv.mountPath: \"secret/gloo\" lies under the mount 'secret' that a dev-mode Vault has already; choose a path outside it.",
  ]);
});

test.each([
  ['15', '"15" has no unit; write "15s" or "15m".'],
  [15, '15 is a number without a unit; write "15m" for minutes, in quotes.'],
  ['a while', '"a while" is not a duration; allowed: 15m, 1h30m, 900s and the like.'],
  ['59s', '"59s" is under a minute, too short to log in and renew; allowed: 1m to 768h.'],
  ['769h', '"769h" is over Vault\'s own maximum; allowed: 1m to 768h.'],
])('a session of %j', (value, message) => {
  for (const kind of ['maxTtl', 'period']) {
    expect(faults({ dev: withValue(input('dev'), 'vault.auth.session', { [kind]: value }) })).toEqual([
      `environments.dev.vault.auth.session.${kind}: ${message}`,
    ]);
  }
});

test.each([
  ['0.0.0.0/0', '"0.0.0.0/0" lets everybody in; say so: endpointAccess: \'public\'.'],
  ['192.168.1.0/24', '"192.168.1.0/24" is a private or reserved block, which EKS refuses here and the internet never shows; allowed: public addresses.'],
  ['203.0.113.9/24', '"203.0.113.9/24" has bits set behind its length; write 203.0.113.0/24.'],
])('an allow-list with %s', (block, message) => {
  expect(faults({ dev: withValue(input('dev'), 'cluster.create.endpointAccess', { publicFrom: [block] }) })).toEqual([
    `environments.dev.cluster.create.endpointAccess.publicFrom[0]: ${message}`,
  ]);
});

test('an allow-list under a misspelt key', () => {
  expect(faults({ dev: withValue(input('dev'), 'cluster.create.endpointAccess', { publicfrom: ['198.51.100.0/24'] }) })).toEqual([
    'environments.dev.cluster.create.endpointAccess.publicFrom: missing; give a list of CIDR blocks.',
    'environments.dev.cluster.create.endpointAccess.publicfrom: unknown key. Did you mean "publicFrom"? Allowed: publicFrom.',
  ]);
});

test.each([
  ['m6g.large', '"m6g.large" is an ARM type, and Gloo has no ARM images; allowed: x86 types, such as m5.large.'],
  ['a1.large', '"a1.large" is an ARM type, and Gloo has no ARM images; allowed: x86 types, such as m5.large.'],
  ['large', '"large" is not an EC2 instance type; allowed: m5.large and the like.'],
])('nodes of type %s', (type, message) => {
  expect(faults({ dev: withValue(input('dev'), 'cluster.create.nodes.instanceTypes', ['m5.large', type]) })).toEqual([
    `environments.dev.cluster.create.nodes.instanceTypes[1]: ${message}`,
  ]);
});

test('node counts out of order', () => {
  expect(faults({ dev: withValue(input('dev'), 'cluster.create.nodes', { minSize: 3 }) })).toEqual([
    'environments.dev.cluster.create.nodes: minSize 3, desiredSize 2 and maxSize 4 are out of order; allowed: minSize ≤ desiredSize ≤ maxSize.',
  ]);
});

test('admins: a session, another account, one twice', () => {
  const admin = 'arn:aws:iam::111122223333:role/Admin';
  expect(
    faults({
      dev: withValue(input('dev'), 'cluster.create.adminArns', [
        'arn:aws:sts::111122223333:assumed-role/Admin/me',
        'arn:aws:iam::999999999999:user/me',
      ]),
      other: withValue(withValue(input('dev'), 'cluster.create.name', 'other'), 'cluster.create.adminArns', [admin, admin]),
    }),
  ).toEqual([
    'environments.dev.cluster.create.adminArns[0]: "arn:aws:sts::111122223333:assumed-role/Admin/me" is a session of a role; give the role itself: arn:aws:iam::ACCOUNT:role/NAME.',
    'environments.dev.cluster.create.adminArns[1]: "arn:aws:iam::999999999999:user/me" lies in account 999999999999; allowed: the environment\'s account, 111122223333.',
    `environments.other.cluster.create.adminArns[1]: "${admin}" stands in the list twice; leave one out.`,
  ]);
});

test('a dev-mode Vault in production', () => {
  expect(faults({ prod: withValue(input('prod'), 'vault.mode', 'dev') })).toEqual([
    'environments.prod.vault.mode: "dev" keeps every secret in memory and loses it with a restart, and production is true; set mode: \'raft\', or production: false.',
  ]);
});

test('both a new and an imported cluster', () => {
  const both = { create: { name: 'a' }, import: (input('existing').cluster as Record<string, unknown>).import };
  expect(faults({ dev: withValue(input('dev'), 'cluster', both) })).toEqual([
    'environments.dev.cluster: has both create and import; give one of the two.',
  ]);
});

test('an imported cluster that lacks attributes: one line, with the command that prints them', () => {
  expect(faults({ shop: { account: '111122223333', region: 'eu-west-1', cluster: { import: { name: 'shop', kubernetesVersion: '1.35', controlPlaneCidrs: ['10.0.0.0/28'] } } } })).toEqual([
    'environments.shop.cluster.import: lacks endpoint, certificateAuthority, securityGroupId, oidcProviderArn (or oidcIssuer). ' +
      "This prints what the cluster has: aws eks describe-cluster --name shop --region eu-west-1 --query 'cluster.{name:name,kubernetesVersion:version," +
      'endpoint:endpoint,certificateAuthority:certificateAuthority.data,oidcIssuer:identity.oidc.issuer,' +
      "securityGroupId:resourcesVpcConfig.clusterSecurityGroupId}'",
  ]);
});

describe('a certificate authority', () => {
  const mend = 'give certificateAuthority.data of `aws eks describe-cluster` as it is.';
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  test.each([
    ['a PEM', '-----BEGIN CERTIFICATE-----\nAAAA', `is a PEM, not the base64 of one; ${mend}`],
    ['no base64', 'not base64!', `is not base64; ${mend}`],
    ['a key', base64('-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n'), `is base64, but not of a PEM certificate; ${mend}`],
    ['a broken certificate', base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'), 'is base64 of a PEM whose certificate cannot be read'],
  ])('%s', (_, value, message) => {
    const [fault] = faults({ existing: withValue(input('existing'), 'cluster.import.certificateAuthority', value) });
    expect(fault).toContain(`environments.existing.cluster.import.certificateAuthority: ${message}`);
    expect(fault).not.toContain(value);
  });
});

describe("Gloo's Helm values", () => {
  const role = 'eks.amazonaws.com/role-arn';
  test.each([
    [{ settings: { create: false } }, "settings.create: is set by this app; use the environment's vault instead."],
    [{ settings: { kubeResourceOverride: {} } }, "settings.kubeResourceOverride: is set by this app; use the environment's vault instead."],
    [{ settings: { secretOptions: { sources: ['s3cret'] } } }, "settings.secretOptions: is set by this app; use the environment's vault instead."],
    [{ discovery: { enabled: true } }, "discovery.enabled: is set by this app; use the environment's gloo.discovery instead."],
    [{ gloo: { serviceAccount: { extraAnnotations: { [role]: 's3cret' } } } }, `gloo.serviceAccount.extraAnnotations["${role}"]: is set by this app, from Gloo's auth role; leave it out.`],
    [{ discovery: { serviceAccount: { extraAnnotations: { 'eks.amazonaws.com/sts-regional-endpoints': 's3cret' } } } }, 'discovery.serviceAccount.extraAnnotations["eks.amazonaws.com/sts-regional-endpoints"]: is set by this app, from Gloo\'s auth role; leave it out.'],
    [{ gloo: { serviceAccount: { extraAnnotations: { 'helm.sh/resource-policy': 's3cret' } } } }, 'gloo.serviceAccount.extraAnnotations["helm.sh/resource-policy"]: is set by this app, which makes the service account before the chart; leave it out.'],
    [{ discovery: { deployment: { customEnv: [{ name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::111122223333:role/another' }] } } }, "discovery.deployment.customEnv: sets AWS_ROLE_ARN, and Gloo's AWS identity is its service account's, which EKS gives its pods by AWS_* variables; leave it out."],
    [{ gloo: { deployment: { customEnv: [{ name: 'VAULT_TOKEN', value: 's3cret' }] } } }, "gloo.deployment.customEnv: sets VAULT_TOKEN, and this app sets Gloo's VAULT_* variables; leave it out."],
    [{ gateway: { port: 10n } }, 'gateway.port: is a bigint that JSON cannot hold; Helm values are JSON.'],
    [{ gateway: { since: new Date(0) } }, 'gateway.since: is an object of a class; Helm values are JSON.'],
  ])('%p', (values, message) => {
    const lines = faults({ dev: withValue(input('dev'), 'gloo.values', values) });
    expect(lines).toEqual([`environments.dev.gloo.values.${message}`]);
    expect(lines.join()).not.toContain('s3cret');
  });

  test('values that contain themselves', () => {
    const values: Record<string, unknown> = {};
    values.self = values;
    expect(faults({ dev: withValue(input('dev'), 'gloo.values', values) })).toEqual([
      'environments.dev.gloo.values.self.self: contains itself; Helm values are JSON.',
    ]);
  });

  test('other values pass', () => {
    const values = { gloo: { deployment: { replicas: 2, customEnv: [{ name: 'LOG_LEVEL', value: 'debug' }] } }, settings: { linkerd: true } };
    expect(faults({ dev: withValue(input('dev'), 'gloo.values', values) })).toEqual([]);
  });
});

describe('several faults', () => {
  test('all of all environments, rules between fields too', () => {
    const dev = withValue(withValue(withValue(input('dev'), 'account', '1'), 'gloo.chartVersion', '1.20.5'), 'cluster.create.zones', 9);
    const existing = withValue(withValue(input('existing'), 'region', 'us-esat-1'), 'gloo.namespace', 'vault');
    expect(faults({ dev, existing })).toEqual([
      'environments.dev.account: "1" is not an AWS account; allowed: 12 digits.',
      'environments.dev.cluster.create.zones: 9 is not a whole number from 2 to 3.',
      'environments.dev.gloo.chartVersion: Gloo 1.20.5 does not go with Kubernetes 1.35; Gloo 1.20.x takes Kubernetes 1.29 … 1.34, and Kubernetes 1.35 takes Gloo 1.21.x or 1.22.x.',
      'environments.existing.region: "us-esat-1" is not an AWS region. Did you mean "us-east-1"?',
      'environments.existing.gloo.namespace: "vault" is Vault\'s namespace too; give each its own.',
    ]);
  });

  test('environments of one cluster name in one account', () => {
    expect(faults({ dev: input('dev'), test: withValue(input('dev'), 'region', 'eu-west-1') })).toEqual([
      'environments.test.cluster.create.name: "gloo-ee-vault-integration" is the cluster of environment "dev" too, in the same account, where role names that end in it can exist once; give each its own.',
    ]);
  });

  test.each([
    ['1st', 'environments.1st: "1st" is not an environment\'s name; allowed: letters, digits and \'-\', a letter first, at most 64.'],
    ['my env', 'environments["my env"]: "my env" is not an environment\'s name; allowed: letters, digits and \'-\', a letter first, at most 64.'],
  ])('the name %j', (name, message) => {
    expect(faults({ [name]: input('dev') })).toEqual([message]);
  });

  test('no environment at all', () => {
    expect(faults({})).toEqual(['environments: has none; give at least one.']);
  });
});

test('a name of 51 characters fills the longest role name', () => {
  const longest = 'a'.repeat(51);
  expect(faults({ dev: withValue(input('dev'), 'cluster.create.name', longest) })).toEqual([]);
  const roles = [names.authRole(longest, 1), names.serverRole(longest), names.configurationRole(longest)].map((role) => role.length);
  expect(Math.max(...roles)).toBe(64);
});

test('a long value is cut', () => {
  const [fault] = faults({ dev: withValue(input('dev'), 'region', 'x'.repeat(5000)) });
  expect(fault).toBe(`environments.dev.region: "${'x'.repeat(99)}…" is not an AWS region. Allowed: us-east-1, eu-central-1 and the other regions of AWS.`);
});
