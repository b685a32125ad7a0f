import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environments } from './environments';
import { synthesize } from './synthesize';

// Warnings go to the console as well.
jest.spyOn(console, 'error').mockImplementation(() => undefined);
const { app, outdir, stacks, template } = synthesize(environments, { stageAssets: true });
app.synth();
const again = synthesize(environments, { stageAssets: true });
again.app.synth();
/** Every file that a deployment reads, by name: templates, lists of assets, manifests. Traces, of where a construct was made, are for people. */
function written(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => /^(assembly-[^/]+\/)?([^/]+\.(template|assets)|manifest)\.json$/.test(file));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(directory, file), 'utf8')]));
}

test('stack names are what a person can type', () => {
  expect([...stacks.keys()]).toEqual(['dev-Cluster', 'dev-Identity', 'dev-Vault', 'dev-Gloo', 'existing-Identity', 'existing-Vault', 'existing-Gloo', 'prod-Cluster', 'prod-Identity', 'prod-Vault', 'prod-Gloo', 'prod-Monitoring']);
});

test.each([
  ['dev-Cluster', []],
  ['dev-Identity', ['dev-Cluster']],
  ['dev-Vault', ['dev-Cluster', 'dev-Identity']],
  ['dev-Gloo', ['dev-Cluster', 'dev-Vault']],
  ['existing-Identity', []],
  ['existing-Vault', ['existing-Identity']],
  ['existing-Gloo', ['existing-Identity', 'existing-Vault']],
  ['prod-Monitoring', ['prod-Cluster', 'prod-Gloo', 'prod-Vault']],
])('%s is deployed after %j', (name, needed) => {
  expect(stacks.get(name)?.dependencies.map(({ stackName }) => stackName).sort()).toEqual(needed);
});

test('no stack exports: an export can never change while it is in use', () => {
  for (const name of stacks.keys()) expect(JSON.stringify(template(name).toJSON())).not.toMatch(/"Export":|Fn::ImportValue/);
});

test('every stack is for the account and region of its environment', () => {
  for (const stack of stacks.values()) expect([stack.account, stack.region]).toEqual(['111122223333', 'us-east-1']);
});

test('the same sources write the same bytes in any folder', () => {
  const files = written(outdir);
  expect(Object.keys(files)).toHaveLength(28);
  expect(written(again.outdir)).toEqual(files);
});

test('nothing is looked up in an account at synth', () => {
  for (const [file, content] of Object.entries(written(outdir))) {
    if (file.endsWith('manifest.json')) expect(JSON.parse(content)).not.toHaveProperty('missing');
  }
});

test('nothing that looks like a secret is in any file', () => {
  const secret = /hv[sbr]\.[A-Za-z0-9_-]{20}|A(KIA|SIA)[A-Z0-9]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|k8s-aws-v1\.|"(client_?token|secret_?key|password)"/i;
  for (const content of Object.values(written(outdir))) expect(content).not.toMatch(secret);
});

test('the dev root token stands in the chart’s values alone, where everyone knows it', () => {
  const holders = [...stacks.keys()].filter((name) => /devRootToken/.test(JSON.stringify(template(name).toJSON())));
  expect(holders).toEqual(['dev-Vault', 'existing-Vault']);
});

test('tags reach the resources of their environment, and no other', () => {
  const { dev, existing } = environments;
  const tagged = synthesize({ dev: { ...dev!, tags: { team: 'gateway' } }, existing: existing! });
  const holders = [...tagged.stacks.keys()].filter((name) => JSON.stringify(tagged.template(name).toJSON()).includes('{"Key":"team","Value":"gateway"}'));
  expect(holders).toEqual(['dev-Cluster', 'dev-Identity', 'dev-Vault', 'dev-Gloo']);
});

test("an environment's warnings are the CDK's, on its own stack", () => {
  const metadata = stacks.get('existing-Identity')?.node.metadata.map(({ data }) => String(data)) ?? [];
  expect(metadata.filter((line) => line.includes('enableNetworkPolicy'))).toHaveLength(1);
});
