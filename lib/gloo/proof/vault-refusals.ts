import { isSettling } from '../../vault/client/answers';
import type { VaultAnswer } from '../../vault/client/answers';
import type { LoginToProve } from './properties';
import { Refused } from './refused';

/*
 * What Vault's refusals of Gloo's requests mean. Its words are those of 1.21 (builtin/credential/aws/path_login.go,
 * vault/router.go); what no row knows is shown as it is.
 */

export type Refusal = Extract<VaultAnswer, { readonly ok: false }>;

/** Whatever of Vault's configuration was changed by hand. */
const WRITE_AGAIN = 'deploy with another vault.revision, which writes it again';

const words = ({ status, reason }: Refusal, what: string) => `${what} was answered by Vault with ${status}${reason ? ` (${reason})` : ''}`;

/** @param role Vault's role, by the name of which Gloo logs in. */
export function loginRefused(refusal: Refusal, login: LoginToProve, role: string): Refused {
  const { mountPath, serverIdHeader, region } = login;
  const { reason } = refusal;
  const config = `auth/${mountPath}/config/client`;
  const mends: readonly (readonly [RegExp, string])[] = [
    [/X-Vault-AWS-IAM-Server-ID/i, `Gloo signs the server id "${serverIdHeader}", and ${config} wants another; vault.auth.serverIdHeader feeds both: ${WRITE_AGAIN}.`],
    [/SignatureDoesNotMatch|valid region/, `Gloo signs for the region ${region}, and Vault asks an STS of another: sts_endpoint and sts_region in ${config} have to be those of ${region}; ${WRITE_AGAIN}.`],
    [/looking up full ARN|resolve ARN/, `Vault itself calls iam:GetRole here, for its role ${role} is bound by a wildcard: the service account "vault" needs eks.amazonaws.com/role-arn, its pod has to be younger than that, and the role needs the policy gloo-vault-auth-get-role-policy-* (guide row 19). The app binds by the unique id, which needs no such call: ${WRITE_AGAIN}.`],
    [/entry for role .* not found/, `Gloo names no role, so Vault takes the one that is called as Gloo's IAM role, and auth/${mountPath} has none of that name: ${WRITE_AGAIN}.`],
    [/does not belong to the role/, `auth/${mountPath}/role/${role} is bound to another principal than Gloo's IAM role as it is now: that was made again and has another unique id, or somebody changed the binding. Either way, ${WRITE_AGAIN}.`],
    [/not allowed for role/, `auth/${mountPath}/role/${role} is no role of type iam: vault delete auth/${mountPath}/role/${role}, then ${WRITE_AGAIN}.`],
    [/permission denied/, `So Vault answers where nothing is mounted at auth/${mountPath}, and where a role admits other addresses only: vault auth list shows the mounts; Gloo's is vault.auth.mountPath, and ${WRITE_AGAIN}.`],
    [/error making (upstream )?request/, "Vault's own request to STS failed: its pods need a way out to 443 (vault.networkPolicy, NAT, an endpoint)."],
  ];
  const mend = mends.find(([pattern]) => pattern.test(reason))?.[1] ?? `Compare auth/${mountPath}/role/${role} and ${config} with the environment, or ${WRITE_AGAIN}.`;
  return new Refused(words(refusal, `PUT auth/${mountPath}/login`), mend, isSettling(reason) ? 'settling' : undefined);
}

export function renewalRefused(refusal: Refusal, policies: readonly string[]): Refused {
  const mend = policies.includes('default')
    ? `A batch token cannot be renewed: token_type of Gloo's role in Vault has to be a service token's; ${WRITE_AGAIN}.`
    : `The token has no policy "default" (it has ${list(policies)}), which lets it renew itself; without, Gloo would log in again and again. token_no_default_policy of Gloo's role in Vault has to be false: ${WRITE_AGAIN}.`;
  return new Refused(words(refusal, 'PUT auth/token/renew-self'), mend);
}

export function listRefused(refusal: Refusal, path: string, login: LoginToProve, policies: readonly string[]): Refused {
  const said = words(refusal, `GET ${path}`);
  if (isSettling(refusal.reason)) return new Refused(said, 'A fresh mount takes some seconds.', 'settling');
  if (refusal.status === 404) return new Refused(said, `Nothing is mounted at ${login.pathPrefix}/: vault secrets list shows the mounts; Gloo's is vault.kv.mountPath, and ${WRITE_AGAIN}.`);
  return new Refused(said, deniedMend(policies));
}

/** @param missing `read on dev/data/…` */
export function capabilitiesMissing(missing: readonly string[], policies: readonly string[]): Refused {
  return new Refused(`Vault says that the token may not ${missing.join(', nor ')}`, deniedMend(policies));
}

export function unexpected(refusal: Refusal, what: string): Refused {
  return new Refused(words(refusal, what), `Gloo's token may do this by Vault's policy "default": was that changed? vault policy read default`);
}

const deniedMend = (policies: readonly string[]) =>
  `The token has the policies ${list(policies)}, and none allows it: compare them (vault policy read) with vault.policy and vault.kv.mountPath; ${WRITE_AGAIN}.`;

const list = (names: readonly string[]) => names.join(', ') || 'none';
