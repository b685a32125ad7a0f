import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DiffRole } from './diff-role';
import type { DiffRoleInput } from './input';
import { diffRoleStackName } from './names';

/** The role of one account, in a stack of its own: it belongs to no environment, and goes with none. It reads itself too. */
export class DiffRoleStack extends Stack {
  /** @param stacks of all environments; those of other accounts are none of its business. */
  constructor(scope: Construct, input: DiffRoleInput, stacks: readonly Stack[]) {
    super(scope, diffRoleStackName(input.account), { env: { account: input.account, region: input.region } });
    new DiffRole(this, 'DiffRole', { ...input, stacks: [...stacks.filter(({ account }) => account === input.account), this] });
  }
}
