import type { AwsCredentialIdentity } from '@aws-sdk/types';
import { DIFF_ROLE_NAME } from '../../lib/diff-role/names';
import { askByQuery } from '../../lib/vault/client/aws-api';
import { Http } from '../../lib/vault/client/http';
import { element } from '../../lib/vault/client/xml';
import { IamStore } from '../../rehearsal/aws/iam';
import { startAws, type Aws } from '../../rehearsal/aws/server';
import { createCertificateAuthority } from '../../rehearsal/certificate-authority';
import { startGithubActions, type GithubActions, type Job } from '../../rehearsal/github-actions';
import { githubCredentials } from '../../review/github-credentials';
import { environments } from '../environments';
import { deployTemplates } from '../rehearsal/cloudformation/assembly-on-disk';
import { synthesize } from '../synthesize';

const ACCOUNT = '111122223333';
const REGION = 'us-east-1';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/${DIFF_ROLE_NAME}`;

let aws: Aws;
let github: GithubActions;
let http: Http;
let earlier: string | undefined;

beforeAll(async () => {
  // The environments' own warnings.
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const { template } = synthesize({ existing: environments.existing! }, { diffRoles: [{ account: ACCOUNT, region: REGION, repository: 'acme/gateway' }] });
  const stack = `DiffRole-${ACCOUNT}`;
  const deployment = deployTemplates({ 'existing-Identity': template('existing-Identity').toJSON(), [stack]: template(stack).toJSON(), Foreign: { Resources: {} } }, { account: ACCOUNT, region: REGION });
  const ca = await createCertificateAuthority('test');
  github = await startGithubActions();
  aws = await startAws({ iam: new IamStore(deployment), issuers: [github.issuer], region: REGION, ca });
  http = new Http(ca.caPem, 5000);
  earlier = process.env.AWS_ENDPOINT_URL_STS;
  process.env.AWS_ENDPOINT_URL_STS = aws.stsUrl;
}, 60_000);
afterAll(async () => {
  if (earlier === undefined) delete process.env.AWS_ENDPOINT_URL_STS;
  else process.env.AWS_ENDPOINT_URL_STS = earlier;
  http.close();
  await Promise.all([aws.close(), github.close()]);
});

const credentialsOf = (job: Job) => githubCredentials(http, github.environmentOf(job), ROLE, REGION)();

test.each<readonly [string, Job]>([
  ['another repository', { subject: 'repo:acme/other:pull_request' }],
  ['a repository whose name begins so', { subject: 'repo:acme/gateway-2:pull_request' }],
  ['a namesake of other capitals', { subject: 'repo:Acme/gateway:pull_request' }],
  ['a branch', { subject: 'repo:acme/gateway:ref:refs/heads/main' }],
  ['a deployment', { subject: 'repo:acme/gateway:environment:production' }],
  ['the same names with ids', { subject: 'repo:acme@1/gateway@2:pull_request' }],
])('%s is refused', async (_, job) => {
  await expect(credentialsOf(job)).rejects.toThrow('Not authorized to perform sts:AssumeRoleWithWebIdentity');
});

test('a token for another audience is refused', async () => {
  await expect(credentialsOf({ subject: 'repo:acme/gateway:pull_request', audience: 'https://github.com/acme' })).rejects.toThrow('Incorrect token audience');
});

test('a job without a token, or whose request for one is refused, says so and names no token', async () => {
  await expect(githubCredentials(http, {}, ROLE, REGION)()).rejects.toThrow('it needs `permissions: id-token: write`');
  const stale = { ...github.environmentOf({ subject: 'x' }), ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-yesterday' };
  await expect(githubCredentials(http, stale, ROLE, REGION)()).rejects.toThrow(/^GitHub answered the request for this job's token with HTTP 401, and no token\.$/);
});

describe("with the role of the repository's pull requests", () => {
  let credentials: AwsCredentialIdentity;
  beforeAll(async () => {
    credentials = await credentialsOf({ subject: 'repo:acme/gateway:pull_request' });
  });

  const ask = async (Action: string, StackName: string): Promise<readonly [number, string | undefined]> => {
    const { status, body } = await askByQuery(http, credentials, { url: new URL(aws.tlsUrls.cloudformation), service: 'cloudformation', region: REGION }, { Action, StackName, Version: '2010-05-15' });
    return [status, element(body, 'Code')];
  };

  test.each(['GetTemplate', 'DescribeStacks'])("%s reads the app's stacks, deployed or not, and no other", async (action) => {
    expect(await ask(action, 'existing-Identity')).toEqual([200, undefined]);
    expect(await ask(action, 'existing-Gloo')).toEqual([400, 'ValidationError']);
    expect(await ask(action, 'Foreign')).toEqual([403, 'AccessDenied']);
    expect(await ask(action, 'existing-Identity-2')).toEqual([403, 'AccessDenied']);
  });

  test.each(['CreateChangeSet', 'UpdateStack', 'DeleteStack'])('%s is refused', async (action) => {
    expect(await ask(action, 'existing-Identity')).toEqual([403, 'AccessDenied']);
  });
});
