import { describeStack } from '../../../lib/vault/client/cloudformation';
import { Http } from '../../../lib/vault/client/http';
import { listening } from './listening';

const credentials = { accessKeyId: 'ASIAEXAMPLEKEY123456', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'FwoGZXIvYXdzEHQ' };
let http: Http;
beforeEach(() => (http = new Http(undefined, 5000)));
afterEach(() => http.close());

const ask = async (status: number, answer: string, seen: (body: string) => void = () => undefined) => {
  const url = await listening((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen(body);
      response.writeHead(status).end(answer);
    });
  });
  return describeStack(http, credentials, 'dev-Gloo', { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_CLOUDFORMATION: url });
};
const error = (code: string, message: string) => `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;

test('reads status and outputs', async () => {
  // As the API's reference has it, "DescribeStacks", with what else an output may have.
  const answer = `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>dev-Gloo</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><Tags><member><Key>OutputKey</Key><Value>x</Value></member></Tags>
    <Outputs><member><Description>of &lt;Gloo&gt;</Description><OutputKey>AuthRoleGeneration</OutputKey><OutputValue>2</OutputValue></member><member><OutputKey>Other</OutputKey><OutputValue>a &amp; b</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
  let sent = '';
  expect(await ask(200, answer, (body) => (sent = body))).toEqual({ status: 'UPDATE_COMPLETE', outputs: { AuthRoleGeneration: '2', Other: 'a & b' } });
  expect(sent).toBe('Action=DescribeStacks&StackName=dev-Gloo&Version=2010-05-15');
  expect(await ask(200, '<StackStatus>CREATE_COMPLETE</StackStatus>')).toEqual({ status: 'CREATE_COMPLETE', outputs: {} });
});

test('there is none', async () => {
  expect(await ask(400, error('ValidationError', 'Stack with id dev-Gloo does not exist'))).toBeUndefined();
});

test.each([
  [403, error('AccessDenied', 'User: … is not authorized'), 'settling', "cloudformation:DescribeStacks of dev-Gloo was answered with AccessDenied: the function's execution role may not read it. Its policy, in the function's own stack, names this one; check that nothing (a permission boundary, an SCP) takes it away."],
  [400, error('ValidationError', 'another fault'), 'passing', 'cloudformation:DescribeStacks of dev-Gloo was answered with ValidationError another fault'],
  [400, error('Throttling', 'Rate exceeded'), 'passing', 'cloudformation:DescribeStacks of dev-Gloo was answered with Throttling Rate exceeded'],
  [503, '<html>', 'passing', 'cloudformation:DescribeStacks of dev-Gloo was answered with HTTP 503'],
])('is not told: %i %s', async (status, answer, awaiting, message) => {
  await expect(ask(status, answer)).rejects.toMatchObject({ name: 'Setback', awaiting, message });
});

test('asks the endpoint of the region', async () => {
  const send = jest.spyOn(http, 'send').mockResolvedValue({ status: 200, contentType: 'text/xml', body: '<StackStatus>CREATE_COMPLETE</StackStatus>' });
  for (const region of ['eu-west-1', 'cn-north-1']) await describeStack(http, credentials, 'x', { AWS_REGION: region });
  expect(send.mock.calls.map(([{ url }]) => url)).toEqual(['https://cloudformation.eu-west-1.amazonaws.com/', 'https://cloudformation.cn-north-1.amazonaws.com.cn/']);
});
