import type { AwsCredentials } from '../../vault/client/aws';
import { askByJson } from '../../vault/client/aws-api';
import { Setback } from '../../vault/client/errors';
import { NoAnswer, type Http } from '../../vault/client/http';

/**
 * State of a KMS key: `Enabled`, `Disabled`, `PendingDeletion`, …, or `Deleted` where there is none (any more).
 * Asking KMS needs no CloudTrail trail, as an EventBridge rule on `ScheduleKeyDeletion` would, and sees a key that was
 * disabled as well. Source: AWS KMS API Reference, DescribeKey. `AWS_ENDPOINT_URL_KMS` moves the endpoint, as in every AWS SDK.
 * @throws Setback where KMS does not say.
 */
export async function keyState(http: Http, credentials: AwsCredentials, keyArn: string, env: NodeJS.ProcessEnv): Promise<string> {
  const [, partition, , region = ''] = keyArn.split(':');
  const url = new URL(env.AWS_ENDPOINT_URL_KMS ?? `https://kms.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`);
  const what = `kms:DescribeKey of ${keyArn}`;
  const answer = await askByJson(http, credentials, { url, service: 'kms', region }, 'TrentService.DescribeKey', { KeyId: keyArn }).catch((error: unknown) => {
    if (!(error instanceof NoAnswer)) throw error;
    throw new Setback('passing', `${what} had no answer from ${url.host}: ${error.message}. If the function runs in a VPC, its subnets need a way to KMS (NAT or an endpoint).`);
  });
  const state = answer.status === 200 ? /"KeyState"\s*:\s*"(\w+)"/.exec(answer.body)?.[1] : undefined;
  if (state) return state;
  const type = /"__type"\s*:\s*"(?:[^"]*#)?(\w+)"/.exec(answer.body)?.[1] ?? `HTTP ${answer.status}`;
  if (type === 'NotFoundException') return 'Deleted';
  throw new Setback('passing', `${what} was answered with ${type}. The function's execution role needs it on this key: check its policy, the key's, and that no permission boundary or SCP takes it away.`);
}
