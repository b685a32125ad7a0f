import { tokenOf, type VaultAnswer } from '../../vault/client/answers';
import { vaultLogin, type AwsCredentials } from '../../vault/client/aws';
import { Setback, type Mask } from '../../vault/client/errors';
import type { Http } from '../../vault/client/http';
import { getRole } from '../../vault/client/iam';
import { assumeRoleWithWebIdentity, stsEndpoint } from '../../vault/client/sts';
import type { VaultClient } from '../../vault/client/vault-client';
import type { LoginToProve } from './properties';
import { atHop, Refused, type HopName } from './refused';
import type { ServiceAccountTokens } from './service-account-tokens';
import { claimsOf, trustFaults, type Claims, type TrustFault } from './trust';
import { capabilitiesMissing, listRefused, loginRefused, renewalRefused, unexpected } from './vault-refusals';

/** What the hops need of the world. */
export interface HopPorts {
  readonly tokens: ServiceAccountTokens;
  /** AWS's own endpoints. */
  readonly aws: Http;
  /** `AWS_ENDPOINT_URL_STS` and `AWS_ENDPOINT_URL_IAM` move them. */
  readonly env: NodeJS.ProcessEnv;
  /** For `iam:GetRole` alone, where the trust policy refuses. */
  readonly credentials: AwsCredentials;
  readonly vault: VaultClient;
  readonly mask: Mask;
}

/** What was got at a hop, and what to tell of it. */
type Passed<T> = readonly [got: T, said: string];

interface VaultToken {
  readonly token: string;
  readonly policies: readonly string[];
}

/** In CloudTrail, the session by which the proof's requests are told from Gloo's. */
const SESSION_NAME = 'gloo-login-proof';

/**
 * Goes the whole way that Gloo goes, from its service account's token to its secrets, and revokes the token that it got.
 * It writes nothing under Gloo's prefix: a value that comes and goes there can fail a running Gloo's whole list.
 * @param onHop told of each hop that came off.
 * @throws HopFailure at the first that did not, HopSetback where it may the next time.
 */
export async function proveLogin(ports: HopPorts, login: LoginToProve, onHop: (hop: HopName, said: string) => void): Promise<void> {
  const hop = async <T>(name: HopName, go: () => Promise<Passed<T>>): Promise<T> => {
    try {
      const [got, said] = await go();
      onHop(name, said);
      return got;
    } catch (error) {
      throw atHop(name, login, error);
    }
  };
  const token = await hop('service account token', () => serviceAccountToken(ports, login));
  const credentials = await hop('web identity', () => webIdentity(ports, login, token));
  const session = await hop('login', () => logIn(ports, login, credentials));
  try {
    await hop('renewal', () => renew(ports, login, session));
    await hop('list', () => listSecrets(ports, login, session));
    await hop('capabilities', () => askCapabilities(ports, login, session));
  } catch (error) {
    // The first failure is the one to tell of, and the other beside it.
    await revoke(ports, session).catch((second: Error) => {
      if (error instanceof Error) error.message += ` The token could not be revoked either, and ends by itself: ${second.message}`;
    });
    throw error;
  }
  await hop('revocation', () => revoke(ports, session));
}

async function serviceAccountToken({ tokens, mask }: HopPorts, { namespace, serviceAccount }: LoginToProve): Promise<Passed<string>> {
  const token = await tokens.issue(namespace, serviceAccount);
  mask.add(token);
  const { iss, sub, aud } = claimsOf(token);
  return [token, `iss ${iss}, sub ${sub}, aud ${aud.join(', ')}`];
}

async function webIdentity(ports: HopPorts, { roleArn, podRegion, dnsSuffix }: LoginToProve, token: string): Promise<Passed<AwsCredentials>> {
  const { aws, env, mask } = ports;
  const answer = await assumeRoleWithWebIdentity(aws, { roleArn, token, sessionName: SESSION_NAME }, stsEndpoint(podRegion, dnsSuffix, env));
  if (answer.ok) {
    const { accessKeyId, secretAccessKey, sessionToken } = answer.credentials;
    for (const secret of [accessKeyId, secretAccessKey, sessionToken]) mask.add(secret);
    return [answer.credentials, `STS gave ${roleArn}`];
  }
  const claims = claimsOf(token);
  const said = `STS refused ${roleArn} with ${answer.code}${answer.message ? ` (${answer.message})` : ''}`;
  if (answer.code !== 'AccessDenied') throw new Refused(said, providerMend(answer.message, claims), 'settling');
  throw await untrusted(ports, said, roleArn, claims);
}

/** What STS keeps to itself: which part of the trust policy refuses, or that there is no such role. */
async function untrusted({ aws, credentials, env }: HopPorts, said: string, roleArn: string, claims: Claims): Promise<Refused> {
  const role = await getRole(aws, credentials, roleArn, env).catch((error: unknown) => {
    throw error instanceof Setback ? new Refused(said, error.message, error.awaiting) : error;
  });
  const faults = trustFaults(role.trustPolicy, claims);
  if (faults.length === 0) {
    return new Refused(said, `The trust policy of ${nameOf(roleArn)}, as IAM has it, admits this token: a change that has not spread passes by itself; if it stays, an explicit Deny stands in it or in a service control policy.`, 'settling');
  }
  // What IAM itself shows is no delay.
  return new Refused(said, `Its trust policy does not admit Gloo's token: ${faults.map(inWords).join('; ')}. The Identity stack writes it, from gloo.namespace, gloo.discovery and the cluster's issuer: deploy that, then this stack again.`);
}

