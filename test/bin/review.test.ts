import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { EnvironmentInput } from '../../lib/environment/input';
import { IamStore } from '../../rehearsal/aws/iam';
import { startAws, type Aws } from '../../rehearsal/aws/server';
import { createCertificateAuthority } from '../../rehearsal/certificate-authority';
import { startGithubActions, type GithubActions } from '../../rehearsal/github-actions';
import type { Review } from '../../review/model';
import { environments } from '../environments';
import { allow, role } from '../rehearsal/aws/fixture';
import { deployTemplates } from '../rehearsal/cloudformation/assembly-on-disk';
import { synthesize } from '../synthesize';

const ACCOUNT = '111122223333';
const REGION = 'us-east-1';
const SUBJECT = 'repo:acme@1001/gateway@2002:pull_request';
const projectDir = resolve(__dirname, '..', '..');
const directory = mkdtempSync(join(tmpdir(), 'review-test-'));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Template = Record<'Resources', Record<string, { Type: string; Properties: Record<string, unknown> }>>;

const { app, outdir, template } = synthesize({ existing: environments.existing! }, { diffRoles: [{ account: ACCOUNT, region: REGION, repository: 'acme@1001/gateway@2002' }] });

let aws: Aws;
let github: GithubActions;
let trust: Record<string, string>;

beforeAll(async () => {
  // The report of the environments' own warnings goes to the console.
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  app.synth();
  // As an earlier version of the app deployed it: another KV mount, a narrower right, and no Gloo yet.
  const vault = template('existing-Vault').toJSON() as Template;
  for (const { Type, Properties } of Object.values(vault.Resources)) {
    if (Type === 'Custom::VaultConfiguration') Properties.secretsEngine = { mountPath: 'earlier' };
  }
  const Person = role('person', allow('cloudformation:*', [`arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/existing-*`]));
  const deployed = { People: { Resources: { Person } }, 'existing-Identity': template('existing-Identity').toJSON(), 'existing-Vault': vault, [`DiffRole-${ACCOUNT}`]: template(`DiffRole-${ACCOUNT}`).toJSON() };
  const ca = await createCertificateAuthority('test');
  github = await startGithubActions();
  const iam = new IamStore(deployTemplates(deployed, { account: ACCOUNT, region: REGION }));
  aws = await startAws({ iam, issuers: [github.issuer], region: REGION, ca });
  const caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, ca.caPem);
  trust = { NODE_EXTRA_CA_CERTS: caFile, AWS_ENDPOINT_URL_CLOUDFORMATION: aws.tlsUrls.cloudformation, AWS_ENDPOINT_URL_STS: aws.tlsUrls.sts };
}, 60_000);
afterAll(async () => {
  await Promise.all([aws.close(), github.close()]);
  rmSync(directory, { recursive: true });
});

function run(args: readonly string[], env: Readonly<Record<string, string>>, assembly = outdir): Promise<Ended> {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|ACTIONS_|GITHUB_|HTTPS?_PROXY$|JEST_)/i.test(name)));
  return new Promise((done) => {
    execFile(process.execPath, ['-r', 'ts-node/register', 'bin/review.ts', '--assembly', assembly, ...args], { cwd: projectDir, env: { ...own, ...trust, ...env }, timeout: 60_000 }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test("a pull request's run takes the role by its token, reads the templates and says what changes", async () => {
  const comment = join(directory, 'comment.md');
  const { code, stdout, stderr } = await run(['--github', '--account', ACCOUNT, '--comment', comment], github.environmentOf({ subject: SUBJECT }));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      '| `existing` (`111122223333`, `us-east-1`) | 1 new, 1 changed of 3 | **1** | 25 | 0 | 0 |',
      '| `DiffRole-111122223333` (`111122223333`, `us-east-1`) | unchanged | 0 | 0 | 0 | 0 |',
      '- ⛔ `Configuration6A36F2CE` (`Custom::VaultConfiguration`, `existing-Vault`) **changes**: the secrets stay under the old mount, and Gloo reads the new one, which is empty',
      '  - earlier',
      '  + dev',
      '<summary>existing-Gloo: new, 47 resources and outputs, 25 grants</summary>',
    ]),
  );
  expect(readFileSync(comment, 'utf8')).toBe(stdout);
  expect(new Set(aws.requests.map(({ action }) => action))).toEqual(new Set(['AssumeRoleWithWebIdentity', 'DescribeStacks', 'GetTemplate']));
}, 60_000);

test("another repository's run is told that it was refused, stack by stack, and ends with 1", async () => {
  const env = github.environmentOf({ subject: 'repo:mallory@1/gateway@2:pull_request' });
  const { code, stdout, stderr } = await run(['--github', '--account', ACCOUNT, '--json'], env);
  const { environments: found } = JSON.parse(stdout) as Review;
  expect(found.flatMap(({ stacks }) => stacks).map(({ state, problem }) => [state, problem])).toEqual(Array(4).fill(['not compared', 'Not authorized to perform sts:AssumeRoleWithWebIdentity']));
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).not.toMatch(/eyJ|request-token/);
}, 60_000);

test('with your own credentials, those of another account are refused, for there all would seem new', async () => {
  const { accessKeyId, secretAccessKey, sessionToken } = aws.issueSession('person', 'me');
  const own = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken };
  const { code, stdout } = await run(['-e', 'existing', '--json'], own);
  const { environments: found } = JSON.parse(stdout) as Review;
  expect(found.flatMap(({ stacks }) => stacks).map(({ name, state }) => [name, state])).toEqual([['existing-Identity', 'unchanged'], ['existing-Vault', 'changed'], ['existing-Gloo', 'new']]);
  expect(code).toBe(0);
  const elsewhere = synthesize({ other: JSON.parse(JSON.stringify(environments.existing).replaceAll(ACCOUNT, '444455556666')) as EnvironmentInput });
  elsewhere.app.synth();
  const refused = await run(['--json'], own, elsewhere.outdir);
  expect(refused.code).toBe(1);
  expect(refused.stdout).toContain(`your credentials are arn:aws:sts::${ACCOUNT}:assumed-role/person/me, and the stack is the account 444455556666's: use those of that account, with -e for its environments.`);
  expect(`${stdout}${refused.stdout}${refused.stderr}`).not.toContain(secretAccessKey);
}, 120_000);

test('which account has a role, this program says and not the assembly: without one nothing is asked, and no comment is written', async () => {
  const asked = aws.requests.length;
  const comment = join(directory, 'none.md');
  expect(await run(['--github', '--comment', comment], github.environmentOf({ subject: SUBJECT }))).toMatchObject({ code: 0, stdout: 'No account has a role for this: bin/diff-roles.ts names none, so nothing was compared.\n' });
  expect(existsSync(comment)).toBe(false);
  expect(aws.requests).toHaveLength(asked);
}, 60_000);
