import { isSettling, tokenOf } from '../../client/answers';
import { vaultLogin, type AwsCredentials } from '../../client/aws';
import { ConfigurationError, Setback, type Mask } from '../../client/errors';
import type { VaultClient } from '../../client/vault-client';
import type { VaultConfigurationProperties } from '../properties';
import type { RootToken } from './root-token';

/** A way into Vault. */
export interface Session {
  readonly token: string;
  /** Properties of the login that gave the token; left out for the root token. */
  readonly through?: VaultConfigurationProperties;
}

export interface Credentials {
  readonly aws: AwsCredentials;
  readonly mask: Mask;
}

/**
 * Logs in as the provisioner.
 * @returns the session, or Vault's reason for refusing.
 * @throws Setback where the refusal is AWS's delay or throttle.
 */
export async function logIn(vault: VaultClient, credentials: Credentials, props: VaultConfigurationProperties): Promise<Session | { refused: string }> {
  const { authMethod, provisioner } = props;
  const login = await vaultLogin(credentials.aws, { ...authMethod, role: provisioner.name });
  // Whoever has them can log in with them, for some minutes.
  credentials.mask.add(login.iam_request_headers);
  const answer = await vault.put(`auth/${authMethod.mountPath}/login`, login);
  if (!answer.ok) return { refused: `${answer.status} ${answer.reason}`.trim() };
  const token = tokenOf(answer.body);
  if (token === undefined) {
    throw new ConfigurationError(`PUT auth/${authMethod.mountPath}/login was answered without a token: this is not a Vault that can be configured.`);
  }
  credentials.mask.add(token);
  return { token, through: props };
}

/**
 * The way in, by what Vault holds now: the wanted settings, then those before this update (a rollback is an update
 * too), then the root token of a Vault that nobody has configured yet.
 */
export async function openSession(vault: VaultClient, credentials: Credentials, root: RootToken, props: VaultConfigurationProperties, previous?: VaultConfigurationProperties): Promise<Session> {
  const refusals: string[] = [];
  for (const candidate of previous && loginDiffers(props, previous) ? [props, previous] : [props]) {
    const result = await logIn(vault, credentials, candidate);
    if (!('refused' in result)) return result;
    refusals.push(`auth/${candidate.authMethod.mountPath}/login as "${candidate.provisioner.name}": ${result.refused}`);
  }
  const token = await root.read();
  if (token !== undefined) {
    const known = await vault.get('auth/token/lookup-self', token);
    if (known.ok) return { token };
    refusals.push(`${root.name}: ${known.status} ${known.reason}`);
  }
  const said = `Vault lets this function in by no way that it knows (${refusals.join('; ')})`;
  if (refusals.some(isSettling)) throw new Setback('settling', `${said}. AWS refused Vault or the function: check the trust and the policies of both roles in the Identity and Vault stacks.`);
  throw new ConfigurationError(`${said}. ${await root.mend()}`);
}

/** Whether the door that these properties describe is another one. */
export function loginDiffers(a: VaultConfigurationProperties, b: VaultConfigurationProperties): boolean {
  const door = ({ authMethod, provisioner }: VaultConfigurationProperties) => JSON.stringify([authMethod.mountPath, authMethod.serverIdHeader, authMethod.stsEndpoint, authMethod.stsRegion, provisioner.name, provisioner.principalArn]);
  return door(a) !== door(b);
}
