import { examine } from '../../../lib/vault/configuration/handler/converge';
import { desiredState } from '../../../lib/vault/configuration/handler/desired';
import { driftOf, type Drift } from '../../../lib/vault/configuration/handler/drift';
import { marksIn } from '../../../lib/vault/configuration/handler/mark';
import { rolesWithIds } from '../../../lib/vault/configuration/tenants';
import { vaultConfigurationProperties } from '../../../lib/vault/configuration/wanted';
import { failure, joined, ok, unknown, type Finding } from '../finding';
import type { Check } from '../ports';

export const drift: Check = {
  id: 'drift',
  title: 'Vault is configured as deployed',
  look: async ({ environment, vault, vaultToken, roleUniqueId }) => {
    const wanted = vaultConfigurationProperties(environment);
    const token = await vaultToken();
    const answers = await Promise.allSettled(rolesWithIds(wanted).map(async (arn) => [arn, await roleUniqueId(arn)] as const));
    const { phases, last } = desiredState(wanted, Object.fromEntries(answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))));
    const objects = [...phases.flat(), ...last];
    const withoutIds = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason instanceof Error ? answer.reason.message : String(answer.reason)] : []));
    return judgeDrift(driftOf(await examine(await vault(), { token }, [objects]), 'an operator'), objects.length, withoutIds);
  },
};

/**
 * @param changed objects that differ
 * @param withoutIds why the unique id of a role of Gloo's could not be compared
 */
export function judgeDrift(changed: readonly Drift[], objects: number, withoutIds: readonly string[]): Finding {
  const compared = changed.length === 0 ? ok(`${objects} objects as the environment has them`) : differs(changed);
  const ids = withoutIds.map((reason) => unknown(`whether the unique id that Vault binds is still that of Gloo's role: ${reason}`));
  return joined([compared, ...ids], compared);
}

function differs(changed: readonly Drift[]): Finding {
  const details = changed.flatMap(detailed);
  const [only, ...others] = changed;
  if (only && others.length === 0 && only.differences.length > 0 && only.differences.every(isMark)) {
    const marks = only.differences.filter(({ found }) => found !== undefined).map(({ key }) => key);
    return {
      ...failure(
        `Vault holds what this checkout wants, and was configured by another (${marks.join(', ') || 'without a mark'}, and this one is ${only.differences.find(({ wanted }) => wanted !== undefined)?.key ?? 'none'})`,
        'Deploy this checkout with another vault.revision, or look with the one that was deployed.',
      ),
      details,
    };
  }
  return {
    ...failure(changed.map(({ object, words }) => `${object}: ${words}`).join('; '), "Deploy with another vault.revision, which writes it again, or let the schedule do it (vault.drift.action: 'repair'); Vault's audit log says who changed it."),
    details,
  };
}

const isMark = ({ key }: Drift['differences'][number]) => marksIn(key).length > 0;

/** In the manner of `cdk drift`: what is wanted and not there, there and not wanted, or otherwise. */
function detailed({ object, path, differences }: Drift): string[] {
  return [
    `${object} (${path})`,
    ...differences.map(({ key, wanted, found }) => {
      if (found === undefined) return `  [-] ${key}: wanted ${JSON.stringify(wanted)}, and there is nothing`;
      if (wanted === undefined) return `  [+] ${key}: there is ${JSON.stringify(found)}, and nothing is wanted`;
      return `  [~] ${key}: wanted ${JSON.stringify(wanted)}, and there is ${JSON.stringify(found)}`;
    }),
  ];
}
