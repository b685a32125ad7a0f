import type { AwsApi } from '../../../lib/vault/client/aws';
import { askByJson, askByQuery } from '../../../lib/vault/client/aws-api';
import { Http } from '../../../lib/vault/client/http';
import { verifySignature } from '../../../rehearsal/aws/signature';
import { listening } from './listening';

const credentials = { accessKeyId: 'ASIAEXAMPLEKEY123456', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'FwoGZXIvYXdzEHQ/abc+def==' };
const session = { ...credentials, expiration: new Date(Date.now() + 3_600_000) };

let http: Http;
beforeEach(() => (http = new Http(undefined, 5000)));
afterEach(() => http.close());

interface Got {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** An API that keeps what it got, and answers with status 418. */
async function api(service: string): Promise<{ readonly got: Got[]; readonly at: AwsApi }> {
  const got: Got[] = [];
  const url = await listening((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      got.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers as Record<string, string>, body });
      response.writeHead(418).end('words');
    });
  });
  return { got, at: { url: new URL(url), service, region: 'eu-central-1' } };
}

const signedFor = ({ method, path, headers, body }: Got, service: string) =>
  verifySignature({ method, host: headers.host ?? '', path, query: new URLSearchParams(), headers, body }, { service, region: 'eu-central-1', now: new Date(), findCredentials: () => session });

test('the query protocol: a signed form, and the answer as it is', async () => {
  const { got, at } = await api('cloudformation');
  const answer = await askByQuery(http, credentials, at, { Action: 'DescribeStacks', StackName: 'a b&c', Version: '2010-05-15' });
  expect(answer).toMatchObject({ status: 418, body: 'words' });
  expect(got).toMatchObject([{ method: 'POST', path: '/', headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, body: 'Action=DescribeStacks&StackName=a+b%26c&Version=2010-05-15' }]);
  await expect(signedFor(got[0] as Got, 'cloudformation')).resolves.toBe(session);
  await expect(signedFor({ ...(got[0] as Got), body: 'Action=Other' }, 'cloudformation')).rejects.toThrow();
});

test('the JSON protocol: a signed object with its target', async () => {
  const { got, at } = await api('events');
  await askByJson(http, credentials, at, 'AWSEvents.PutEvents', { Entries: [{ Detail: 'ü' }] });
  expect(got).toMatchObject([{ method: 'POST', path: '/', headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' }, body: '{"Entries":[{"Detail":"ü"}]}' }]);
  expect(got[0]?.headers.authorization).toContain('x-amz-target');
  await expect(signedFor(got[0] as Got, 'events')).resolves.toBe(session);
});

test.each([
  ['query', (at: AwsApi) => askByQuery(http, credentials, at, {})],
  ['JSON', (at: AwsApi) => askByJson(http, credentials, at, 'A.B', {})],
])('no answer is the caller’s to judge: %s', async (_protocol, ask) => {
  await expect(ask({ url: new URL('http://127.0.0.1:1'), service: 's', region: 'eu-central-1' })).rejects.toMatchObject({ name: 'NoAnswer', code: 'ECONNREFUSED' });
});
