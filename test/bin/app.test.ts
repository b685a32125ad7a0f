import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { environments } from '../environments';

const projectDir = resolve(__dirname, '..', '..');
const directory = mkdtempSync(join(tmpdir(), 'app-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The CDK's command line as a user runs it, without an AWS account. */
function cdk(...args: string[]): Promise<Ended> {
  const program = join(projectDir, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|CDK_|CI$|JEST_)/.test(name)));
  return new Promise((done) => {
    execFile(process.execPath, [program, ...args, '--no-notices', '--no-color'], { cwd: projectDir, env, timeout: 60_000 }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test('cdk synth writes every environment, and cdk ls names its stacks', async () => {
  const output = join(directory, 'cdk.out');
  const file = join(directory, 'guide.json');
  writeFileSync(file, JSON.stringify(environments));
  const synth = await cdk('synth', '--quiet', '--output', output, '-c', `environments=${file}`);
  expect(synth).toMatchObject({ code: 0 });
  expect(readdirSync(output).filter((name) => name.startsWith('assembly-'))).toEqual(['assembly-dev', 'assembly-existing', 'assembly-prod']);
  const ls = await cdk('ls', '--app', output);
  expect(ls).toMatchObject({
    code: 0,
    stdout: ['dev/Cluster', 'dev/Identity', 'dev/Vault', 'dev/Gloo', 'existing/Identity', 'existing/Vault', 'existing/Gloo', 'prod/Cluster', 'prod/Identity', 'prod/Vault', 'prod/Gloo', 'prod/Monitoring'].map((id) => `${id} (${id.replace('/', '-')})\n`).join(''),
  });
}, 60_000);

test('wrong environments end it with all their faults, and without a template', async () => {
  const file = join(directory, 'environments.yaml');
  writeFileSync(file, "qa:\n  account: '111122223333'\n  region: us-east-1x\n  cluster:\n    create: { name: qa, kubernetesVersoin: '1.35' }\n  vault: { kv: { mountPath: /dev } }\n");
  const output = join(directory, 'none');
  const { code, stderr, stdout } = await cdk('synth', '--quiet', '--output', output, '-c', `environments=${file}`);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  const lines = stderr.split('\n');
  expect(lines).toEqual(expect.arrayContaining([expect.stringContaining(`${file} has 3 faults, so no template was written:`)]));
  for (const key of ['environments.qa.region: "us-east-1x"', 'environments.qa.cluster.create.kubernetesVersoin', 'environments.qa.vault.kv.mountPath: "/dev"']) {
    expect(lines.filter((line) => line.startsWith(`  ${key}`))).toHaveLength(1);
  }
  expect(existsSync(output) ? readdirSync(output).filter((name) => name.includes('assembly') || name.includes('template')) : []).toEqual([]);
}, 60_000);
