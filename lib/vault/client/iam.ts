import type { AwsCredentials } from './aws';
import { askByQuery } from './aws-api';
import { ConfigurationError, Setback } from './errors';
import { NoAnswer, type Http } from './http';
import { element } from './xml';

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

/** IAM has no such role, or has not heard of it yet. */
export class NoSuchRole extends Setback {}

/** Unique id of an IAM role. @throws as {@link getRole} */
export async function roleUniqueId(http: Http, credentials: AwsCredentials, roleArn: string, env: NodeJS.ProcessEnv): Promise<string> {
  return (await getRole(http, credentials, roleArn, env)).id;
}

/**
 * Reads an IAM role. `AWS_ENDPOINT_URL_IAM` moves the endpoint, as in every AWS SDK.
 * @throws NoSuchRole
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
  const parameters = { Action: 'GetRole', RoleName: roleName, Version: '2010-05-08' };
  const answer = await askByQuery(http, credentials, { url, service: 'iam', region: endpoint.region }, parameters).catch((error: unknown) => {
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
    throw new NoSuchRole('settling', `${what}: the role does not exist. The Identity stack makes it; deploy it, then this stack again.`);
  }
  if (answer.status === 403) {
    throw new Setback('settling', `${what}: the function's execution role may not read it. Its policy, in the function's stack, names this role; check that nothing (a permission boundary, an SCP) takes it away.`);
  }
  throw new Setback('passing', `${what}.`);
}
