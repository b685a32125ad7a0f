import type { Environment } from '../../../lib/environment/environment';
import { isMapping } from '../../../lib/environment/fields';
import type { VaultClient } from '../../../lib/vault/client/vault-client';
import { desiredState } from '../../../lib/vault/configuration/handler/desired';
import { vaultConfigurationProperties } from '../../../lib/vault/configuration/wanted';
import { NotKnown, ok, type Finding } from '../finding';
import type { Check } from '../ports';

/** What Vault holds, by name. */
export interface Holdings {
  readonly policies: readonly string[];
  /** `dev/`, with the type of each. */
  readonly mounts: Readonly<Record<string, string>>;
  readonly authMethods: Readonly<Record<string, string>>;
  /** Roles in the app's own auth method. */
  readonly roles: readonly string[];
}

/** Vault's own, and what a dev-mode Vault starts with. */
const BUILT_IN = { policies: ['default', 'root'], mounts: ['cubbyhole/', 'identity/', 'sys/'], devMounts: ['secret/'], authMethods: ['token/'] };

export const foreign: Check = {
  id: 'foreign',
  title: 'What others made in Vault',
  look: async ({ environment, vault, vaultToken }) => {
    const [client, token] = [await vault(), await vaultToken()];
    const { mountPath } = environment.vault.auth;
    const [policies, mounts, authMethods, roles] = await Promise.all([
      keys(client, token, 'sys/policies/acl'),
      types(client, token, 'sys/mounts'),
      types(client, token, 'sys/auth'),
      keys(client, token, `auth/${mountPath}/roles`),
    ]);
    return judgeForeign(environment, { policies, mounts, authMethods, roles });
  },
};

/** Nothing of it is a fault: the app never changes or removes what it did not make. */
export function judgeForeign(environment: Environment, { policies, mounts, authMethods, roles }: Holdings): Finding {
  const wanted = vaultConfigurationProperties(environment);
  const { phases, last } = desiredState(wanted, {});
  // Vault keeps names of policies and roles in lower case, and a cluster's may have capitals.
  const ours = new Set([...phases.flat(), ...last].flatMap(({ path }) => [path, path.replace(/[^/]*$/, (name) => name.toLowerCase())]));
  const auth = `auth/${wanted.authMethod.mountPath}/role`;
  const others = (names: readonly string[], known: readonly string[], path: string) => names.filter((name) => !known.includes(name) && !ours.has(`${path}/${name.replace(/\/$/, '')}`));
  const typed = (all: Readonly<Record<string, string>>, known: readonly string[], path: string) => others(Object.keys(all), known, path).map((name) => `${name} (${all[name] ?? ''})`);
  const builtInMounts = [...BUILT_IN.mounts, ...(wanted.vault.mode === 'dev' ? BUILT_IN.devMounts : [])];
  const found = [
    ['policies', others(policies, BUILT_IN.policies, 'sys/policies/acl')],
    ['mounts', typed(mounts, builtInMounts, 'sys/mounts')],
    ['auth methods', typed(authMethods, BUILT_IN.authMethods, 'sys/auth')],
    [`roles in auth/${wanted.authMethod.mountPath}`, others(roles, [], auth)],
  ] as const;
  const said = found.filter(([, names]) => names.length > 0).map(([what, names]) => `${what} ${names.join(', ')}`);
  return ok(said.length === 0 ? 'nothing' : `${said.join('; ')}; none of it is touched`);
}

async function keys(client: VaultClient, token: string, path: string): Promise<string[]> {
  const data = await ask(client, token, path, `${path}?list=true`);
  return Array.isArray(data.keys) ? data.keys.map(String) : [];
}

async function types(client: VaultClient, token: string, path: string): Promise<Record<string, string>> {
  const data = await ask(client, token, path, path);
  return Object.fromEntries(Object.entries(data).flatMap(([name, mount]) => (name.endsWith('/') && isMapping(mount) ? [[name, String(mount.type)]] : [])));
}

async function ask(client: VaultClient, token: string, what: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const answer = await client.get(path, token);
  if (answer.ok) return isMapping(answer.body.data) ? answer.body.data : answer.body;
  if (answer.status === 404) return {};
  throw new NotKnown(`Vault answered ${answer.status} to what there is below ${what}${answer.reason ? ` (${answer.reason})` : ''}`, ...(answer.status === 403 ? ["Deploy with another vault.revision, which writes the operators' policy again."] : []));
}
