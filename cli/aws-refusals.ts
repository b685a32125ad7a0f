import { joinOr } from '../lib/environment/words';

/** AWS refused one action, by its policies. */
export class Denied extends Error {
  override readonly name = 'Denied';

  /**
   * @param action `eks:DescribeCluster`
   * @param caller ARN of who asked, where AWS says it
   */
  constructor(
    readonly action: string,
    readonly caller: string | undefined,
  ) {
    super(`${caller ?? 'This identity'} may not ${action}; allow it in a policy of that role or user.`);
  }
}

/** Several refusals as one, so that one look at the policy mends them all. */
export function joinDenied(denied: readonly Denied[]): Error {
  const actions = [...new Set(denied.map(({ action }) => action))].sort();
  return new Error(`${denied.find(({ caller }) => caller !== undefined)?.caller ?? 'This identity'} may not ${joinOr(actions)}; allow ${actions.length === 1 ? 'it' : 'all of them'} in a policy of that role or user.`);
}

const DENIED = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation'];
const EXPIRED = ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired'];
const UNKNOWN = ['InvalidClientTokenId', 'UnrecognizedClientException', 'AuthFailure', 'InvalidSignatureException', 'SignatureDoesNotMatch'];

/**
 * An error of AWS's clients in words, with the mend. Others are given back as they are.
 * @param action what was asked: `eks:DescribeCluster`
 * @param profile of the AWS configuration, where one was named
 */
export function refusal(action: string, error: unknown, profile: string | undefined): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  const code = 'code' in error ? String(error.code) : '';
  const login = `aws sso login${profile === undefined ? '' : ` --profile ${profile}`}`;
  if (DENIED.includes(name)) return new Denied(action, /arn:[\w-]+:(?:iam|sts)::\d{12}:\S+/.exec(message)?.[0]);
  if (EXPIRED.includes(name) || (/Provider/.test(name) && /expired|refresh/i.test(message))) {
    return new Error(`The AWS credentials have expired (${action}); log in again, ${login} say.`);
  }
  if (UNKNOWN.includes(name)) return new Error(`AWS does not know the credentials that were found (${action}: ${name}); look at AWS_PROFILE and the AWS_* variables.`);
  if (/Provider/.test(name)) return new Error(`There are no AWS credentials: ${message.replace(/\.$/, '')}; log in (${login}) or name a --profile.`);
  if (/^E[A-Z]+$/.test(code) || name === 'TimeoutError') return new Error(`${action} had no answer (${code || name}); look at the region, the network and the proxy.`);
  return new Error(`${action}: ${message}`);
}
