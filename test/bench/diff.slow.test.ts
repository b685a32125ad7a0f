import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { appCommand, cdkEnvironment } from '../../bench/apps';
import { runCommand } from '../../bench/command';
import { startDeployedAccount } from '../../bench/deployed-account';
import { diff } from '../../bench/diff';

const projectDir = resolve(__dirname, '..', '..');
const ACCOUNT = '111122223333';

test('cdk diff of a tree that nobody changed has a time; of one with a difference it has none', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-diff-'));
  const assemblyDir = join(directory, 'assembly');
  const output = join(directory, 'output');
  try {
    const synth = await runCommand(appCommand(projectDir, 'least'), { cwd: projectDir, env: cdkEnvironment(projectDir, assemblyDir), timeout: 120_000 });
    expect(synth).toMatchObject({ ok: true });
    const same = await startDeployedAccount(assemblyDir, ACCOUNT);
    expect(await diff(projectDir, 'least', same.url, output)).toBeGreaterThan(0);
    expect(same.asked.filter((action) => action === 'GetTemplate')).toHaveLength(4);
    await same.close();

    changeIdentity(assemblyDir);
    const other = await startDeployedAccount(assemblyDir, ACCOUNT);
    await expect(diff(projectDir, 'least', other.url, output)).rejects.toThrow('cdk diff of the least app failed: ');
    await other.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 240_000);

/** Has the Identity stack be deployed with another action in a policy than the app gives it. */
function changeIdentity(assemblyDir: string): void {
  const files = readdirSync(assemblyDir, { recursive: true, encoding: 'utf8' }).filter((path) => /Identity[^/]*\.template\.json$/.test(path));
  expect(files).toHaveLength(1);
  const [file = ''] = files;
  const path = join(assemblyDir, file);
  const template = readFileSync(path, 'utf8');
  writeFileSync(path, template.replace('iam:GetRole', 'iam:GetUser'));
  expect(readFileSync(path, 'utf8')).not.toBe(template);
}
