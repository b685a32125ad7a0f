import type { VaultConfigurationProperties } from '../properties';
import { isSettling } from './answers';
import { vaultLogin, type AwsCredentials } from './aws';
import { ConfigurationError, Setback, type Mask } from './errors';
import type { VaultClient } from './vault-client';

/** A way into Vault. */
export interface Session {
  readonly token: string;
  /** Properties of the login that gave the token; left out for the dev-mode root token. */
  readonly through?: VaultConfigurationProperties;
}

/** The chart's literal `server.dev.devRootToken`: known to everyone, and revoked once Vault is configured. */
export const DEV_ROOT_TOKEN = 'root';

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
  const answer = await vault.put(`auth/${authMethod.mountPath}/login`, await vaultLogin(credentials.aws, { ...authMethod, role: provisioner.name }));
  if (!answer.ok) return { refused: `${answer.status} ${answer.reason}`.trim() };
  const token = (answer.body.auth as { client_token?: unknown } | undefined)?.client_token;
  if (typeof token !== 'string') {
    throw new ConfigurationError(`PUT auth/${authMethod.mountPath}/login was answered without a token: this is not a Vault that can be configured.`);
  }
  credentials.mask.add(token);
  return { token, through: props };
}

/**
 * The way in, by what Vault holds now: the wanted settings, then those before this update (a rollback is an update
 * too), then, in dev mode, the root token of a Vault that nobody has configured yet.
 */
export async function openSession(vault: VaultClient, credentials: Credentials, props: VaultConfigurationProperties, previous?: VaultConfigurationProperties): Promise<Session> {
  const refusals: string[] = [];
  for (const candidate of previous && loginDiffers(props, previous) ? [props, previous] : [props]) {
    const result = await logIn(vault, credentials, candidate);
    if (!('refused' in result)) return result;
    refusals.push(`auth/${candidate.authMethod.mountPath}/login as "${candidate.provisioner.name}": ${result.refused}`);
  }
  if (props.vault.mode === 'dev') {
    const root = await vault.get('auth/token/lookup-self', DEV_ROOT_TOKEN);
    if (root.ok) return { token: DEV_ROOT_TOKEN };
    refusals.push(`the dev root token: ${root.status} ${root.reason}`);
  }
  const said = `Vault lets this function in by no way that it knows (${refusals.join('; ')})`;
  if (refusals.some(isSettling)) throw new Setback('settling', `${said}. AWS refused Vault or the function: check the trust and the policies of both roles in the Identity and Vault stacks.`);
  throw new ConfigurationError(
    `${said}. Its role in Vault is bound to ${props.provisioner.principalArn}; if somebody changed or removed it, write it again with a root token` +
      (props.vault.mode === 'dev' ? ', or let a dev-mode Vault start anew: kubectl delete pod -n ' + props.vault.namespace + ' vault-0 (its secrets are lost).' : '.'),
  );
}

/** Whether the door that these properties describe is another one. */
export function loginDiffers(a: VaultConfigurationProperties, b: VaultConfigurationProperties): boolean {
  const door = ({ authMethod, provisioner }: VaultConfigurationProperties) => JSON.stringify([authMethod.mountPath, authMethod.serverIdHeader, authMethod.stsEndpoint, authMethod.stsRegion, provisioner.name, provisioner.principalArn]);
  return door(a) !== door(b);
}
