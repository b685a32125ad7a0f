import { stackId } from '../cloudformation/deployment';
import { authorize } from './authorize';
import type { IamStore } from './iam';
import { AwsError, type ServiceApi } from './protocol';
import { queryApi, refuseOthers, required } from './query-protocol';
import type { Session } from './sessions';
import type { Xml } from './xml';

/** CloudFormation's `DescribeStacks`, of one stack of the deployment. */
export function cloudFormationApi(iam: IamStore): ServiceApi {
  return queryApi({
    version: '2010-05-15',
    namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    signed: { DescribeStacks: (parameters, caller) => describeStacks(iam, parameters, caller) },
  });
}

/**
 * Permission is asked before existence; a stack that there is none of is asked for as one of any id.
 * @throws {AwsError} `AccessDenied` by the caller's policies or boundary, `ValidationError` where there is none.
 */
function describeStacks(iam: IamStore, parameters: URLSearchParams, caller: Session): Xml {
  refuseOthers(parameters, ['StackName']);
  const { deployment } = iam;
  const asked = required(parameters, 'StackName');
  const stack = deployment.stacks.find(({ name }) => name === asked || stackId(deployment, name) === asked);
  const resource = stack ? stackId(deployment, stack.name) : `arn:${iam.partition}:cloudformation:${iam.region}:${iam.account}:stack/${asked}/*`;
  const verdict = authorize(iam, { caller, action: 'cloudformation:DescribeStacks', resource, context: {}, resourcePolicy: undefined, iamPolicies: 'full' });
  if (!verdict.allowed) {
    throw new AwsError('AccessDenied', 403, `User: ${caller.arn} is not authorized to perform: cloudformation:DescribeStacks on resource: ${resource} ${verdict.because}`, verdict.detail);
  }
  if (!stack) throw new AwsError('ValidationError', 400, `Stack with id ${asked} does not exist`);
  const outputs = Object.entries(deployment.outputs[stack.name] ?? {}).map(([OutputKey, value]) => ({ OutputKey, OutputValue: typeof value === 'string' ? value : JSON.stringify(value) }));
  return { Stacks: { member: [{ StackId: resource, StackName: stack.name, StackStatus: stack.status, Outputs: { member: outputs } }] } };
}
