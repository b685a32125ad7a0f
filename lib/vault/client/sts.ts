import type { AwsCredentials } from './aws';
import { beginning, Setback } from './errors';
import { NoAnswer, type Http } from './http';
import { element } from './xml';

/** STS's own word: credentials of the role, or why not. */
export type WebIdentityAnswer =
  | { readonly ok: true; readonly credentials: AwsCredentials }
  /** Code and message are AWS's: `InvalidIdentityToken`, `AccessDenied`, … */
  | { readonly ok: false; readonly code: string; readonly message: string };

const PASSING = /throttl|requestlimitexceeded|internalfailure|serviceunavailable|idpcommunicationerror|^HTTP 5/i;

/** STS of a region. `AWS_ENDPOINT_URL_STS` moves it, as in every AWS SDK. */
export function stsEndpoint(region: string, dnsSuffix: string, env: NodeJS.ProcessEnv): string {
  return env.AWS_ENDPOINT_URL_STS ?? `https://sts.${region}.${dnsSuffix}`;
}

/**
 * Changes a service account's token for credentials of a role, as the AWS SDK in a pod does. Needs no signature: the token
 * is the proof. Source: AWS STS API Reference, AssumeRoleWithWebIdentity.
 * @throws Setback where STS gives no answer, or none that lasts.
 */
export async function assumeRoleWithWebIdentity(
  http: Http,
  { roleArn, token, sessionName }: { readonly roleArn: string; readonly token: string; readonly sessionName: string },
  endpoint: string,
): Promise<WebIdentityAnswer> {
  const url = new URL(endpoint);
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    // The shortest that STS gives.
    DurationSeconds: '900',
    WebIdentityToken: token,
  }).toString();
  const answer = await http
    .send({ method: 'POST', url: url.href, headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, body })
    .catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error;
      throw new Setback('passing', `sts:AssumeRoleWithWebIdentity had no answer from ${url.host}: ${error.message}. Inside a VPC, the subnets need a way to STS (NAT or an endpoint).`);
    });
  const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name) => element(answer.body, name));
  if (answer.status === 200 && accessKeyId && secretAccessKey && sessionToken) {
    return { ok: true, credentials: { accessKeyId, secretAccessKey, sessionToken } };
  }
  const code = element(answer.body, 'Code') ?? `HTTP ${answer.status}`;
  const message = beginning((element(answer.body, 'Message') ?? '').replace(/[.\s]+$/, ''), 500);
  if (!PASSING.test(code) && code !== 'HTTP 200') return { ok: false, code, message };
  throw new Setback('passing', `sts:AssumeRoleWithWebIdentity was answered by ${url.host} with ${code}${message ? ` (${message})` : ''}.`);
}
