import { isSettling } from '../../vault/client/answers';
import type { VaultAnswer } from '../../vault/client/answers';
import type { LoginToProve } from './properties';
import { Refused } from './refused';

/*
 * What Vault's refusals of Gloo's requests mean. Its words are those of 1.21 (builtin/credential/aws/path_login.go,
 * vault/router.go); what no row knows is shown as it is.
 */

export type Refusal = Extract<VaultAnswer, { readonly ok: false }>;

/** For whatever of Vault's configuration was changed by hand, but for what the configuration's own login rests on. */
const writeAgain = ({ owner }: LoginToProve) => `Deploy ${owner === undefined ? '' : `${owner} `}with another vault.revision, which writes it again.`;

const deployVault = ({ owner }: LoginToProve) => `Deploy ${owner === undefined ? 'the Vault stack' : `${owner}/Vault`}, then this one`;

const words = ({ status, reason }: Refusal, what: string) => `${what} was answered by Vault with ${status}${reason ? ` (${reason})` : ''}`;

/** @param role Vault's role, by the name of which Gloo logs in. */
export function loginRefused(refusal: Refusal, login: LoginToProve, role: string): Refused {
  const { mountPath, serverIdHeader, region, dnsSuffix } = login;
  const { reason } = refusal;
  const config = `auth/${mountPath}/config/client`;
  const putBack = (settings: string) => `${deployVault(login)}; if somebody changed it in Vault, by whose setting the configuration logs in as well, it takes a token: vault write ${config} ${settings}`;
  const mends: readonly (readonly [RegExp, string])[] = [
    [/X-Vault-AWS-IAM-Server-ID/i, `Gloo signs the server id "${serverIdHeader}", and ${config} has another; vault.auth.serverIdHeader feeds both. ${putBack(`iam_server_id_header_value=${serverIdHeader}`)}`],
    [/SignatureDoesNotMatch|valid region/, `Gloo's values have it sign for the region ${region}, and sts_endpoint and sts_region in ${config} are another's; the environment's region feeds all three. ${putBack(`sts_region=${region} sts_endpoint=https://sts.${region}.${dnsSuffix}`)}`],
    [/looking up full ARN|resolve ARN/, `Vault itself calls iam:GetRole here, for its role ${role} is bound by a wildcard: the service account "vault" needs eks.amazonaws.com/role-arn, its pod has to be younger than that, and the role needs the policy gloo-vault-auth-get-role-policy-* (guide row 19). The app binds by the unique id, which needs no such call. ${writeAgain(login)}`],
    [/entry for role .* not found/, `Gloo names no role, so Vault takes the one that is called as Gloo's IAM role, and auth/${mountPath} has none of that name. ${login.owner === undefined ? '' : `${login.owner}/Vault makes it, deployed from the same environments as this one, after the Identity stack. `}${writeAgain(login)}`],
    [/does not belong to the role/, `auth/${mountPath}/role/${role} is bound to another principal than Gloo's IAM role as it is now: that was made again and has another unique id, or somebody changed the binding. ${writeAgain(login)}`],
    [/not allowed for role/, `auth/${mountPath}/role/${role} is no role of type iam: vault delete auth/${mountPath}/role/${role}. ${writeAgain(login)}`],
    [/permission denied/, `So Vault answers where nothing is mounted at auth/${mountPath}, and where a role admits other addresses only: vault auth list shows the mounts; Gloo's is vault.auth.mountPath. ${deployVault(login)}.`],
    [/error making (upstream )?request/, "Vault's own request to STS failed: its pods need a way out to 443 (vault.networkPolicy, NAT, an endpoint)."],
  ];
  const mend = mends.find(([pattern]) => pattern.test(reason))?.[1] ?? `Compare auth/${mountPath}/role/${role} and ${config} with the environment. ${writeAgain(login)}`;
  return new Refused(words(refusal, `PUT auth/${mountPath}/login`), mend, isSettling(reason) ? 'settling' : undefined);
}

/** The configuration leaves keys of a role alone that it does not manage, and these are such. */
export function renewalRefused(refusal: Refusal, login: LoginToProve, role: string, policies: readonly string[]): Refused {
  const mend = policies.includes('default')
    ? "A batch token cannot be renewed: token_type of Gloo's role in Vault was changed."
    : `The token has no policy "default" (it has ${list(policies)}), which lets it renew itself; without, Gloo would log in again and again: token_no_default_policy of its role in Vault was changed.`;
  return new Refused(words(refusal, 'PUT auth/token/renew-self'), `${mend} Take the role away, vault delete auth/${login.mountPath}/role/${role}. ${writeAgain(login)}`);
}

export function listRefused(refusal: Refusal, path: string, login: LoginToProve, policies: readonly string[]): Refused {
  const said = words(refusal, `GET ${path}`);
  if (isSettling(refusal.reason)) return new Refused(said, 'A fresh mount takes some seconds.', 'settling');
  if (refusal.status === 404) return new Refused(said, `Nothing is mounted at ${login.pathPrefix}/: vault secrets list shows the mounts; Gloo's is vault.kv.mountPath. ${writeAgain(login)}`);
  return new Refused(said, deniedMend(login, policies));
}

/** @param missing `read on dev/data/…` */
export function capabilitiesMissing(missing: readonly string[], login: LoginToProve, policies: readonly string[]): Refused {
  return new Refused(`Vault says that the token may not ${missing.join(', nor ')}`, deniedMend(login, policies));
}

export function unexpected(refusal: Refusal, what: string): Refused {
  return new Refused(words(refusal, what), 'A token may do this by the policy "default": Gloo\'s role in Vault has to give it that, and vault policy read default shows whether somebody changed it.');
}

const deniedMend = (login: LoginToProve, policies: readonly string[]) =>
  `The token has the policies ${list(policies)}, and none allows it: compare them (vault policy read) with vault.policy and vault.kv.mountPath. ${writeAgain(login)}`;

const list = (names: readonly string[]) => names.join(', ') || 'none';
