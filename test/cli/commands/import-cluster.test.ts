import { runInNewContext } from 'node:vm';
import { parse } from 'yaml';
import { run } from '../../../cli/main';
import { parseEnvironments } from '../../../lib/environment/parse';
import { IamStore } from '../../../rehearsal/aws/iam';
import type { Infrastructure } from '../../../rehearsal/aws/infrastructure';
import { startAws, type Aws } from '../../../rehearsal/aws/server';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { allow, role } from '../../rehearsal/aws/fixture';
import { deployTemplates } from '../../rehearsal/cloudformation/assembly-on-disk';
import { capturedIo } from '../captured-io';
import { given, infrastructure, ISSUER, subnetId, VPC } from '../import-cluster/known-cluster';

const ACTIONS = ['eks:DescribeCluster', 'eks:ListAddons', 'eks:DescribeAddon', 'ec2:DescribeSubnets', 'ec2:DescribeRouteTables', 'iam:ListOpenIDConnectProviders'];
const without = (...left: string[]) => ACTIONS.filter((action) => !left.includes(action));
const roleName = (action: string) => `without-${action.replace(':', '-')}`;

const RESOURCES = {
  Importer: role('importer', allow(ACTIONS, '*')),
  Lister: role('lister', allow([...ACTIONS, 'eks:ListClusters'], '*')),
  Nobody: role('nobody', allow(without('ec2:DescribeSubnets', 'iam:ListOpenIDConnectProviders'), '*')),
  ...Object.fromEntries(ACTIONS.map((action, index) => [`Without${index}`, role(roleName(action), allow(without(action), '*'))])),
};

let aws: Aws;
let there: Infrastructure;
let now: () => Date;
const before = { ...process.env };

beforeAll(async () => {
  const deployment = deployTemplates({ S: { Resources: RESOURCES } }, { region: 'us-east-1' });
  const providers = [{ arn: given.oidcProviderArn ?? '', issuerHost: ISSUER.replace('https://', ''), clientIds: ['sts.amazonaws.com'] }];
  aws = await startAws({
    iam: new IamStore(deployment, { providers }),
    issuers: [],
    region: 'us-east-1',
    ca: await createCertificateAuthority('test'),
    infrastructure: () => there,
    now: () => now(),
  });
});
afterAll(() => aws.close());
beforeEach(() => {
  there = infrastructure();
  now = () => new Date();
});
afterEach(() => {
  process.env = { ...before };
});

/** The command as a role, whose credentials are those of the environment. */
async function importCluster(args: readonly string[], { as = 'importer', env = {} }: { as?: string; env?: NodeJS.ProcessEnv } = {}) {
  const { accessKeyId, secretAccessKey, sessionToken } = aws.issueSession(as, 'person');
  process.env = {
    ...before,
    AWS_ENDPOINT_URL_EKS: aws.eksUrl,
    AWS_ENDPOINT_URL_EC2: aws.ec2Url,
    AWS_ENDPOINT_URL_IAM: aws.iamUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_MAX_ATTEMPTS: '1',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...env,
  };
  const io = capturedIo({ env: process.env });
  const code = await run(['import-cluster', ...args], io);
  return { code, ...io.written };
}