const nameOf = (roleArn: string) => roleArn.split('/').pop() ?? '';

const inWords = ({ key, wanted, got }: TrustFault) => `${key} wants ${quoted(wanted)}, and the token has ${quoted(got)}`;
const quoted = (values: readonly string[]) => values.map((value) => `"${value}"`).join(' or ') || 'none';

function providerMend(message: string, { iss, aud }: Claims): string {
  if (/audience/i.test(message)) return `The OIDC provider of ${iss} in IAM has to list the audience "${aud.join(', ')}" among its client ids: aws iam get-open-id-connect-provider shows them.`;
  return (
    `IAM needs an OIDC provider for exactly the issuer of the cluster's tokens, ${iss}: aws iam list-open-id-connect-providers shows those there are. ` +
    'The Cluster stack makes it; for an imported cluster, cluster.import.oidcProviderArn or oidcIssuer has to be what aws eks describe-cluster --query cluster.identity.oidc.issuer prints.'
  );
}

/** As Gloo's client does: it names no role, and signs for the region in its values. */
async function logIn({ vault, mask }: HopPorts, login: LoginToProve, credentials: AwsCredentials): Promise<Passed<VaultToken>> {
  const { mountPath, serverIdHeader, region, dnsSuffix, roleArn } = login;
  const payload = await vaultLogin(credentials, { stsEndpoint: `https://sts.${region}.${dnsSuffix}`, stsRegion: region, serverIdHeader });
  mask.add(payload.iam_request_headers);
  const answer = await vault.put(`auth/${mountPath}/login`, payload);
  if (!answer.ok) throw loginRefused(answer, login, nameOf(roleArn));
  const { token_policies: policies = [], lease_duration: lease } = (answer.body.auth ?? {}) as { token_policies?: string[]; lease_duration?: number };
  const token = tokenOf(answer.body);
  if (token === undefined) throw new Setback('passing', `PUT auth/${mountPath}/login was answered without a token. Something else answers for Vault.`);
  mask.add(token);
  return [{ token, policies }, `a token of ${String(lease)} s with the policies ${policies.join(', ')}`];
}

async function renew({ vault }: HopPorts, login: LoginToProve, { token, policies }: VaultToken): Promise<Passed<undefined>> {
  const answer = await vault.put('auth/token/renew-self', {}, token);
  if (!answer.ok) throw renewalRefused(answer, login, nameOf(login.roleArn), policies);
  return [undefined, 'the token renews itself'];
}

const SECRETS = 'gloo/gloo.solo.io/v1/Secret';

/** An empty list is Vault's 404 without a word. */
async function listSecrets({ vault }: HopPorts, login: LoginToProve, { token, policies }: VaultToken): Promise<Passed<undefined>> {
  const path = `${login.pathPrefix}/metadata/${SECRETS}/${login.namespace}/`;
  const answer = await vault.get(`${path}?list=true`, token);
  if (!answer.ok && (answer.status !== 404 || answer.reason !== '')) throw listRefused(answer, path, login, policies);
  return [undefined, `${answer.ok ? keysOf(answer) : 0} secrets at ${path}`];
}

const keysOf = ({ body }: Extract<VaultAnswer, { readonly ok: true }>) => ((body.data as { keys?: unknown[] } | undefined)?.keys ?? []).length;

/** What Gloo will need and nothing here can try, for there may be no secret yet. */
async function askCapabilities({ vault }: HopPorts, login: LoginToProve, { token, policies }: VaultToken): Promise<Passed<undefined>> {
  const { pathPrefix, namespace } = login;
  const needed: readonly (readonly [path: string, capability: string])[] = [
    [`${pathPrefix}/metadata/${SECRETS}/${namespace}/`, 'list'],
    [`${pathPrefix}/data/${SECRETS}/${namespace}/any`, 'read'],
  ];
  const answer = await vault.put('sys/capabilities-self', { paths: needed.map(([path]) => path) }, token);
  if (!answer.ok) throw unexpected(answer, 'PUT sys/capabilities-self');
  const has = (path: string) => [answer.body[path]].flat();
  const missing = needed.filter(([path, capability]) => !has(path).includes(capability) && !has(path).includes('root'));
  if (missing.length > 0) throw capabilitiesMissing(missing.map(([path, capability]) => `${capability} ${path}`), login, policies);
  return [undefined, needed.map(([path, capability]) => `${capability} on ${path}`).join(', ')];
}

async function revoke({ vault }: HopPorts, { token }: VaultToken): Promise<Passed<undefined>> {
  const answer = await vault.put('auth/token/revoke-self', {}, token);
  if (answer.ok) return [undefined, 'the token is revoked'];
  // It is stored nowhere, and ends by itself.
  if (/batch tokens/.test(answer.reason)) return [undefined, 'a batch token needs no revocation'];
  throw unexpected(answer, 'PUT auth/token/revoke-self');
}
