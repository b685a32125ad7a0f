import { isSettling } from '../../client/answers';
import { attempts, type Reach, type Run } from '../../client/attempts';
import { ConfigurationError, Forbidden, Setback } from '../../client/errors';
import { roleUniqueId } from '../../client/iam';
import type { VaultClient } from '../../client/vault-client';
import type { VaultConfigurationProperties } from '../properties';
import { apply, compare, drift, putBack, remove, write, type Change } from './converge';
import { desiredState, obsoleteObjects, provisionerPolicy, reachDiffers, removableObjects } from './desired';
import { initialise } from './initialise';
import { requireVoters } from './replicas';
import type { UniqueIds } from './roles';
import { keyStore, rootTokenOf, type RootToken } from './root-token';
import { logIn, loginDiffers, openSession, type Session } from './session';

/** `sys/init` waits for KMS and for the disk, and its answer must not be lost. */
const INIT_TIMEOUT = 120_000;

/**
 * Brings Vault to the wanted state, from whatever state it is in: uninitialised, empty, half-configured by a run that
 * was killed, or configured by `previous`. A second run writes nothing.
 */
export async function configure(run: Run, props: VaultConfigurationProperties, previous?: VaultConfigurationProperties): Promise<void> {
  await attempts(run, props.cluster, async (reach) => {
    const vault = reach.vault(serviceOf(props));
    const root = rootTokenOf(run, reach, props);
    await requireUnsealed(run, reach, vault, props);
    const [opened, ids] = await Promise.all([openSession(vault, run, root, props, previous), uniqueIds(run, reach, props)]);
    // Until what the earlier properties made is gone, the provisioner reaches both.
    const from = previous && reachDiffers(props, previous) ? previous : undefined;
    if (from && opened.through) await write(vault, opened, provisionerPolicy(opened.through.provisioner.name, props, from));
    const { phases, last } = desiredState(props, ids, from);
    const changes = await compare(vault, opened, [...phases, last]);
    const [entrance = [], end = []] = changes.slice(-2);
    await apply(vault, opened, changes.slice(0, -1), run.log);
    const session = await secureEntrance(run, vault, root, opened, props, entrance);
    // Where this is new, an earlier run may have been cut off before it came to the root token.
    if (opened.through && end.some(({ before }) => before === undefined)) await revokeRoot(run, vault, root);
    await apply(vault, session, [end], run.log);
    if (from) await leave(run, vault, session, props, from);
    if (changes.flat().length === 0) run.log('nothing to write');
    if (props.initialisation) await requireVoters(run, vault, session, Number(props.initialisation.replicas));
  });
}

/**
 * Compares Vault with the wanted state, and writes nothing.
 * @returns what differs, in words.
 */
export async function inspect(run: Run, props: VaultConfigurationProperties): Promise<readonly string[]> {
  return attempts(run, props.cluster, async (reach) => {
    const vault = reach.vault(serviceOf(props));
    const [session, ids] = await Promise.all([logIn(vault, run, props), uniqueIds(run, reach, props)]);
    if ('refused' in session) return [`the way in: Vault refuses the login as "${props.provisioner.name}" (${session.refused})`];
    const { phases, last } = desiredState(props, ids);
    return drift(vault, session, [...phases, last]);
  });
}

const serviceOf = ({ vault }: VaultConfigurationProperties) => ({ kind: 'services', namespace: vault.namespace, name: vault.service }) as const;

/** Of each role that Gloo may log in as; one that was made again under the same name has another. */
async function uniqueIds(run: Run, reach: Reach, { roles }: VaultConfigurationProperties): Promise<UniqueIds> {
  return Object.fromEntries(await Promise.all(roles.map(async ({ principalArn }) => [principalArn, await roleUniqueId(reach.aws, run.aws, principalArn, run.env)] as const)));
}

/** Removes what the earlier properties made, and narrows the provisioner's policy to the new ones. */
async function leave(run: Run, vault: VaultClient, session: Session, props: VaultConfigurationProperties, from: VaultConfigurationProperties): Promise<void> {
  for (const object of obsoleteObjects(props, from)) {
    await remove(vault, session, object);
    run.log(`removed ${object.name} (${object.path})`);
  }
  await write(vault, session, provisionerPolicy(props.provisioner.name, props));
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

/**
 * Proves that the next run can log in, before the old way in is closed: the root token is revoked only then, and
 * settings of the auth method that would lock everybody out are taken back.
 * @returns the proven session, or the one that there is where nothing about the login changed.
 */
async function secureEntrance(run: Run, vault: VaultClient, root: RootToken, opened: Session, props: VaultConfigurationProperties, changes: readonly Change[]): Promise<Session> {
  if (opened.through && changes.length === 0 && !loginDiffers(props, opened.through)) return opened;
  const takeBack = () => (opened.through ? putBack(vault, opened, changes) : Promise.resolve());
  const login = await logIn(vault, run, props).catch(async (error: unknown) => {
    await takeBack();
    throw error;
  });
  if ('refused' in login) {
    const said = `Vault took the configuration, but refused the login that the next run needs (auth/${props.authMethod.mountPath}/login as "${props.provisioner.name}": ${login.refused})`;
    await takeBack();
    if (isSettling(login.refused)) throw new Setback('settling', `${said}. AWS refused Vault or the function: check the trust and the policies of both roles in the Identity and Vault stacks.`);
    const mend = `Check that vault.auth.serverIdHeader and the region are what STS and Vault agree on, and that the function runs as ${props.provisioner.principalArn}.`;
    // A Vault that was restarted a moment ago knows its root token, and refuses for want of the role.
    throw opened.through ? new ConfigurationError(`${said}. What the login rests on was put back. ${mend}`) : new Forbidden(`${said}. The root token was kept. ${mend}`);
  }
  if (!opened.through) await revokeRoot(run, vault, root);
  return login;
}

/** Revokes the root token and drops it where it is kept; one that is gone already, by another run that goes on at the same time, is as good. */
async function revokeRoot(run: Run, vault: VaultClient, root: RootToken): Promise<void> {
  const token = await root.read();
  const answer = token === undefined ? undefined : await vault.put('auth/token/revoke-self', {}, token);
  if (answer?.ok) run.log(`revoked ${root.name}`);
  else if (answer && answer.status !== 403) throw new Setback('passing', `Vault refused to revoke the root token: ${answer.status} ${answer.reason}.`);
  await root.drop();
}
