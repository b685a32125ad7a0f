import { describeStack } from '../../../lib/vault/client/cloudformation';
import { Http } from '../../../lib/vault/client/http';
import { IamStore } from '../../../rehearsal/aws/iam';
import { startAws, type Aws } from '../../../rehearsal/aws/server';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { deployTemplates } from '../cloudformation/assembly-on-disk';
import { ACCOUNT } from '../cloudformation/small-app';
import { allow, REGION, role } from './fixture';

const stacks = (name: string) => `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${name}`;
let aws: Aws;
let http: Http;
beforeAll(async () => {
  const ca = await createCertificateAuthority('test');
  const resources = { Reader: role('reader', allow('cloudformation:DescribeStacks', [`${stacks('Gloo')}/*`, `${stacks('Absent')}/*`])) };
  aws = await startAws({ iam: new IamStore(deployTemplates({ Gloo: { Resources: resources, Outputs: { Generation: { Value: '2' } } }, Other: { Resources: {} } })), issuers: [], region: REGION, ca });
  http = new Http(ca.caPem, 5000);
});
afterAll(async () => {
  http.close();
  await aws.close();
});

const ask = (stack: string) => describeStack(http, aws.issueSession('reader', 'function'), stack, { AWS_REGION: REGION, AWS_ENDPOINT_URL_CLOUDFORMATION: aws.tlsUrls.cloudformation });

test('DescribeStacks of one stack, by its name or ARN, as far as policies allow', async () => {
  expect(await ask('Gloo')).toEqual({ status: 'CREATE_COMPLETE', outputs: { Generation: '2' } });
  expect(await ask(`${stacks('Gloo')}/00000000-0000-0000-0000-000000000000`)).toMatchObject({ status: 'CREATE_COMPLETE' });
  expect(await ask('Absent')).toBeUndefined();
  await expect(ask('Other')).rejects.toThrow('was answered with AccessDenied');
  await expect(ask('Unknown')).rejects.toThrow('was answered with AccessDenied');
});
