import { glooPolicyPaths } from '../../lib/vault/policy';
import { vaultVersion } from '../../lib/versions';
import { ForeignObjects } from '../foreign-objects';
import { runCommand } from '../operator';
import { addPerson } from '../person';
import { demand, demandEqual, observerOf, type Stage, type Step } from './step';

/** What docs/commands.md names for the command, in AWS. */
export const DOCTOR_PERMISSIONS = [{ Effect: 'Allow', Action: ['eks:DescribeCluster', 'iam:GetRole'], Resource: '*' }];

/** What `doctor --json` prints, as far as it is looked at. */
interface Report {
  readonly checks: readonly { readonly id: string; readonly status: 'ok' | 'warning' | 'failure' | 'unknown'; readonly found: string }[];
  readonly mends: readonly string[];
}

/** An operator looks at the deployment, finds all well, and finds what somebody changed in Vault. */
export const doctorStep: Step = {
  title: 'doctor finds all well, and a policy that somebody changed',
  run: async (stage) => {
    const { world } = stage;
    const { policy, chartVersion } = world.environment.vault;
    addPerson(world.iam, world.operator, DOCTOR_PERMISSIONS);
    const passedOver = world.vault.version === vaultVersion(chartVersion) ? [] : ['vault-version'];
    const { code, checks } = await doctor(stage);
    const unwell = checks.filter(({ id, status }) => status !== 'ok' && !passedOver.includes(id));
    demand(unwell.length === 0, `doctor says of a deployment that is well: ${unwell.map(({ id, status, found }) => `${id} ${status}: ${found}`).join('; ')}`);
    demandEqual('The exit code of doctor', code, 0);

    const observer = observerOf(stage);
    const path = `sys/policies/acl/${policy.name}`;
    const before = await observer.read(path);
    await observer.write(path, { policy: JSON.stringify({ path: {} }) });
    const foreign = new ForeignObjects(observer, world.environment);
    await foreign.make();
    const changed = await doctor(stage);
    await foreign.remove();
    await observer.write(path, { policy: before?.policy });
    demandEqual('The exit code of doctor with a changed policy', changed.code, 1);
    demandEqual('What doctor says of drift', changed.checks.find(({ id }) => id === 'drift')?.found, `policy ${policy.name}: ${Object.keys(glooPolicyPaths(world.environment.vault)).join(', ')} changed`);
    const { auth } = world.environment.vault;
    demandEqual(
      'What doctor says of what others made',
      changed.checks.find(({ id }) => id === 'foreign')?.found,
      `policies observer, of-another-team; mounts of-another-team/ (kv); auth methods of-another-team/ (aws); roles in auth/${auth.mountPath} of-another-team; none of it is touched`,
    );
    demand(changed.checks.some(({ id, status }) => id === 'login-gloo' && status === 'failure'), 'doctor does not say that Gloo cannot read');
    return { beyond: `doctor: ${checks.length} checks, ${checks.filter(({ status }) => status === 'ok').length} well${passedOver.length === 0 ? '' : ` (not counted: ${passedOver.join(', ')})`}; a changed policy named, exit code 1` };
  },
};

/** What doctor finds, as the operator runs it. */
export async function doctor({ world, projectDir }: Stage): Promise<Report & { readonly code: number }> {
  const { code, stdout, stderr } = await runCommand(world, projectDir, ['doctor', '--json']);
  demand(stdout.startsWith('{'), `gloo-vault doctor ended with ${code}: ${stderr.trim()}`);
  return { code, ...(JSON.parse(stdout) as Report) };
}
