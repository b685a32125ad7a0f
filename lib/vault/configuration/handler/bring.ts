import { isSettling } from '../../client/answers';
import type { Run } from '../../client/attempts';
import { ConfigurationError, Forbidden, Setback } from '../../client/errors';
import type { VaultClient } from '../../client/vault-client';
import type { VaultConfigurationProperties } from '../properties';
import { apply, compare, putBack, type Change, type Writer } from './converge';
import type { RootToken } from './root-token';
import { logIn, loginDiffers, type Session } from './session';
import type { VaultObject } from './vault-object';

/** What Vault is brought to a state with, by a deployment or by a schedule. */
export interface Bringing {
  readonly run: Run;
  readonly vault: VaultClient;
  readonly root: RootToken;
  readonly props: VaultConfigurationProperties;
  readonly writer: Writer;
}

/**
 * Reads, compares and writes the difference; the last phase when the way in is proven and the root token gone.
 * @param phases in the order in which they are written: of the last but one, the next login rests on what it has.
 * @returns what was written, and a session that the next run will be able to have too.
 */
export async function bring(by: Bringing, opened: Session, phases: readonly (readonly VaultObject[])[]): Promise<{ readonly session: Session; readonly changes: readonly Change[] }> {
  const { run, vault, root, writer } = by;
  const changes = await compare(vault, opened, phases);
  const [entrance = [], end = []] = changes.slice(-2);
  await apply(vault, opened, changes.slice(0, -1), writer);
  const session = await secureEntrance(by, opened, entrance);
  // Where this is new, an earlier run may have been cut off before it came to the root token.
  if (opened.through && end.some(({ before }) => before === undefined)) await revokeRoot(run, vault, root);
  await apply(vault, session, [end], writer);
  return { session, changes: changes.flat() };
}

/**
 * Proves that the next run can log in, before the old way in is closed: the root token is revoked only then, and
 * settings of the auth method that would lock everybody out are taken back.
 * @returns the proven session, or the one that there is where nothing about the login changed.
 */
async function secureEntrance({ run, vault, root, props }: Bringing, opened: Session, changes: readonly Change[]): Promise<Session> {
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
