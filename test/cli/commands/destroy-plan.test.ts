import type { DestroyPlan } from '../../../cli/destroy-plan/plan';
import { run } from '../../../cli/main';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environments } from '../../environments';
import { capturedIo } from '../captured-io';

const cwd = mkdtempSync(join(tmpdir(), 'destroy-plan-'));
writeFileSync(join(cwd, 'environments.json'), JSON.stringify(environments));
afterAll(() => rmSync(cwd, { recursive: true }));

/** Without credentials, region, kubeconfig: nothing that could be asked. */
async function planOf(...args: string[]) {
  const io = capturedIo({ cwd, env: { KUBECONFIG: '/nowhere', AWS_CONFIG_FILE: '/nowhere' } });
  const code = await run(['destroy-plan', '--environments', 'environments.json', ...args], io);
  return { code, ...io.written };
}

test('says what goes and what stays, and asks nobody', async () => {
  const { code, stdout, stderr } = await planOf('-e', 'prod');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^What npx cdk destroy 'prod\/\*' does, by its templates\. Neither AWS nor the cluster was asked\.\n/);
  expect(stdout).toContain('aws cloudformation update-termination-protection --region us-east-1 --stack-name prod-Gloo --no-enable-termination-protection');
});

test('--json has the same for a program', async () => {
  const { code, stdout } = await planOf('-e', 'existing', '--json');
  const plan = JSON.parse(stdout) as DestroyPlan & { shellFunction: string };
  expect(code).toBe(0);
  expect(plan).toMatchObject({ environment: 'existing', refuses: [], monthly: 0, removes: [{ stack: 'existing-Gloo' }, { stack: 'existing-Vault' }, { stack: 'existing-Identity' }] });
  expect(plan.shellFunction).toContain('kept() {');
});

test('an environment that there is not', async () => {
  expect(await planOf('-e', 'stage')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--environment "stage": there is no such environment; there are dev, existing, prod.') as string });
});
