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
    const id = await roleUniqueId(wanted.role.principalArn).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    const { phases, last } = desiredState(wanted, id instanceof Error ? undefined : id);
    const objects = [...phases.flat(), last];
    return judgeDrift(await differences(await vault(), { token }, [objects], 'an operator'), objects.length, id instanceof Error ? id.message : undefined);
  },
};

/**
 * @param changed a line for each object that differs
 * @param withoutId why the unique id of Gloo's role could not be compared
 */
export function judgeDrift(changed: readonly string[], objects: number, withoutId: string | undefined): Finding {
  const compared = changed.length === 0 ? ok(`${objects} objects as the environment has them`) : failure(changed.join('; '), 'Deploy with another vault.revision, which writes it again; Vault\'s audit log says who changed it.');
  const id = withoutId === undefined ? [] : [unknown(`whether the unique id that Vault binds is still that of Gloo's role: ${withoutId}`)];
  return joined([compared, ...id], compared);
}