test('the entry, each value with where it came from, and what is in doubt', async () => {
  const { code, stdout, stderr } = await importCluster(['platform']);

  expect(stdout.replace(/LS0t\S+/, 'CA')).toMatchInlineSnapshot(`
"platform:
  account: "111122223333" # cluster.arn
  region: us-east-1 # cluster.arn
  cluster:
    import:
      name: platform
      kubernetesVersion: "1.35" # cluster.version
      endpoint: https://5E6A1F0C9B7D4823A1C0E9F86B7D2A34.gr7.us-east-1.eks.amazonaws.com # cluster.endpoint
      # cluster.certificateAuthority.data
      certificateAuthority: CA
      # IAM's provider of cluster.identity.oidc.issuer
      oidcProviderArn: arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/5E6A1F0C9B7D4823A1C0E9F86B7D2A34
      securityGroupId: sg-0a1b2c3d4e5f60718 # cluster.resourcesVpcConfig.clusterSecurityGroupId
      endpointAccess: public # cluster.resourcesVpcConfig: endpointPublicAccess, publicAccessCidrs
      # blocks of cluster.resourcesVpcConfig.subnetIds
      controlPlaneCidrs:
        - 10.20.0.0/28
        - 10.20.0.16/28
      # as EKS has them; add those that were installed otherwise
      addons:
        vpc-cni: v1.20.4-eksbuild.1
        aws-ebs-csi-driver: v1.52.1-eksbuild.1
        cert-manager: v1.19.1-eksbuild.2
"
`);
  expect(stderr).toMatchInlineSnapshot(`
"doubt: controlPlaneCidrs are let in to Vault as a whole: if nodes or pods have addresses in those subnets, they are too. Subnets of the control plane alone: aws eks update-cluster-config --resources-vpc-config subnetIds=…
"
`);
  expect(code).toBe(0);
  expect(parse(stdout)).toEqual({
    platform: {
      account: '111122223333',
      region: 'us-east-1',
      cluster: {
        import: { ...given, endpointAccess: 'public', addons: { 'vpc-cni': 'v1.20.4-eksbuild.1', 'aws-ebs-csi-driver': 'v1.52.1-eksbuild.1', 'cert-manager': 'v1.19.1-eksbuild.2' } },
      },
    },
  });
});

test.each([[], ['--production']])('an environment takes the entry as it stands, in each format %j', async (...production) => {
  there = infrastructure({ publicAccess: false });
  const [yaml, json, ts] = await Promise.all(['yaml', 'json', 'ts'].map((format) => importCluster(['platform', '--name', 'shop', '--format', format, ...production])));
  const entry: unknown = JSON.parse(json?.stdout ?? '');

  const [environment] = parseEnvironments(entry as Record<string, unknown>);
  expect(environment).toMatchObject({ name: 'shop', production: production.length > 0, cluster: { kind: 'imported', name: 'platform', endpointAccess: { kind: 'private' } } });
  expect(parse(yaml?.stdout ?? '')).toEqual(entry);
  expect(runInNewContext(`JSON.stringify({${ts?.stdout}})`)).toBe(JSON.stringify(entry));
  expect([yaml?.code, json?.code, ts?.code]).toEqual([0, 0, 0]);
  expect((await importCluster(['platform', '--name', 'shop', '--json', ...production])).stdout).toBe(json?.stdout);
});

test('a private endpoint: the private subnet of each zone that has a way out', async () => {
  there = infrastructure({ publicAccess: false });
  const { stdout, stderr } = await importCluster(['platform', '--json']);

  const { platform } = JSON.parse(stdout) as { platform: { cluster: { import: object } } };
  expect(platform.cluster.import).toMatchObject({
    endpointAccess: 'private',
    vpc: { id: VPC, availabilityZones: ['us-east-1a', 'us-east-1b'], privateSubnetIds: [subnetId(3), subnetId(4)] },
  });
  expect(stderr).not.toMatch(/subnet for the functions|default route/);
});

test('an allow-list without private access', async () => {
  there = infrastructure({ publicAccessCidrs: ['203.0.113.0/24', '2001:db8::/32'], privateAccess: false });
  const { code, stdout, stderr } = await importCluster(['platform', '--json']);

  expect(JSON.parse(stdout)).toMatchObject({ platform: { cluster: { import: { endpointAccess: { publicFrom: ['203.0.113.0/24'] } } } } });
  expect(stderr).toContain('doubt: endpointAccess leaves out 2001:db8::/32: it takes IPv4 blocks.');
  expect(stderr).toContain("let the NAT gateways' addresses in, or aws eks update-cluster-config --name platform --region us-east-1 --resources-vpc-config endpointPrivateAccess=true");
  expect(code).toBe(0);
});

