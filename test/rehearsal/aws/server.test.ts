import { IamStore } from '../../../rehearsal/aws/iam';
import { createOidcIssuer, type OidcIssuer } from '../../../rehearsal/aws/oidc-issuer';
import { startAws, type Aws } from '../../../rehearsal/aws/server';
import type { Credentials } from '../../../rehearsal/aws/sessions';
import { createCertificateAuthority, type CertificateAuthority } from '../../../rehearsal/certificate-authority';
import type { Deployment } from '../../../rehearsal/cloudformation/deployment';
import { ACCOUNT, ISSUER, synthesizeSmallApp, type SmallApp } from '../cloudformation/small-app';
import { exchangeThroughProxy, field, openTunnel, prepare, presign, sendPlain, sendThroughProxy, type Answered, type Call, type Signing } from './client';

const STS = 'sts.eu-central-1.amazonaws.com';
const IAM = 'iam.amazonaws.com';
const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/dev-role`;
const IDENTITY = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
const GET_ROLE = { Action: 'GetRole', Version: '2010-05-08', RoleName: 'dev-role' };

let app: SmallApp;
let deployment: Deployment;
let iam: IamStore;
let issuer: OidcIssuer;
let ca: CertificateAuthority;
let aws: Aws;
/** Milliseconds that AWS's clock is ahead. */
let ahead: number;

beforeAll(async () => {
  app = synthesizeSmallApp();
  deployment = app.deploy();
  [issuer, ca] = await Promise.all([createOidcIssuer(ISSUER), createCertificateAuthority('test')]);
});
afterAll(() => app.remove());
beforeEach(async () => {
  ahead = 0;
  iam = new IamStore(deployment);
  aws = await startAws({ iam, issuers: [issuer], region: 'eu-central-1', ca, now: clock });
});
afterEach(() => aws.close());

const clock = () => new Date(Date.now() + ahead);
const send = (call: Call, signing?: Signing): Promise<Answered> => sendThroughProxy(aws.proxyUrl, ca.caPem, call, signing);
const gloo = { namespace: 'gloo-system', serviceAccount: 'gloo', audience: 'sts.amazonaws.com', expiresIn: 600 };
const sts = (credentials: Credentials): Signing => ({ credentials, service: 'sts', region: 'eu-central-1' });
const iamSigning = (credentials: Credentials): Signing => ({ credentials, service: 'iam', region: 'us-east-1' });

function webIdentity(token: string, parameters: Record<string, string> = {}): Promise<Answered> {
  return send({
    host: STS,
    parameters: { Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: ROLE_ARN, RoleSessionName: 'pod', WebIdentityToken: token, ...parameters },
  });
}

async function login(serviceAccount: Partial<typeof gloo> = {}, role = ROLE_ARN): Promise<Credentials> {
  const answer = await webIdentity(await issuer.issueToken({ ...gloo, ...serviceAccount }), { RoleArn: role });
  expect(answer.status).toBe(200);
  return {
    accessKeyId: field('AccessKeyId', answer),
    secretAccessKey: field('SecretAccessKey', answer),
    sessionToken: field('SessionToken', answer),
    expiration: new Date(field('Expiration', answer)),
  };
}

const vaultLogin = () => login({ namespace: 'vault', serviceAccount: 'vault' }, `arn:aws:iam::${ACCOUNT}:role/vault-server`);

describe('AssumeRoleWithWebIdentity', () => {
  test('opens a session for the service account that the trust policy names', async () => {
    const answer = await webIdentity(await issuer.issueToken(gloo));

    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/^<AssumeRoleWithWebIdentityResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/"><AssumeRoleWithWebIdentityResult>/);
    expect(field('Arn', answer)).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/dev-role/pod`);
    expect(field('AssumedRoleId', answer)).toBe(`${iam.role('dev-role').id}:pod`);
    expect(field('SubjectFromWebIdentityToken', answer)).toBe('system:serviceaccount:gloo-system:gloo');
    expect(field('Provider', answer)).toBe(`arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC`);
  });

  test('refuses another service account, and says why in the log alone', async () => {
    const answer = await webIdentity(await issuer.issueToken({ ...gloo, serviceAccount: 'default' }));

    expect(answer.status).toBe(403);
    expect(field('Code', answer)).toBe('AccessDenied');
    expect(field('Message', answer)).toBe('Not authorized to perform sts:AssumeRoleWithWebIdentity');
    expect(aws.requests.at(-1)?.error).toBe(
      'AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity (trust policy of dev-role: no statement allows sts:AssumeRoleWithWebIdentity; ' +
        'statement 1: StringEquals oidc.eks.eu-central-1.amazonaws.com/id/ABC:sub wants "system:serviceaccount:gloo-system:gloo", the request has "system:serviceaccount:gloo-system:default")',
    );
  });

  test('a role that does not exist is refused with the same words', async () => {
    const answer = await webIdentity(await issuer.issueToken(gloo), { RoleArn: `${ROLE_ARN}-2` });

    expect([answer.status, field('Message', answer)]).toEqual([403, 'Not authorized to perform sts:AssumeRoleWithWebIdentity']);
  });

  test('refuses tokens of another audience, key or issuer, expired ones and none', async () => {
    const impostor = await createOidcIssuer(ISSUER);
    const stranger = await createOidcIssuer('https://elsewhere.example');
    const refusal = async (token: string) => {
      const answer = await webIdentity(token);
      return [answer.status, field('Code', answer), field('Message', answer)];
    };

    expect(await refusal(await issuer.issueToken({ ...gloo, audience: 'vault' }))).toEqual([400, 'InvalidIdentityToken', 'Incorrect token audience']);
    expect(await refusal(await impostor.issueToken(gloo))).toEqual([400, 'InvalidIdentityToken', expect.stringContaining('bad signature')]);
    expect(await refusal(await stranger.issueToken(gloo))).toEqual([
      400,
      'InvalidIdentityToken',
      'No OpenIDConnect provider found in your account for https://elsewhere.example',
    ]);
    expect(await refusal(await issuer.issueToken({ ...gloo, expiresIn: -5 }))).toEqual([400, 'ExpiredTokenException', expect.stringMatching(/^Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/)]);
    expect(await refusal('no.token')).toEqual([400, 'InvalidIdentityToken', expect.stringContaining('is not a valid JWT')]);
    expect(await refusal('')).toEqual([400, 'ValidationError', expect.stringContaining('Value null at &#39;webIdentityToken&#39;')]);
  });

  test('refuses a longer session than the role allows, and a session policy', async () => {
    const token = await issuer.issueToken(gloo);

    expect(field('Message', await webIdentity(token, { DurationSeconds: '7200' }))).toBe('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
    expect(field('Message', await webIdentity(token, { Policy: '{}' }))).toContain('parameter Policy is not modelled here');
  });
});

