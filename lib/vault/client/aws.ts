import { Hash } from '@smithy/hash-node';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { ConfigurationError, type Mask } from './errors';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Credentials of the Lambda's execution role, as the runtime puts them into the environment. */
export function credentialsFromEnvironment(env: NodeJS.ProcessEnv, mask: Mask): AwsCredentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = env;
  if (!accessKeyId || !secretAccessKey) {
    throw new ConfigurationError('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set: this handler runs as a Lambda function with an execution role.');
  }
  for (const secret of [accessKeyId, secretAccessKey, sessionToken]) mask.add(secret);
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

/** Signs requests for one of AWS's services (Signature Version 4). */
export const signer = (credentials: AwsCredentials, service: string, region: string) =>
  new SignatureV4({ credentials, service, region, sha256: Hash.bind(null, 'sha256') });

/** An API of AWS at an endpoint. */
export interface AwsApi {
  readonly url: URL;
  /** Name that the signature has to have: `iam`. */
  readonly service: string;
  /** Region that the signature has to have. */
  readonly region: string;
}

/** Headers of a POST to an API's root, with its signature. */
export async function signedPost(credentials: AwsCredentials, { url, service, region }: AwsApi, headers: Readonly<Record<string, string>>, body: string): Promise<Record<string, string>> {
  const { host, protocol } = url;
  const request = new HttpRequest({ method: 'POST', protocol, hostname: host, path: '/', headers: { host, ...headers }, body });
  return (await signer(credentials, service, region).sign(request)).headers;
}

const GET_CALLER_IDENTITY = 'Action=GetCallerIdentity&Version=2011-06-15';

/**
 * Bearer token that EKS understands: a presigned `sts:GetCallerIdentity` that names the cluster, good for some minutes.
 * Source: aws-iam-authenticator, "API Authorization from Outside a Cluster".
 * @param region the cluster's, which is the function's own: Vault's settings have no part in it.
 */
export async function eksToken(credentials: AwsCredentials, region: string, clusterName: string): Promise<string> {
  const host = `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  const presigned = await signer(credentials, 'sts', region).presign(
    new HttpRequest({
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host, 'x-k8s-aws-id': clusterName },
    }),
    { expiresIn: 60, unhoistableHeaders: new Set(['x-k8s-aws-id']) },
  );
  const query = Object.entries(presigned.query ?? {})
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`)
    .join('&');
  return `k8s-aws-v1.${Buffer.from(`https://${host}/?${query}`).toString('base64url')}`;
}

/**
 * Body of a login to Vault's aws auth method: a signed `sts:GetCallerIdentity` that Vault sends to STS by itself.
 * Without a role, Vault takes the one that is called as the IAM role. Source: Vault, "AWS auth method (API)", `/auth/aws/login`.
 */
export async function vaultLogin(
  credentials: AwsCredentials,
  login: { stsEndpoint: string; stsRegion: string; serverIdHeader: string; role?: string },
): Promise<Record<string, string>> {
  const url = new URL(`https://${new URL(login.stsEndpoint).host}`);
  const headers = await signedPost(
    credentials,
    { url, service: 'sts', region: login.stsRegion },
    { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', 'x-vault-aws-iam-server-id': login.serverIdHeader },
    GET_CALLER_IDENTITY,
  );
  const base64 = (value: string) => Buffer.from(value).toString('base64');
  return {
    ...(login.role === undefined ? {} : { role: login.role }),
    iam_http_request_method: 'POST',
    iam_request_url: base64(url.href),
    iam_request_body: base64(GET_CALLER_IDENTITY),
    iam_request_headers: base64(JSON.stringify(headers)),
  };
}
