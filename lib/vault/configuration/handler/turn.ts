import { ConfigurationError, Setback } from '../../client/errors';
import type { VaultClient } from '../../client/vault-client';
import type { VaultConfigurationProperties } from '../properties';
import { deploymentDigest, deploymentMay, marksIn, scheduleMay } from './mark';
import type { Session } from './session';
import { dataOf, type VaultObject } from './vault-object';

/** Looks, just before objects are written or removed, whether a run may still do so. @throws where it may not. */
export type Look = (session: Session, objects: readonly VaultObject[]) => Promise<void>;

/** A schedule writes nothing: a deployment has put its mark. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/**
 * For a deployment. The first of all has nobody to look out for: its schedule is made after it.
 * @param begun whether it has written its mark, in this attempt or an earlier one.
 */
export function deploymentLook(vault: VaultClient, props: VaultConfigurationProperties, previous: VaultConfigurationProperties | undefined, begun: { marked: boolean }): Look {
  if (previous === undefined) return () => Promise.resolve();
  const own = deploymentDigest(props);
  const marked = [props, previous].map(({ provisioner }) => policyOf(provisioner.name));
  return async (session, objects) => {
    const marking = objects.some(({ path }) => marked.includes(path));
    if (marking && !begun.marked) return void (begun.marked = true);
    const found = await marks(vault, session, props);
    const may = deploymentMay(own, deploymentDigest(previous), found);
    if (may === 'give way') {
      throw new ConfigurationError(`Another deployment has begun after this one (Vault has the mark ${found.join(' and ')}, this one's is ${own}): it has the last word, and this one writes nothing more.`);
    }
    if (may === 'again' && !marking) {
      throw new Setback('passing', `The mark of this deployment (${own}) is not in Vault any more: a schedule that was half-way through has put the earlier policy back, or somebody removed it.`);
    }
  };
}

/** For a schedule. */
export function scheduleLook(vault: VaultClient, props: VaultConfigurationProperties): Look {
  const own = deploymentDigest(props);
  return async (session) => {
    const found = await marks(vault, session, props);
    if (scheduleMay(own, found) === 'repair') return;
    throw new Overtaken(
      `a deployment goes on, or was cut off (Vault has the mark ${found.join(' and ')}, and this schedule is of ${own}): nothing is compared until one has come to its end. If none is under way, or a snapshot of before it was restored, deploy with another vault.revision.`,
    );
  };
}

async function marks(vault: VaultClient, { token, through }: Session, props: VaultConfigurationProperties): Promise<readonly string[]> {
  const answer = await vault.get(policyOf((through ?? props).provisioner.name), token);
  // Gone, or this run may not look any more: the write that follows will show which.
  return answer.ok ? marksIn(dataOf(answer.body).policy) : [];
}

const policyOf = (name: string) => `sys/policies/acl/${name}`;
