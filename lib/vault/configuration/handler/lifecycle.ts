import type { VaultConfigurationProperties } from '../properties';
import { eksToken, roleUniqueId, type AwsCredentials } from './aws';
import { apply, compare, remove, write, type Change } from './converge';
import { desiredState, type VaultObject } from './desired';
import { ConfigurationError, Setback, type Mask } from './errors';
import { Http } from './http';
import { retrying, type Patience } from './retry';
import { DEV_ROOT_TOKEN, logIn, loginDiffers, openSession, type Session } from './session';
import { VaultClient } from './vault-client';

/** What a run works with. */
export interface Run {
  readonly env: NodeJS.ProcessEnv;
  readonly aws: AwsCredentials;
  readonly mask: Mask;
  readonly patience: Patience;
  /** Milliseconds after which one request counts as lost. */
  readonly requestTimeout: number;
  readonly log: (line: string) => void;
}

/**
 * Brings Vault to the wanted state, from whatever state it is in: empty, half-configured by a run that was killed, or
 * configured by `previous`. A second run writes nothing.
 */
export async function configure(run: Run, props: VaultConfigurationProperties, previous?: VaultConfigurationProperties): Promise<void> {
  await attempts(run, props, async (http, vault) => {
    await requireUnsealed(vault, run);
    const [session, authRoleId] = await Promise.all([
      openSession(vault, run, props, previous),
      roleUniqueId(http, run.aws, props.role.principalArn, run.env),
    ]);
    const obsolete = previous ? obsoleteObjects(props, previous) : [];
    const changes = await compare(vault, session, desiredState(props, authRoleId, obsolete.length > 0 ? previous : undefined));
    await apply(vault, session, changes, run.log);
    await keepDoorOpen(run, vault, session, props, changes.flat(), previous);
    if (obsolete.length > 0) {
      for (const object of obsolete) await remove(vault, session, object).then(() => run.log(`removed ${object.name} (${object.path})`));
      // The policy reached the old paths until now.
      const [[policy] = []] = desiredState(props, authRoleId).phases;
      if (policy) await write(vault, session, policy);
    }
    if (changes.flat().length === 0) run.log('nothing to write');
  });
}

/**
 * Takes Gloo's role and policy and the provisioner's out of Vault. Mounts stay: KV data is never touched, and the auth
 * method may hold other people's roles. Never fails because Vault is gone, for that would block the stack's deletion.
 */
export async function unconfigure(run: Run, props: VaultConfigurationProperties): Promise<void> {
  try {
    await attempts(run, props, async (_http, vault) => {
      const session = await openSession(vault, run, props);
      for (const object of desiredState(props, undefined).removable) {
        await remove(vault, session, object);
        run.log(`removed ${object.name} (${object.path})`);
      }
      if (session.token === DEV_ROOT_TOKEN) await revoke(run, vault, session);
    });
  } catch (error) {
    if (!(error instanceof Setback || error instanceof ConfigurationError)) throw error;
    run.log(`left Vault as it is, so that the stack can be deleted: ${error.message}`);
  }
}

async function attempts(run: Run, props: VaultConfigurationProperties, attempt: (http: Http, vault: VaultClient) => Promise<void>): Promise<void> {
  const { cluster, authMethod } = props;
  await retrying(run.patience, run.log, async () => {
    const http = new Http(Buffer.from(cluster.certificateAuthority, 'base64').toString('utf8'), run.requestTimeout);
    try {
      const bearer = await eksToken(run.aws, authMethod.stsEndpoint, authMethod.stsRegion, cluster.name);
      run.mask.add(bearer);
      await attempt(http, new VaultClient(http, { endpoint: cluster.endpoint, ...props.vault }, bearer));
    } finally {
      http.close();
    }
  });
}

/** `vault status` (row 5): Vault answers, is initialised and unsealed. */
async function requireUnsealed(vault: VaultClient, run: Run): Promise<void> {
  const answer = await vault.get('sys/seal-status');
  if (!answer.ok) throw new Setback('passing', `GET sys/seal-status was answered with ${answer.status} ${answer.reason}.`);
  const { initialized, sealed, version } = answer.body;
  if (initialized !== true) {
    throw new Setback('starting', 'Vault is not initialised. A dev-mode Vault always is: check that the Vault behind the Service is the one of this stack (helm get values vault -n its namespace).', true);
  }
  if (sealed !== false) throw new Setback('starting', 'Vault is sealed. Unseal it (vault operator unseal), then deploy again.', true);
  run.log(`Vault ${String(version)} is unsealed`);
}

/**
 * Proves that the next run can log in, before the old way in is closed: the root token is revoked only then, and a
 * client configuration that would lock everybody out is taken back.
 */
async function keepDoorOpen(run: Run, vault: VaultClient, session: Session, props: VaultConfigurationProperties, changes: readonly Change[], previous?: VaultConfigurationProperties): Promise<void> {
  const isRoot = session.token === DEV_ROOT_TOKEN;
  const client = changes.find((change) => change.object.path.endsWith('/config/client'));
  if (!isRoot && !client && !(previous && loginDiffers(props, previous))) return;
  const login = await logIn(vault, run, props);
  if (!('refused' in login)) {
    if (isRoot) await revoke(run, vault, session);
    return;
  }
  if (client?.before) await write(vault, session, { ...client.object, payload: (client.before.data ?? client.before) as VaultObject['payload'] });
  throw new ConfigurationError(
    `Vault took the configuration, but refused the login that the next run needs (auth/${props.authMethod.mountPath}/login as "${props.provisioner.name}": ${login.refused}). ` +
      (isRoot ? 'The root token was kept. ' : 'The AWS client configuration was put back. ') +
      'Check that vault.auth.serverIdHeader and the region are what STS and Vault agree on.',
  );
}

async function revoke(run: Run, vault: VaultClient, session: Session): Promise<void> {
  const answer = await vault.put('auth/token/revoke-self', {}, session.token);
  if (!answer.ok) throw new Setback('passing', `Vault refused to revoke the root token: ${answer.status} ${answer.reason}.`);
  run.log('revoked the dev root token');
}

/** What the earlier properties made and the new ones do not name any more. */
function obsoleteObjects(props: VaultConfigurationProperties, previous: VaultConfigurationProperties): VaultObject[] {
  const kept = new Set(desiredState(props, undefined).phases.flat().map((object) => object.path));
  return desiredState(previous, undefined).removable.filter((object) => !kept.has(object.path));
}
