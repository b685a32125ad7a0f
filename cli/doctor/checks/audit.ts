import type { Environment } from '../../../lib/environment/environment';
import { isMapping } from '../../../lib/environment/fields';
import { failure, NotKnown, ok, warning, type Finding } from '../finding';
import type { Check } from '../ports';

export const audit: Check = {
  id: 'audit',
  title: 'Audit log',
  look: async ({ environment, vault, vaultToken }) => {
    const answer = await (await vault()).get('sys/audit', await vaultToken());
    if (!answer.ok) throw new NotKnown(`Vault answered ${answer.status} to its audit devices${answer.reason ? ` (${answer.reason})` : ''}`);
    return judgeAudit(environment, isMapping(answer.body.data) ? answer.body.data : answer.body);
  },
};

/** @param devices by path, `stdout/` */
export function judgeAudit({ vault }: Pick<Environment, 'vault'>, devices: Readonly<Record<string, unknown>>): Finding {
  const device = devices['stdout/'];
  const options = isMapping(device) && isMapping(device.options) ? device.options : {};
  const paths = Object.entries(devices).filter(([, each]) => isMapping(each) && 'type' in each).map(([path]) => path);
  if (!vault.audit) return paths.length === 0 ? ok('none, as the environment has it') : warning(`the environment wants none, and there is ${paths.join(', ')}`, 'Set vault.audit: true, or disable it: vault audit disable PATH');
  if (!isMapping(device)) {
    return failure(`no audit device "stdout"${paths.length === 0 ? '' : `, only ${paths.join(', ')}`}: nobody can tell who read what`, 'Deploy with another vault.revision, which writes it again.');
  }
  if (options.file_path === 'stdout') return ok("stdout/, to the pod's output");
  return failure(`the audit device "stdout" writes to ${JSON.stringify(options.file_path)}`, "Make it anew: vault audit disable stdout, then deploy with another vault.revision.");
}
