import { endpointsOf } from '../../../rehearsal/aws/endpoints';
import { IamStore } from '../../../rehearsal/aws/iam';
import { startAws, type Aws } from '../../../rehearsal/aws/server';
import { createCertificateAuthority, type CertificateAuthority } from '../../../rehearsal/certificate-authority';
import { deployTemplates } from '../cloudformation/assembly-on-disk';
import { ACCOUNT } from '../cloudformation/small-app';
import { field, sendThroughProxy, type Answered } from './client';

const arnOf = (role: string) => `arn:aws:iam::${ACCOUNT}:role/${role}`;
const trusting = (...principals: object[]) => ({
  Statement: principals.map((Principal) => ({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal })),
});
const role = (RoleName: string, trust: object, ...statements: object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName,
    AssumeRolePolicyDocument: trust,
    Policies: statements.length === 0 ? [] : [{ PolicyName: 'p', PolicyDocument: { Statement: statements } }],
  },
});
const LAMBDA = trusting({ Service: 'lambda.amazonaws.com' });
const ACCOUNT_ROOT = trusting({ AWS: `arn:aws:iam::${ACCOUNT}:root` });
const assume = (Effect: string, target: string) => ({ Effect, Action: 'sts:AssumeRole', Resource: arnOf(target) });

let ca: CertificateAuthority;
let aws: Aws;
beforeAll(async () => {
  ca = await createCertificateAuthority('test');
  const deployment = deployTemplates({
    S: {
      Resources: {
        Plain: role('plain', LAMBDA),
        Permitted: role('permitted', LAMBDA, assume('Allow', 'by-account')),
        Forbidden: role('forbidden', LAMBDA, assume('Deny', 'by-name')),
        ByAccount: role('by-account', ACCOUNT_ROOT),
        ByName: role('by-name', trusting({ AWS: [arnOf('plain'), arnOf('forbidden')] })),
        Anybody: role('anybody', trusting({ AWS: '*' })),
      },
    },
  });
  aws = await startAws({ iam: new IamStore(deployment), issuers: [], region: 'eu-central-1', ca });
});
afterAll(() => aws.close());

function assumeRole(caller: string, target: string, parameters: Record<string, string> = {}): Promise<Answered> {
  const call = {
    host: 'sts.eu-central-1.amazonaws.com',
    parameters: { Action: 'AssumeRole', Version: '2011-06-15', RoleArn: arnOf(target), RoleSessionName: 'chained', ...parameters },
  };
  return sendThroughProxy(aws.proxyUrl, ca.caPem, call, { credentials: aws.issueSession(caller, 'function'), service: 'sts', region: 'eu-central-1' });
}

test.each([
  ['plain', 'by-name', 'the trust policy names the caller'],
  ['permitted', 'by-account', "the trust policy names the account and the caller's policy allows it"],
])('%s may assume %s: %s', async (caller, target) => {
  const answer = await assumeRole(caller, target);

  expect([answer.status, field('Arn', answer)]).toEqual([200, `arn:aws:sts::${ACCOUNT}:assumed-role/${target}/chained`]);
});

test.each([
  ['plain', 'by-account', 'policies of plain: no statement allows sts:AssumeRole'],
  ['plain', 'anybody', 'policies of plain: no statement allows sts:AssumeRole'],
  ['permitted', 'by-name', 'trust policy of by-name: no statement allows sts:AssumeRole'],
  ['forbidden', 'by-name', 'policies of forbidden: statement 1 denies sts:AssumeRole'],
  ['plain', 'nobody', `there is no role ${arnOf('nobody')}`],
])('%s may not assume %s: %s', async (caller, target, reason) => {
  const answer = await assumeRole(caller, target);

  const message = `User: arn:aws:sts::${ACCOUNT}:assumed-role/${caller}/function is not authorized to perform: sts:AssumeRole on resource: ${arnOf(target)}`;
  expect([answer.status, field('Code', answer), field('Message', answer)]).toEqual([403, 'AccessDenied', message]);
  expect(aws.requests.at(-1)?.error).toBe(`AccessDenied: ${message} (${reason})`);
});

test('refuses what is wrong with the request itself', async () => {
  const message = async (parameters: Record<string, string>) => field('Message', await assumeRole('plain', 'by-name', parameters));

  expect(await message({ RoleSessionName: 'a b' })).toContain('Value &#39;a b&#39; at &#39;roleSessionName&#39; failed to satisfy constraint');
  expect(await message({ DurationSeconds: '60' })).toContain('Value &#39;60&#39; at &#39;durationSeconds&#39; failed to satisfy constraint: 900 to 43200 seconds');
  expect(await message({ ExternalId: 'x' })).toContain('parameter ExternalId is not modelled here');
});

test.each([
  ['eu-central-1', ['sts.eu-central-1.amazonaws.com eu-central-1', 'sts.amazonaws.com us-east-1', 'iam.amazonaws.com us-east-1']],
  ['cn-north-1', ['sts.cn-north-1.amazonaws.com.cn cn-north-1', 'iam.cn-north-1.amazonaws.com.cn cn-north-1']],
  ['us-gov-east-1', ['sts.us-gov-east-1.amazonaws.com us-gov-east-1', 'iam.us-gov.amazonaws.com us-gov-west-1']],
])('the endpoints of %s and the regions they are signed for', (region, expected) => {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const regional = ['kms', 'secretsmanager', 's3', 'events'].map((service) => `${service}.${region}.${suffix} ${region}`);
  expect(endpointsOf(region).map((endpoint) => `${endpoint.host} ${endpoint.region}`)).toEqual([...expected, ...regional]);
});
