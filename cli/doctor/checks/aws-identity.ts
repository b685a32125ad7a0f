import type { Environment } from '../../../lib/environment/environment';
import { failure, ok, type Finding } from '../finding';
import type { AwsIdentity, Check } from '../ports';

export const awsIdentity: Check = {
  id: 'aws-identity',
  title: 'AWS identity',
  look: async ({ environment, identity }) => judgeIdentity(environment, await identity()),
};

export function judgeIdentity({ name, account, region }: Pick<Environment, 'name' | 'account' | 'region'>, { arn, account: own }: AwsIdentity): Finding {
  if (own === account) return ok(`${arn}, account of ${name}`);
  return failure(`${arn} is of account ${own}, and ${name} is in ${account} (${region})`, `Log in to AWS account ${account}, or name its profile: --profile NAME.`);
}
