import { Hash } from '@smithy/hash-node';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { ConfigurationError, Setback, type Mask } from './errors';
import { NoAnswer, type Http } from './http';
import { element } from './xml';

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
  const { host } = new URL(login.stsEndpoint);
  const signed = await signer(credentials, 'sts', login.stsRegion).sign(
    new HttpRequest({
      method: 'POST',
      protocol: 'https:',
      hostname: host,
      path: '/',
      headers: {
        host,
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'x-vault-aws-iam-server-id': login.serverIdHeader,
      },
      body: GET_CALLER_IDENTITY,
    }),
  );
  const base64 = (value: string) => Buffer.from(value).toString('base64');
  return {
    ...(login.role === undefined ? {} : { role: login.role }),
    iam_http_request_method: 'POST',
    iam_request_url: base64(`https://${host}/`),
    iam_request_body: base64(GET_CALLER_IDENTITY),
    iam_request_headers: base64(JSON.stringify(signed.headers)),
  };
}

/** IAM has one endpoint a partition, signed for one region. Source: AWS General Reference, "IAM endpoints". */
const IAM_ENDPOINTS: Record<string, { url: string; region: string }> = {
  aws: { url: 'https://iam.amazonaws.com', region: 'us-east-1' },
  'aws-cn': { url: 'https://iam.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' },
  'aws-us-gov': { url: 'https://iam.us-gov.amazonaws.com', region: 'us-gov-west-1' },
};

/** An IAM role, as `iam:GetRole` shows it. */
export interface IamRole {
  /** `AROA…`: what Vault stores in `bound_iam_principal_id`, other for a role made again. */
  readonly id: string;
  /** Its trust policy, a JSON document. */
  readonly trustPolicy: string;
}

/** Unique id of an IAM role. @throws as {@link getRole} */
export async function roleUniqueId(http: Http, credentials: AwsCredentials, roleArn: string, env: NodeJS.ProcessEnv): Promise<string> {
  return (await getRole(http, credentials, roleArn, env)).id;
}

/**
 * Reads an IAM role. `AWS_ENDPOINT_URL_IAM` moves the endpoint, as in every AWS SDK.
 * @throws Setback where IAM does not say.
 */
export async function getRole(http: Http, credentials: AwsCredentials, roleArn: string, env: NodeJS.ProcessEnv): Promise<IamRole> {
  const [, partition = '', , , , resource = ''] = roleArn.split(':');
  const roleName = resource.split('/').pop() ?? '';
  const endpoint = IAM_ENDPOINTS[partition];
  if (!endpoint || !resource.startsWith('role/')) {
    throw new ConfigurationError(`"${roleArn}" is no IAM role of the partitions ${Object.keys(IAM_ENDPOINTS).join(', ')}.`);
  }
  const url = new URL(env.AWS_ENDPOINT_URL_IAM ?? endpoint.url);
  const body = new URLSearchParams({ Action: 'GetRole', RoleName: roleName, Version: '2010-05-08' }).toString();
  const signed = await signer(credentials, 'iam', endpoint.region).sign(
    new HttpRequest({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.host,
      path: '/',
      headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body,
    }),
  );
  const answer = await http.send({ method: 'POST', url: url.href, headers: signed.headers, body }).catch((error: unknown) => {
    if (error instanceof NoAnswer) {
      throw new Setback('passing', `iam:GetRole of ${roleName} had no answer from ${url.host}: ${error.message}. If the function runs in a VPC, its subnets need a way to IAM (NAT or an endpoint).`);
    }
    throw error;
  });
  const id = element(answer.body, 'RoleId');
  if (answer.status === 200 && id) return { id, trustPolicy: decodeURIComponent(element(answer.body, 'AssumeRolePolicyDocument') ?? '') };
  const code = element(answer.body, 'Code') ?? `HTTP ${answer.status}`;
  const what = `iam:GetRole of ${roleName} was answered with ${code}`;
  if (answer.status === 404) {
    throw new Setback('settling', `${what}: the role does not exist. The Identity stack makes it; deploy it, then this stack again.`);
  }
  if (answer.status === 403) {
    throw new Setback('settling', `${what}: the function's execution role may not read it. Its policy, in the function's stack, names this role; check that nothing (a permission boundary, an SCP) takes it away.`);
  }
  throw new Setback('passing', `${what}.`);
}
