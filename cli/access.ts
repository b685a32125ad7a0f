import type { Environment, GuestEnvironment } from '../lib/environment/environment';
import { names } from '../lib/identity/names';
import { withoutPath } from '../lib/identity/principal';
import { vaultLogin } from '../lib/vault/client/aws';
import { ConfigurationError, toMessage, type Mask } from '../lib/vault/client/errors';
import { Http } from '../lib/vault/client/http';
import { retrying, type Patience } from '../lib/vault/client/retry';
import { VaultClient } from '../lib/vault/client/vault-client';
import { vaultConfigurationProperties } from '../lib/vault/configuration/wanted';
import { vaultAddresses } from '../lib/vault/addresses';
import { awsIdentity, type AwsIdentity } from './aws-identity';
import { chosen } from './environment';
import { Interrupted } from './failures';
import { say, type Io } from './io';
import { openCluster, type ClusterConnection } from './kubeconfig';
import type { GlobalOptions } from './options';

/** An operator's login to Vault. */
export interface OperatorSession {
  readonly token: string;
  readonly accessor: string;
  readonly policies: readonly string[];
  /** Seconds that the token lives. */
  readonly ttl: number;
  /** When it ends. */
  readonly endsAt: Date;
  /** Who logged in, as {@link AwsIdentity.arn}. */
  readonly arn: string;
  /** Leaves the token to the caller: {@link Access.close} does not revoke it. */
  keep(): void;
}

/** What a command of an operator can reach, with the operator's own identities. */
export interface Access {
  /** Whose Vault it is. */
  readonly environment: Environment;
  /** The environment that is meant, where it reads from that Vault. The cluster is the owner's all the same. */
  readonly guest?: GuestEnvironment;
  readonly cluster: ClusterConnection;
  /** AWS's own endpoints. */
  readonly aws: Http;
  /** Vault, by the way of the app's functions: the API server's proxy. */
  readonly vault: VaultClient;
  /** Who the operator is to AWS; asked once. */
  identity(): Promise<AwsIdentity>;
  /**
   * Logs in to Vault as an operator; once, however often it is asked.
   * @throws ConfigurationError where Vault refuses, with who was refused and the mend.
   */
  logIn(): Promise<OperatorSession>;
  /** Revokes the token of {@link logIn} and ends every connection. Never throws. */
  close(): Promise<void>;
}

/** Milliseconds. */
const REQUEST_TIMEOUT = 20_000;
/** A person waits at the keyboard: only what passes by itself is tried again. */
const patience = (): Patience => ({ starting: 0, settling: 0, passing: 5000, pause: { first: 250, longest: 2000 }, deadline: Date.now() + 15_000 });

/**
 * Runs a command's work with access, and gives it back however that ends: its end, a failure, Ctrl-C.
 * @throws Interrupted at Ctrl-C.
 */
export async function withAccess<T>(io: Io, mask: Mask, options: GlobalOptions, work: (access: Access) => Promise<T>): Promise<T> {
  const access = await untilInterrupted(io, openAccess(io, mask, options));
  try {
    return await untilInterrupted(io, work(access));
  } finally {
    await access.close();
  }
}

/** Opens the environment's cluster by the kubeconfig; nothing is asked of AWS or Vault yet. The caller closes it. */
export async function openAccess(io: Io, mask: Mask, options: GlobalOptions): Promise<Access> {
  const { owner: environment, guest } = await chosen(io, options);
  const cluster = await openCluster(io, mask, options, environment);
  const aws = new Http(undefined, REQUEST_TIMEOUT);
  const { namespace } = environment.vault;
  const vault = VaultClient.throughProxy(cluster.http, cluster.endpoint, { kind: 'services', namespace, name: vaultAddresses(environment.vault).service }, cluster.headers);
  const { profile } = options;
  let identified: Promise<AwsIdentity> | undefined;
  let session: Promise<OperatorSession> | undefined;
  let kept = false;
  const identity = () => (identified ??= awsIdentity({ aws, mask, env: io.env, environment, ...(profile === undefined ? {} : { profile }) }));
  return {
    environment,
    ...(guest ? { guest } : {}),
    cluster,
    aws,
    vault,
    identity,
    logIn: () => (session ??= identity().then((person) => retrying(patience(), () => undefined, () => logIn(vault, mask, environment, person, () => (kept = true))))),
    close: async () => {
      // One that is still under way may have been given a token.
      const opened = await session?.catch(() => undefined);
      if (opened && !kept) await revoke(io, mask, vault, opened);
      for (const http of [aws, cluster.http]) http.close();
    },
  };
}

async function logIn(vault: VaultClient, mask: Mask, environment: Environment, person: AwsIdentity, keep: () => void): Promise<OperatorSession> {
  const { authMethod } = vaultConfigurationProperties(environment);
  const role = names.operatorRole(environment.cluster.name);
  const answer = await vault.put(`auth/${authMethod.mountPath}/login`, await vaultLogin(person.credentials, { ...authMethod, role }));
  if (!answer.ok) throw new ConfigurationError(`Vault refused ${person.arn} as "${role}" (${answer.status} ${answer.reason}). ${refusalMend(environment, person)}`);
  const auth = answer.body.auth as { client_token: string; accessor: string; token_policies: string[]; lease_duration: number } | undefined;
  if (typeof auth?.client_token !== 'string') throw new ConfigurationError(`PUT auth/${authMethod.mountPath}/login was answered without a token: this is no Vault that a person can log in to.`);
  mask.add(auth.client_token);
  const { client_token: token, accessor, token_policies: policies, lease_duration: ttl } = auth;
  return { token, accessor, policies, ttl, endsAt: new Date(Date.now() + ttl * 1000), arn: person.arn, keep };
}

/** What to do about a login that Vault refused, by who the environment names. */
function refusalMend({ name, vault }: Environment, { principalArn }: AwsIdentity): string {
  const deploy = `npx cdk deploy '${name}/Vault'`;
  if (vault.operators.map(withoutPath).includes(withoutPath(principalArn))) {
    return `vault.operators of "${name}" names this identity: was it deployed since (${deploy}), and do vault.auth.serverIdHeader and region stand there as they did then?`;
  }
  const operators = vault.operators.length === 0 ? 'has no entry' : `has ${vault.operators.join(', ')}`;
  return `vault.operators of "${name}" ${operators}: add "${principalArn}" (with its path, if the role has one) and deploy it (${deploy}).`;
}

async function revoke(io: Io, mask: Mask, vault: VaultClient, { token, endsAt }: OperatorSession): Promise<void> {
  try {
    const answer = await vault.put('auth/token/revoke-self', {}, token);
    if (answer.ok) return;
    say(io, `The token of this command was not revoked (${answer.status} ${answer.reason}); it stays valid until ${endsAt.toISOString()}.`);
  } catch (error) {
    say(io, `The token of this command was not revoked (${toMessage(error, mask)}); it stays valid until ${endsAt.toISOString()}.`);
  }
}

/** The work's end, or Ctrl-C. @throws Interrupted */
export async function untilInterrupted<T>({ interrupted }: Pick<Io, 'interrupted'>, work: Promise<T>): Promise<T> {
  const gaveUp = new Promise<never>((_, reject) => {
    if (interrupted.aborted) reject(new Interrupted());
    else interrupted.addEventListener('abort', () => reject(new Interrupted()), { once: true });
  });
  // Whichever comes second is nobody's any more.
  for (const each of [work, gaveUp]) each.catch(() => undefined);
  return Promise.race([work, gaveUp]);
}
