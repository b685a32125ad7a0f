import type { Environment } from '../lib/environment/environment';
import type { AwsCredentials } from '../lib/vault/client/aws';
import { askByQuery } from '../lib/vault/client/aws-api';
import type { Mask } from '../lib/vault/client/errors';
import type { Http } from '../lib/vault/client/http';
import { stsEndpoint } from '../lib/vault/client/sts';
import { element } from '../lib/vault/client/xml';
import { refusal } from './aws-refusals';

/** The SDK wonders where a profile is named while AWS_ACCESS_KEY_ID is set: here the person just named it. */
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Who the person is to AWS. */
export interface AwsIdentity {
  readonly credentials: AwsCredentials;
  /** As STS says it: `arn:aws:sts::111122223333:assumed-role/Admin/me`. */
  readonly arn: string;
  /** What a setting names: the role of a session, without the path that STS does not show, or the user. */
  readonly principalArn: string;
}

export interface IdentityOptions {
  readonly aws: Http;
  readonly mask: Mask;
  readonly env: NodeJS.ProcessEnv;
  /** Where its STS is. */
  readonly environment: Pick<Environment, 'region' | 'partition'>;
  /** Profile of the AWS configuration. @default - the default credential chain */
  readonly profile?: string;
}

/**
 * The credentials of AWS's default chain, so that profiles and IAM Identity Center work, and whose they are.
 * @throws Error in words where there are none, or they have expired.
 */
export async function awsIdentity(options: IdentityOptions): Promise<AwsIdentity> {
  const { mask, profile } = options;
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  const found = await fromNodeProviderChain(profile === undefined ? {} : { profile, logger: SILENT })().catch((error: unknown) => {
    throw refusal('the default credential chain', error, profile);
  });
  const { accessKeyId, secretAccessKey, sessionToken } = found;
  for (const secret of [accessKeyId, secretAccessKey, sessionToken]) mask.add(secret);
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  const arn = await callerArn(options, credentials);
  return { credentials, arn, principalArn: principalOf(arn) };
}

/** `arn:aws:iam::111122223333:role/Admin` of a session's ARN; a user's is its own. */
export function principalOf(callerArn: string): string {
  return callerArn.replace(/^arn:(aws[\w-]*):sts::(\d{12}):assumed-role\/([^/]+)\/.*$/, 'arn:$1:iam::$2:role/$3');
}

/** `sts:GetCallerIdentity`, which needs no permission. */
async function callerArn({ aws, env, environment, profile }: IdentityOptions, credentials: AwsCredentials): Promise<string> {
  const { region, partition } = environment;
  const url = new URL(stsEndpoint(region, partition.dnsSuffix, env));
  const parameters = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
  const answer = await askByQuery(aws, credentials, { url, service: 'sts', region }, parameters).catch((error: unknown) => {
    throw refusal('sts:GetCallerIdentity', error, profile);
  });
  const arn = element(answer.body, 'Arn');
  if (answer.status === 200 && arn !== undefined) return arn;
  const code = element(answer.body, 'Code') ?? `HTTP ${answer.status}`;
  throw refusal('sts:GetCallerIdentity', Object.assign(new Error(element(answer.body, 'Message') ?? code), { name: code }), profile);
}