describe('signatures', () => {
  test('GetCallerIdentity answers whoever signed, at the regional and at the global endpoint', async () => {
    const credentials = await login();

    const regional = await send({ host: STS, parameters: IDENTITY }, sts(credentials));
    const global = await send({ host: 'sts.amazonaws.com', parameters: IDENTITY, method: 'GET' }, { ...sts(credentials), region: 'us-east-1' });
    for (const answer of [regional, global]) {
      expect(answer.status).toBe(200);
      expect(field('Arn', answer)).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/dev-role/pod`);
      expect(field('UserId', answer)).toBe(`${iam.role('dev-role').id}:pod`);
      expect(field('Account', answer)).toBe(ACCOUNT);
    }
  });

  test('signs further headers as Vault wants them signed', async () => {
    const credentials = await login();
    const call = { host: STS, parameters: IDENTITY, headers: { 'x-vault-aws-iam-server-id': 'vault.example' } };
    const { headers, body } = await prepare(call, sts(credentials));
    const exchange = (sent: Record<string, string>) => exchangeThroughProxy(aws.proxyUrl, ca.caPem, STS, { path: '/', method: 'POST', headers: sent }, body);

    expect((await exchange({ ...headers, 'user-agent': 'Go-http-client/1.1', 'accept-encoding': 'gzip' })).status).toBe(200);
    expect(field('Code', await exchange({ ...headers, 'x-vault-aws-iam-server-id': 'other.example' }))).toBe('SignatureDoesNotMatch');
    expect(field('Message', await exchange({ ...headers, 'x-amz-target': 'unsigned' }))).toContain('x-amz-target');
  });

  test.each<[string, (signing: Signing) => Signing, [number, string, string]]>([
    ['another region', (signing) => ({ ...signing, region: 'us-east-1' }), [403, 'SignatureDoesNotMatch', 'Credential should be scoped to a valid region, not &#39;us-east-1&#39;. ']],
    ['another service', (signing) => ({ ...signing, service: 'iam' }), [403, 'SignatureDoesNotMatch', 'Credential should be scoped to correct service: &#39;sts&#39;. ']],
    ['another key', (signing) => ({ ...signing, credentials: { ...signing.credentials, secretAccessKey: 'wrong' } }), [403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match']],
    ['an unknown access key', (signing) => ({ ...signing, credentials: { ...signing.credentials, accessKeyId: 'ASIAUNKNOWN' } }), [403, 'InvalidClientTokenId', 'The security token included in the request is invalid.']],
    ['another session token', (signing) => ({ ...signing, credentials: { ...signing.credentials, sessionToken: 'other' } }), [403, 'InvalidClientTokenId', 'The security token included in the request is invalid.']],
    ['a date of long ago', (signing) => ({ ...signing, signingDate: new Date(Date.now() - 16 * 60_000) }), [403, 'SignatureDoesNotMatch', 'Signature expired: ']],
    ['a date to come', (signing) => ({ ...signing, signingDate: new Date(Date.now() + 16 * 60_000) }), [403, 'SignatureDoesNotMatch', 'Signature not yet current: ']],
  ])('refuses a signature with %s', async (_, change, [status, code, message]) => {
    const answer = await send({ host: STS, parameters: IDENTITY }, change(sts(await login())));

    expect([answer.status, field('Code', answer)]).toEqual([status, code]);
    expect(field('Message', answer)).toContain(message);
    expect(answer.body).toMatch(/^<ErrorResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/"><Error><Type>Sender<\/Type>/);
  });

  test('refuses another body than the one that was signed, and no signature at all', async () => {
    const { headers } = await prepare({ host: STS, parameters: IDENTITY }, sts(await login()));
    const body = 'Action=GetCallerIdentity&Version=2011-06-15&a=b';
    const unsigned = await send({ host: STS, parameters: IDENTITY });

    const changed = await exchangeThroughProxy(aws.proxyUrl, ca.caPem, STS, { path: '/', method: 'POST', headers }, body);
    expect([changed.status, field('Code', changed)]).toEqual([403, 'SignatureDoesNotMatch']);
    expect([unsigned.status, field('Code', unsigned)]).toEqual([403, 'MissingAuthenticationToken']);
  });

  test('refuses a session that has ended, and one whose role was made again', async () => {
    const credentials = await login();
    iam.recreateRole('dev-role');
    expect(field('Code', await send({ host: STS, parameters: IDENTITY }, sts(credentials)))).toBe('InvalidClientTokenId');

    const fresh = await login();
    ahead = 3601_000;
    const late = await send({ host: STS, parameters: IDENTITY }, { ...sts(fresh), signingDate: clock() });
    expect([late.status, field('Code', late)]).toEqual([403, 'ExpiredToken']);
  });
});

describe('IAM', () => {
  test('GetRole answers a caller whose policy allows it, with the unique id of now', async () => {
    const credentials = await vaultLogin();
    const getRole = () => send({ host: IAM, parameters: GET_ROLE }, iamSigning(credentials));

    const before = await getRole();
    expect(before.status).toBe(200);
    expect(before.body).toMatch(/^<GetRoleResponse xmlns="https:\/\/iam\.amazonaws\.com\/doc\/2010-05-08\/"><GetRoleResult><Role><Path>\/<\/Path>/);
    expect(field('Arn', before)).toBe(ROLE_ARN);
    expect(field('RoleId', before)).toBe(iam.role('dev-role').id);

    const { id } = iam.recreateRole('dev-role');
    expect(field('RoleId', await getRole())).toBe(id);
    expect(field('RoleId', before)).not.toBe(id);
  });

  test('GetRole refuses who may not, before it looks whether the role exists', async () => {
    const gloosOwn = iamSigning(await login());
    const vaults = iamSigning(await vaultLogin());
    const ask = async (RoleName: string, signing: Signing) => {
      const answer = await send({ host: IAM, parameters: { ...GET_ROLE, RoleName } }, signing);
      return [answer.status, field('Code', answer), field('Message', answer)];
    };
    const denied = (who: string, role: string) => [
      403,
      'AccessDenied',
      `User: arn:aws:sts::${ACCOUNT}:assumed-role/${who}/pod is not authorized to perform: iam:GetRole on resource: role ${role} because no identity-based policy allows the iam:GetRole action`,
    ];

    expect(await ask('dev-role', gloosOwn)).toEqual(denied('dev-role', 'dev-role'));
    expect(await ask('vault-server', vaults)).toEqual(denied('vault-server', 'vault-server'));
    expect(await ask('nobody', vaults)).toEqual(denied('vault-server', 'nobody'));
  });

  test('GetRole on * learns that a role does not exist, over the plain port too', async () => {
    const [configurator] = deployment.ofType('AWS::IAM::Role').filter(({ stack }) => stack === 'dev-Vault');
    const signing = iamSigning(aws.issueSession(configurator?.physicalId ?? '', 'configurator'));

    const found = await sendPlain(aws.iamUrl, { parameters: GET_ROLE }, signing);
    const missing = await sendPlain(aws.iamUrl, { parameters: { ...GET_ROLE, RoleName: 'nobody' } }, signing);
    const wrongRegion = await sendPlain(aws.iamUrl, { parameters: GET_ROLE }, { ...signing, region: 'eu-central-1' });
    expect([found.status, field('RoleName', found)]).toEqual([200, 'dev-role']);
    expect([missing.status, field('Code', missing), field('Message', missing)]).toEqual([404, 'NoSuchEntity', 'The role with name nobody cannot be found.']);
    expect(field('Code', wrongRegion)).toBe('SignatureDoesNotMatch');
  });

  test('gives no session for a role that Lambda may not assume', () => {
    expect(() => aws.issueSession('dev-role', 'f')).toThrow(
      'role "dev-role": its trust policy does not let lambda.amazonaws.com assume it (no statement allows sts:AssumeRole)',
    );
  });
});

test('an unknown action or version is refused', async () => {
  const credentials = await login();
  const ask = async (parameters: Record<string, string>) => field('Message', await send({ host: STS, parameters }, sts(credentials)));

  expect(await ask({ Action: 'GetFederationToken', Version: '2011-06-15' })).toBe('Could not find operation GetFederationToken for version 2011-06-15');
  expect(await ask({ Action: 'GetCallerIdentity', Version: '2010-05-08' })).toBe('Could not find operation GetCallerIdentity for version 2010-05-08');
});

test('throttles as often as it is told to', async () => {
  const credentials = await login();
  aws.throttleNext('sts', 2);
  const answers: Answered[] = [];
  for (let attempt = 0; attempt < 3; attempt += 1) {
    answers.push(await send({ host: STS, parameters: IDENTITY }, sts(credentials)));
  }

  expect(answers.map((answer) => [answer.status, field('Code', answer)])).toEqual([[400, 'Throttling'], [400, 'Throttling'], [200, '']]);
});

test('the proxy leads to AWS only', async () => {
  await expect(openTunnel(aws.proxyUrl, 'example.com:443')).rejects.toThrow('CONNECT example.com:443: 403');
  await expect(openTunnel(aws.proxyUrl, `${STS}:80`)).rejects.toThrow(`CONNECT ${STS}:80: 403`);
  await expect(openTunnel(aws.proxyUrl, '127.0.0.1:443')).rejects.toThrow('403');
  const plain = await fetch(new URL('/', aws.proxyUrl));
  expect([plain.status, await plain.text()]).toEqual([403, expect.stringContaining('nothing leaves this machine')]);
});

test('a host that has no certificate gets no connection', async () => {
  const { headers, body } = await prepare({ host: 'example.com', parameters: IDENTITY });
  const misdirected = await exchangeThroughProxy(aws.proxyUrl, ca.caPem, STS, { path: '/', method: 'POST', headers }, body);
  expect([misdirected.status, misdirected.body]).toEqual([421, 'Host "example.com" is not served here\n']);
});

test('the log says who asked what, and holds no secret', async () => {
  const token = await issuer.issueToken(gloo);
  const credentials = await login();
  await send({ host: STS, parameters: IDENTITY }, sts(credentials));

  const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;
  expect(aws.requests).toEqual([
    { time: TIME, ofToken: false, host: STS, service: 'sts', action: 'AssumeRoleWithWebIdentity', caller: `arn:aws:sts::${ACCOUNT}:assumed-role/dev-role/pod`, status: 200, ms: expect.any(Number) as number, error: undefined },
    { time: TIME, ofToken: false, host: STS, service: 'sts', action: 'GetCallerIdentity', caller: `arn:aws:sts::${ACCOUNT}:assumed-role/dev-role/pod`, status: 200, ms: expect.any(Number) as number, error: undefined },
  ]);
  const log = JSON.stringify(aws.requests);
  for (const secret of [token, credentials.accessKeyId, credentials.secretAccessKey, credentials.sessionToken]) {
    expect(log).not.toContain(secret);
  }
});

describe('whoSigned', () => {
  const HEADERS = { 'x-k8s-aws-id': 'prod-1' };

  test('names the principal behind an EKS token', async () => {
    const url = await presign(STS, sts(await login()));

    expect(await aws.whoSigned(url, HEADERS)).toEqual({ arn: `arn:aws:sts::${ACCOUNT}:assumed-role/dev-role/pod`, accountId: ACCOUNT, roleArn: ROLE_ARN });
    expect(aws.requests.at(-1)).toMatchObject({ ofToken: true, host: STS, action: 'GetCallerIdentity', status: 200 });
  });

  test('the same URL answers over HTTPS, for the cluster that was signed', async () => {
    const { pathname, search } = new URL(await presign(STS, sts(await login())));
    const get = (cluster: string) => exchangeThroughProxy(aws.proxyUrl, ca.caPem, STS, { path: pathname + search, method: 'GET', headers: { host: STS, 'x-k8s-aws-id': cluster } }, '');

    expect((await get('prod-1')).status).toBe(200);
    expect((await get('prod-2')).status).toBe(403);
  });

  test('refuses another cluster, a token that is too old, a region that is not its own and parameters of its own', async () => {
    const signing = sts(await login());
    const url = await presign(STS, signing);
    const refusal = async (presigned: string, headers: Record<string, string> = HEADERS) => {
      const answer = await aws.whoSigned(presigned, headers);
      return 'error' in answer ? answer.error : 'accepted';
    };

    expect(await refusal(url, { 'x-k8s-aws-id': 'prod-2' })).toContain('expected 200, got 403): SignatureDoesNotMatch');
    expect(await refusal(url, {})).toContain("SignatureDoesNotMatch The signed header &#39;x-k8s-aws-id&#39; is not in the request.");
    expect(await refusal(await presign('sts.us-east-1.amazonaws.com', { ...signing, region: 'us-east-1' }))).toBe(
      'unexpected hostname "sts.us-east-1.amazonaws.com" in pre-signed URL; it has to be sts.eu-central-1.amazonaws.com',
    );
    expect(await refusal(url.replace('https:', 'http:'))).toBe('unexpected scheme "http" in pre-signed URL');
    expect(await refusal(url.replace('.com/', '.com/x'))).toBe('unexpected path in pre-signed URL');
    expect(await refusal(`${url}&Action=GetCallerIdentity`)).toBe('query parameter with multiple values not supported');
    expect(await refusal(await presign(STS, signing, { query: { Foo: 'bar' } }))).toBe('non-whitelisted query parameter "foo"');
    expect(await refusal(await presign(STS, signing, { query: { Action: 'AssumeRole' } }))).toBe('unexpected action parameter in pre-signed URL');
    expect(await refusal(await presign(STS, signing, { expiresIn: 901 }))).toBe('invalid X-Amz-Expires parameter in pre-signed URL: 901');
    expect(await refusal(url.replace('x-k8s-aws-id', 'x-other'))).toBe('client did not sign the x-k8s-aws-id header in the pre-signed URL');
    expect(await refusal('not a URL')).toBe('the token does not hold a URL');

    ahead = 61_000;
    expect(await refusal(url)).toContain('SignatureDoesNotMatch Signature expired: ');
  });
});

test('refuses a region that is not that of the deployment', async () => {
  await expect(startAws({ iam, issuers: [], region: 'us-east-1', ca })).rejects.toThrow(
    'AWS stand-in: region "us-east-1" is not that of the deployment, "eu-central-1"; give both the same',
  );
});
