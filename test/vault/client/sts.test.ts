import { Setback } from '../../../lib/vault/client/errors';
import { Http } from '../../../lib/vault/client/http';
import { assumeRoleWithWebIdentity, stsEndpoint } from '../../../lib/vault/client/sts';
import { listening } from './listening';

const ROLE = 'arn:aws:iam::111122223333:role/dev-role-iam-c';
let http: Http;
beforeEach(() => (http = new Http(undefined, 5000)));
afterEach(() => http.close());

async function ask(status: number, answer: string) {
  let seen = { body: '', authorization: 'nothing came' as string | undefined };
  const url = await listening((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen = { body, authorization: request.headers.authorization };
      response.writeHead(status).end(answer);
    });
  });
  return { seen: () => seen, answer: assumeRoleWithWebIdentity(http, { roleArn: ROLE, token: 'a.b.c', sessionName: 'proof' }, url) };
}
const error = (code: string, message: string) => `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;

test('STS of a region, which a variable moves', () => {
  expect(stsEndpoint('eu-central-1', 'amazonaws.com', {})).toBe('https://sts.eu-central-1.amazonaws.com');
  expect(stsEndpoint('cn-north-1', 'amazonaws.com.cn', {})).toBe('https://sts.cn-north-1.amazonaws.com.cn');
  expect(stsEndpoint('eu-central-1', 'amazonaws.com', { AWS_ENDPOINT_URL_STS: 'https://vpce.example' })).toBe('https://vpce.example');
});

test('credentials for a token, by a request that nobody signs, for as short as STS gives them', async () => {
  const { answer, seen } = await ask(200, '<Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s/1+</SecretAccessKey><SessionToken>t==</SessionToken></Credentials>');
  expect(await answer).toEqual({ ok: true, credentials: { accessKeyId: 'ASIA1', secretAccessKey: 's/1+', sessionToken: 't==' } });
  expect(Object.fromEntries(new URLSearchParams(seen().body))).toEqual({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: ROLE,
    RoleSessionName: 'proof',
    DurationSeconds: '900',
    WebIdentityToken: 'a.b.c',
  });
  expect(seen().authorization).toBeUndefined();
});

test('a refusal is STS’s own word', async () => {
  const { answer } = await ask(400, error('InvalidIdentityToken', 'No OpenIDConnect provider found in your account for &quot;https://oidc.example&quot;.'));
  expect(await answer).toEqual({ ok: false, code: 'InvalidIdentityToken', message: 'No OpenIDConnect provider found in your account for "https://oidc.example"' });
});

test.each([
  [400, error('Throttling', 'Rate exceeded'), 'was answered by 127.0.0.1:PORT with Throttling (Rate exceeded).'],
  [400, error('IDPCommunicationError', ''), 'was answered by 127.0.0.1:PORT with IDPCommunicationError.'],
  [503, '<html>', 'was answered by 127.0.0.1:PORT with HTTP 503.'],
  [200, '<html>', 'was answered by 127.0.0.1:PORT with HTTP 200.'],
])('what passes is a setback: %i %s', async (status, body, words) => {
  const failure = await (await ask(status, body)).answer.catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(Setback);
  expect((failure as Setback).awaiting).toBe('passing');
  expect((failure as Setback).message.replace(/:\d+/, ':PORT')).toBe(`sts:AssumeRoleWithWebIdentity ${words}`);
});

test('no answer', async () => {
  await expect(assumeRoleWithWebIdentity(http, { roleArn: ROLE, token: 'a.b.c', sessionName: 'proof' }, 'http://127.0.0.1:1')).rejects.toMatchObject({
    awaiting: 'passing',
    message: 'sts:AssumeRoleWithWebIdentity had no answer from 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1. Inside a VPC, the subnets need a way to STS (NAT or an endpoint).',
  });
});
