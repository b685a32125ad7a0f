import { stackId, type DeployedStack } from '../cloudformation/deployment';
import { authorize } from './authorize';
import type { IamStore } from './iam';
import { AwsError, type ServiceApi } from './protocol';
import { queryApi, refuseOthers, required } from './query-protocol';
import type { Session } from './sessions';
import type { Xml } from './xml';

/** CloudFormation's `DescribeStacks` and `GetTemplate`, of one stack of the deployment. What writes is refused by policy, or not modelled. */
export function cloudFormationApi(iam: IamStore): ServiceApi {
  const denied = (action: string) => (parameters: URLSearchParams, caller: Session): Xml => {
    allowedStack(iam, action, parameters, caller);
    throw new AwsError('InternalFailure', 501, `${action} is not modelled here`);
  };
  return queryApi({
    version: '2010-05-15',
    namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    signed: {
      DescribeStacks: (parameters, caller) => describeStacks(iam, parameters, caller),
      GetTemplate: (parameters, caller) => getTemplate(iam, parameters, caller),
      CreateChangeSet: denied('cloudformation:CreateChangeSet'),
      UpdateStack: denied('cloudformation:UpdateStack'),
      DeleteStack: denied('cloudformation:DeleteStack'),
    },
  });
}

/** @throws {AwsError} `AccessDenied` by the caller's policies or boundary, `ValidationError` where there is none. */
function describeStacks(iam: IamStore, parameters: URLSearchParams, caller: Session): Xml {
  refuseOthers(parameters, ['StackName']);
  const { stack, id } = existing(allowedStack(iam, 'cloudformation:DescribeStacks', parameters, caller));
  const outputs = Object.entries(iam.deployment.outputs[stack.name] ?? {}).map(([OutputKey, value]) => ({ OutputKey, OutputValue: typeof value === 'string' ? value : JSON.stringify(value) }));
  return { Stacks: { member: [{ StackId: id, StackName: stack.name, StackStatus: stack.status, EnableTerminationProtection: stack.terminationProtection, Outputs: { member: outputs } }] } };
}

/** The template as it was given, which for one without transforms is the processed one too. @throws as {@link describeStacks} */
function getTemplate(iam: IamStore, parameters: URLSearchParams, caller: Session): Xml {
  refuseOthers(parameters, ['StackName', 'TemplateStage']);
  const { stack } = existing(allowedStack(iam, 'cloudformation:GetTemplate', parameters, caller));
  return { TemplateBody: stack.templateBody, StagesAvailable: { member: ['Original', 'Processed'] } };
}

interface Asked {
  readonly asked: string;
  readonly stack: DeployedStack | undefined;
  readonly id: string;
}

/** Permission is asked before existence; a stack that there is none of is asked for as one of any id. */
function allowedStack(iam: IamStore, action: string, parameters: URLSearchParams, caller: Session): Asked {
  const { deployment } = iam;
  const asked = required(parameters, 'StackName');
  const stack = deployment.stacks.find(({ name }) => name === asked || stackId(deployment, name) === asked);
  const id = stack ? stackId(deployment, stack.name) : `arn:${iam.partition}:cloudformation:${iam.region}:${iam.account}:stack/${asked}/*`;
  const verdict = authorize(iam, { caller, action, resource: id, context: {}, resourcePolicy: undefined, iamPolicies: 'full' });
  if (!verdict.allowed) throw new AwsError('AccessDenied', 403, `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${id} ${verdict.because}`, verdict.detail);
  return { asked, stack, id };
}

function existing({ asked, stack, id }: Asked): { readonly stack: DeployedStack; readonly id: string } {
  if (!stack) throw new AwsError('ValidationError', 400, `Stack with id ${asked} does not exist`);
  return { stack, id };
}
