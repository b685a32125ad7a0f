import { drift as differences } from '../../../lib/vault/configuration/handler/converge';
import { desiredState } from '../../../lib/vault/configuration/handler/desired';
import { vaultConfigurationProperties } from '../../../lib/vault/configuration/wanted';
import { failure, joined, ok, unknown, type Finding } from '../finding';
import type { Check } from '../ports';

export const drift: Check = {
  id: 'drift',
  title: 'Vault is configured as deployed',
  look: async ({ environment, vault, vaultToken, roleUniqueId }) => {
    const wanted = vaultConfigurationProperties(environment);
    const token = await vaultToken();
    const roles = wanted.roles.map(({ principalArn }) => principalArn);
    const answers = await Promise.allSettled(roles.map(async (arn) => [arn, await roleUniqueId(arn)] as const));
    const { phases, last } = desiredState(wanted, Object.fromEntries(answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))));
    const objects = [...phases.flat(), ...last];
    const withoutIds = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason instanceof Error ? answer.reason.message : String(answer.reason)] : []));
    return judgeDrift(await differences(await vault(), { token }, [objects], 'an operator'), objects.length, withoutIds);
  },
};

/**
 * @param changed a line for each object that differs
 * @param withoutIds why the unique id of a role of Gloo's could not be compared
 */
export function judgeDrift(changed: readonly string[], objects: number, withoutIds: readonly string[]): Finding {
  const compared = changed.length === 0 ? ok(`${objects} objects as the environment has them`) : failure(changed.join('; '), 'Deploy with another vault.revision, which writes it again; Vault\'s audit log says who changed it.');
  const ids = withoutIds.map((reason) => unknown(`whether the unique id that Vault binds is still that of Gloo's role: ${reason}`));
  return joined([compared, ...ids], compared);
}