test('an entry that no environment can have is printed, and ends with 1', async () => {
  there = { ...infrastructure({ publicAccess: false, version: '1.33' }), subnets: infrastructure().subnets.filter(({ zone }) => zone === 'us-east-1c') };
  const { code, stdout, stderr } = await importCluster(['platform']);

  expect(parse(stdout)).toMatchObject({ platform: { cluster: { import: { kubernetesVersion: '1.33' } } } });
  expect(stderr).toContain(`doubt: ${VPC} has no subnet for the functions, which have to run in it`);
  expect(stderr).toContain('doubt: Kubernetes 1.33 left standard support on 2026-07-29');
  expect(stderr).toContain('fault: environments.platform.cluster.import.vpc: missing while endpointAccess is not');
  expect(stderr).toContain('run: npm install @aws-cdk/lambda-layer-kubectl-v33@^2.2.2');
  expect(stderr).toContain("The entry can't be used as it stands: 3 faults are named above.");
  expect(code).toBe(1);
});

describe('permissions', () => {
  test.each(ACTIONS)('without %s the message names it', async (action) => {
    there = infrastructure({ publicAccess: false });
    const { code, stdout, stderr } = await importCluster(['platform'], { as: roleName(action) });

    expect({ code, stdout, stderr }).toEqual({
      code: 3,
      stdout: '',
      stderr: `arn:aws:sts::111122223333:assumed-role/${roleName(action)}/person may not ${action}; allow it in a policy of that role or user.\n`,
    });
  });

  test('several that are missing are named at once', async () => {
    const { stderr } = await importCluster(['platform'], { as: 'nobody' });
    expect(stderr).toBe('arn:aws:sts::111122223333:assumed-role/nobody/person may not ec2:DescribeSubnets or iam:ListOpenIDConnectProviders; allow all of them in a policy of that role or user.\n');
  });

  test('a public endpoint needs no look at routes', async () => {
    expect(await importCluster(['platform'], { as: roleName('ec2:DescribeRouteTables') })).toMatchObject({ code: 0 });
  });
});

test('a cluster that is not there: those that are', async () => {
  expect(await importCluster(['plattform'], { as: 'lister' })).toEqual({
    code: 3,
    stdout: '',
    stderr: 'There is no cluster "plattform" in us-east-1; there is platform. Did you mean "platform"?\n',
  });
  expect((await importCluster(['plattform'])).stderr).toBe(
    'There is no cluster "plattform" in us-east-1; those that are there could not be listed: arn:aws:sts::111122223333:assumed-role/importer/person may not eks:ListClusters; allow it in a policy of that role or user.\n',
  );
  there = { ...there, clusters: [] };
  expect((await importCluster(['platform'], { as: 'lister' })).stderr).toBe('There is no cluster "platform" in us-east-1; there are none, so look at the region and the account.\n');
});

test('credentials that have expired, are unknown or absent; no region, a wrong one', async () => {
  const ended = async (env: NodeJS.ProcessEnv, ...args: string[]) => {
    const { code, stderr } = await importCluster(['platform', ...args], { env });
    return [code, stderr];
  };
  expect(await ended({ AWS_SESSION_TOKEN: 'other' })).toEqual([3, 'AWS does not know the credentials that were found (eks:DescribeCluster: UnrecognizedClientException); look at AWS_PROFILE and the AWS_* variables.\n']);
  expect(await ended({ AWS_ACCESS_KEY_ID: '' })).toEqual([3, expect.stringMatching(/^There are no AWS credentials: .*; log in \(aws sso login\) or name a --profile\.\n$/)]);
  expect(await ended({ AWS_REGION: '' })).toEqual([2, 'No region: give --region, AWS_REGION, or one in the AWS profile.\n']);
  expect(await ended({}, '--region', 'us-east-7')).toEqual([2, 'The region "us-east-7" is not an AWS region. Did you mean "us-east-1"?\n']);
  now = () => new Date(Date.now() + 2 * 3_600_000);
  const old = importCluster(['platform']);
  now = () => new Date(Date.now() + 4 * 3_600_000);
  expect(await old).toMatchObject({ code: 3, stderr: 'The AWS credentials have expired (eks:DescribeCluster); log in again, aws sso login say.\n' });
});

test('a cluster that is being made has no entry yet', async () => {
  there = infrastructure({ status: 'CREATING', endpoint: '' });
  expect(await importCluster(['platform'])).toEqual({
    code: 3,
    stdout: '',
    stderr: 'The cluster "platform" is CREATING and has no endpoint yet; wait for it: aws eks wait cluster-active --name platform\n',
  });
});
