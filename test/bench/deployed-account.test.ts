import { App, CfnResource, Stack, Stage } from 'aws-cdk-lib';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDeployedAccount, type DeployedAccount } from '../../bench/deployed-account';
import { WITHOUT_VALIDATION } from '../../lib/app-props';

const ACCOUNT = '111122223333';
let directory: string;
let account: DeployedAccount;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bench-account-'));
  const app = new App({ outdir: directory, ...WITHOUT_VALIDATION });
  new CfnResource(new Stack(new Stage(app, 'dev'), 'Gloo'), 'Thing', { type: 'AWS::Test::Thing', properties: { Text: '<a> & "b"' } });
  app.synth();
  account = await startDeployedAccount(directory, ACCOUNT);
});
afterAll(async () => {
  await account.close();
  rmSync(directory, { recursive: true, force: true });
});

async function ask(parameters: Record<string, string>): Promise<{ status: number; text: string }> {
  const response = await fetch(account.url, { method: 'POST', body: new URLSearchParams(parameters) });
  return { status: response.status, text: await response.text() };
}

test('has every stack of the assembly, those of its stages too, deployed as it was synthesized', async () => {
  const { status, text } = await ask({ Action: 'GetTemplate', StackName: 'dev-Gloo' });
  const body = /<TemplateBody>(.*)<\/TemplateBody>/s.exec(text)?.[1] ?? '';
  const template = JSON.parse(body.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))) as { Resources: { Thing: unknown } };
  expect([status, template.Resources.Thing]).toEqual([200, { Type: 'AWS::Test::Thing', Properties: { Text: '<a> & "b"' } }]);
  expect((await ask({ Action: 'DescribeStacks', StackName: 'dev-Gloo' })).text).toContain('<StackStatus>CREATE_COMPLETE</StackStatus>');
});

test('knows of no other stack, and of nothing that a diff does not ask', async () => {
  expect(await ask({ Action: 'GetTemplate', StackName: 'prod-Gloo' })).toMatchObject({ status: 400, text: expect.stringContaining('<Code>ValidationError</Code>') as string });
  expect(await ask({ Action: 'CreateChangeSet', StackName: 'dev-Gloo' })).toMatchObject({ status: 400 });
});

test('counts what it is asked, in JSON as well', async () => {
  const before = account.asked.length;
  expect((await ask({ Action: 'GetCallerIdentity' })).text).toContain(`<Account>${ACCOUNT}</Account>`);
  const parameter = await fetch(account.url, { method: 'POST', headers: { 'x-amz-target': 'AmazonSSM.GetParameter' }, body: '{}' });
  expect(await parameter.json()).toMatchObject({ Parameter: { Type: 'String' } });
  expect(account.asked.slice(before)).toEqual(['GetCallerIdentity', 'GetParameter']);
});
