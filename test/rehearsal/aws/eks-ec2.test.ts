import { IamStore } from '../../../rehearsal/aws/iam';
import { startAws, type Aws } from '../../../rehearsal/aws/server';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { infrastructure, VPC } from '../../cli/import-cluster/known-cluster';
import { deployTemplates } from '../cloudformation/assembly-on-disk';
import { field, sendPlain, signer } from './client';
import { allow, exchangePlain, role, sessionArn } from './fixture';

const REGION = 'us-east-1';
let aws: Aws;
beforeAll(async () => {
  const resources = { Reader: role('reader', allow(['eks:*', 'ec2:*'], '*')), Nobody: role('nobody') };
  aws = await startAws({
    iam: new IamStore(deployTemplates({ S: { Resources: resources } }, { region: REGION })),
    issuers: [],
    region: REGION,
    ca: await createCertificateAuthority('test'),
    infrastructure,
  });
});
afterAll(() => aws.close());

async function eks(path: string, as = 'reader', { service = 'eks' } = {}) {
  const { host } = new URL(aws.eksUrl);
  const signed = await signer({ credentials: aws.issueSession(as, 'function'), service, region: REGION }).sign({
    method: 'GET',
    protocol: 'https:',
    hostname: host,
    path,
    query: {},
    headers: { host },
  });
  const { status, body, headers } = await exchangePlain(new URL(path, aws.eksUrl), { method: 'GET', headers: signed.headers }, '');
  return { status, body: JSON.parse(body) as Record<string, unknown>, error: headers['x-amzn-errortype'] };
}

const ec2 = (parameters: Record<string, string>, as = 'reader') =>
  sendPlain(aws.ec2Url, { parameters: { Version: '2016-11-15', ...parameters } }, { credentials: aws.issueSession(as, 'function'), service: 'ec2', region: REGION });

test('EKS: clusters and add-ons, and its errors by header', async () => {
  expect(await eks('/clusters')).toMatchObject({ status: 200, body: { clusters: ['platform'] } });
  expect(await eks('/clusters/platform')).toMatchObject({ status: 200, body: { cluster: { arn: 'arn:aws:eks:us-east-1:111122223333:cluster/platform', status: 'ACTIVE' } } });
  expect(await eks('/clusters/platform/addons/cert-manager')).toMatchObject({ status: 200, body: { addon: { addonVersion: 'v1.19.1-eksbuild.2' } } });
  expect(await eks('/clusters/other')).toEqual({ status: 404, body: { message: 'No cluster found for name: other.' }, error: 'ResourceNotFoundException' });
  expect(await eks('/clusters/platform/addons/other')).toMatchObject({ status: 404, error: 'ResourceNotFoundException' });
  expect(await eks('/clusters/platform/node-groups')).toMatchObject({ status: 404, error: 'UnknownOperationException' });
});

test('EKS: permission is asked before existence, and a signature for another service is none', async () => {
  expect(await eks('/clusters/other', 'nobody')).toEqual({
    status: 403,
    body: {
      message: `User: ${sessionArn('nobody')} is not authorized to perform: eks:DescribeCluster on resource: arn:aws:eks:us-east-1:111122223333:cluster/other because no identity-based policy allows the eks:DescribeCluster action`,
    },
    error: 'AccessDeniedException',
  });
  expect(await eks('/clusters', 'reader', { service: 'ec2' })).toMatchObject({ status: 403, error: 'InvalidSignatureException' });
});

test('EC2: subnets and routes of one VPC, in its own XML', async () => {
  const filter = { 'Filter.1.Name': 'vpc-id', 'Filter.1.Value.1': VPC };
  const subnets = await ec2({ Action: 'DescribeSubnets', ...filter });
  expect(subnets.body).toMatch(/^<DescribeSubnetsResponse xmlns="http:\/\/ec2.amazonaws.com\/doc\/2016-11-15\/"><requestId>[^<]+<\/requestId><subnetSet><item><subnetId>/);
  expect(subnets.body.match(/<item>/g)).toHaveLength(infrastructure().subnets.length);
  expect((await ec2({ Action: 'DescribeRouteTables', ...filter })).body).toContain('<natGatewayId>nat-00000000000000001</natGatewayId>');
  expect((await ec2({ Action: 'DescribeSubnets', ...filter, 'Filter.1.Value.1': 'vpc-1' })).body).toContain('<subnetSet></subnetSet>');
});

test('EC2: its errors', async () => {
  const refused = await ec2({ Action: 'DescribeSubnets' }, 'nobody');
  expect([refused.status, field('Code', refused)]).toEqual([403, 'UnauthorizedOperation']);
  expect(refused.body).toMatch(/^<Response xmlns="[^"]+"><Errors><Error>.*<\/Errors><RequestID>/);
  const other = await ec2({ Action: 'DescribeSubnets', 'Filter.1.Name': 'state', 'Filter.1.Value.1': 'available' });
  expect([other.status, field('Code', other)]).toEqual([400, 'InvalidParameterValue']);
  const unsigned = await sendPlain(aws.ec2Url, { parameters: { Action: 'DescribeSubnets', Version: '2016-11-15' } });
  expect([unsigned.status, field('Code', unsigned)]).toEqual([403, 'MissingAuthenticationToken']);
});
