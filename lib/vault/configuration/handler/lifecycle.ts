import { attempts, type Reach, type Run } from '../../client/attempts';
import { ConfigurationError, Setback } from '../../client/errors';
import { NoSuchRole, roleUniqueId } from '../../client/iam';
import type { VaultClient } from '../../client/vault-client';
import type { VaultConfigurationProperties } from '../properties';
import { rolesWithIds } from '../tenants';
import { bring } from './bring';
import { remove, write } from './converge';
import { desiredState, obsoleteObjects, provisionerPolicy, reachDiffers, removableObjects } from './desired';
import { initialise } from './initialise';
import { requireVoters } from './replicas';
import { GONE, type UniqueIds } from './roles';
import { keyStore, rootTokenOf } from './root-token';
import { openSession, type Session } from './session';
import { deploymentLook, type Look } from './turn';
import type { VaultObject } from './vault-object';

/** `sys/init` waits for KMS and for the disk, and its answer must not be lost. */
const INIT_TIMEOUT = 120_000;

/**
 * Brings Vault to the wanted state, from whatever state it is in: uninitialised, empty, half-configured by a run that
 * was killed, or configured by `previous`. A second run writes nothing.
 */
export async function configure(run: Run, props: VaultConfigurationProperties, previous?: VaultConfigurationProperties): Promise<void> {
  const begun = { marked: false };
  await attempts(run, props.cluster, async (reach) => {
    const vault = reach.vault(serviceOf(props));
    const root = rootTokenOf(run, reach, props);
    const look = deploymentLook(vault, props, previous, begun);
    await requireUnsealed(run, reach, vault, props);
    const [opened, ids] = await Promise.all([openSession(vault, run, root, props, previous), uniqueIds(run, reach, props)]);
    // Until what the earlier properties made is gone, the provisioner reaches both.
    const from = previous && reachDiffers(props, previous) ? previous : undefined;
    if (from && opened.through) await widen(vault, opened, provisionerPolicy(opened.through.provisioner.name, props, from), look);
    const { phases, last } = desiredState(props, ids, from);
    const by = { run, vault, root, props, writer: { log: run.log, look } };
    const first = await bring(by, opened, [...phases, last]);
    // A schedule that had looked just before the mark was there may have written once more.
    const { session } = previous && begun.marked ? await bring(by, first.session, [...phases, last]) : first;
    if (from) await leave(run, vault, session, props, from, look);
    if (first.changes.length === 0) run.log('nothing to write');
    if (props.initialisation) await requireVoters(run, vault, session, Number(props.initialisation.replicas));
  });
}

/** Vault, as its Service is spelled. */
export const serviceOf = ({ vault }: VaultConfigurationProperties) => ({ kind: 'services', namespace: vault.namespace, name: vault.service }) as const;

/**
 * Of each role that a Gloo may log in as; one that was made again under the same name has another. One that Gloo has left may
 * be gone: the Identity stack deletes it before this stack's update, which may fail and be rolled back to where it was bound.
 * One of a guest's may not be there yet, or no more: its stacks are no part of this one's deployment, which it must not stop.
 */
export async function uniqueIds(run: Run, reach: Reach, props: VaultConfigurationProperties): Promise<UniqueIds> {
  const own = props.roles.map(({ principalArn }) => principalArn);
  const idOf = async (principalArn: string) => {
    const id = await roleUniqueId(reach.aws, run.aws, principalArn, run.env).catch((error: unknown) => {
      if (!(error instanceof NoSuchRole) || principalArn === own.at(-1)) throw error;
      const name = principalArn.split('/').pop();
      run.log(
        own.includes(principalArn)
          ? `passed over role ${name}: IAM has no more such role, and Gloo logs in by another`
          : `passed over role ${name} of a guest: IAM has no such role; once the guest's Identity stack has made it, deploy this with another vault.revision`,
      );
      return GONE;
    });
    return [principalArn, id] as const;
  };
  return Object.fromEntries(await Promise.all(rolesWithIds(props).map(idOf)));
}

async function widen(vault: VaultClient, session: Session, policy: VaultObject, look: Look): Promise<void> {
  await look(session, [policy]);
  await write(vault, session, policy);
}

/** Removes what the earlier properties made, and narrows the provisioner's policy to the new ones. */
async function leave(run: Run, vault: VaultClient, session: Session, props: VaultConfigurationProperties, from: VaultConfigurationProperties, look: Look): Promise<void> {
  for (const object of obsoleteObjects(props, from)) {
    await look(session, [object]);
    await remove(vault, session, object);
    run.log(`removed ${object.name} (${object.path})`);
  }
  const narrow = provisionerPolicy(props.provisioner.name, props);
  await look(session, [narrow]);
  await write(vault, session, narrow);
}

/**
 * Takes what was configured out of Vault. Mounts stay: KV data is never touched, and the auth method may hold other
 * people's roles. Never fails because Vault is gone, for that would block the stack's deletion.
 */
export async function unconfigure(run: Run, props: VaultConfigurationProperties): Promise<void> {
  try {
    await attempts(run, props.cluster, async (reach) => {
      const vault = reach.vault(serviceOf(props));
      const session = await openSession(vault, run, rootTokenOf(run, reach, props), props);
      for (const object of removableObjects(props)) {
        await remove(vault, session, object);
        run.log(`removed ${object.name} (${object.path})`);
      }
    });
  } catch (error) {
    if (!(error instanceof Setback || error instanceof ConfigurationError)) throw error;
    run.log(`left Vault as it is, so that the stack can be deleted: ${error.message}`);
  }
}

/** `vault status` (row 5): Vault answers, is initialised and unsealed. */
async function requireUnsealed(run: Run, reach: Reach, vault: VaultClient, props: VaultConfigurationProperties): Promise<void> {
  const answer = await vault.get('sys/seal-status').catch(async (error: unknown) => {
    const { initialisation, cluster } = props;
    if (!initialisation || !(error instanceof Setback && error.awaiting === 'starting')) throw error;
    const { namespace } = props.vault;
    const pod = reach.vault({ kind: 'pods', namespace, name: initialisation.pod }, INIT_TIMEOUT);
    return initialise(run, pod, keyStore(run, reach, initialisation.secretArn), { initialisation, cluster: cluster.name, namespace });
  });
  if (!answer.ok) throw new Setback('passing', `GET sys/seal-status was answered with ${answer.status} ${answer.reason}.`);
  const { initialized, sealed, version } = answer.body;
  if (initialized !== true) {
    throw new Setback('starting', 'Vault is not initialised. A dev-mode Vault always is: check that the Vault behind the Service is the one of this stack (helm get values vault -n its namespace).');
  }
  if (sealed !== false) throw new Setback('starting', 'Vault is sealed. Unseal it (vault operator unseal), then deploy again.');
  run.log(`Vault ${String(version)} is unsealed`);
}
