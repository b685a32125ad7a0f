import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { join } from 'path';
import { acceptStackOfName } from '../../accepted-findings';
import { functionResource } from '../../vault/function-resource';
import { handlerCode } from '../../vault/handler-asset';
import { names } from '../names';
import { RESOURCE_TYPE, type AuthRoleGenerationProperties } from './properties';

export interface AuthRoleGenerationProps {
  readonly clusterName: string;
  readonly generations: readonly number[];
  /** Name of Gloo's stack, whose output says what Gloo logs in by. */
  readonly glooStack: string;
}

const FUNCTION_TIMEOUT = Duration.minutes(3);

/**
 * Guards the role that Gloo logs in by: the stack's update fails, with what to do, where `identity.generation` drops that
 * one. CloudFormation deletes a role only after every Update of the stack, so that nothing is lost then.
 */
export class AuthRoleGeneration extends Construct {
  constructor(scope: Construct, id: string, props: AuthRoleGenerationProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const role = new Role(this, 'Role', {
      roleName: names.gateRole(props.clusterName),
      description: 'Looks which generation of its auth role Gloo logs in by, before one is dropped',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    const logs = new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    const gloo = stack.formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${props.glooStack}/*` });
    const rights = new Policy(this, 'Rights', {
      roles: [role],
      statements: [
        new PolicyStatement({ sid: 'WriteOwnLogs', actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logs.logGroupArn] }),
        new PolicyStatement({ sid: 'ReadStackOfGloo', actions: ['cloudformation:DescribeStacks'], resources: [gloo] }),
        // Whether it is rolled back.
        new PolicyStatement({ sid: 'ReadOwnStack', actions: ['cloudformation:DescribeStacks'], resources: [stack.stackId] }),
      ],
    });
    acceptStackOfName(rights, gloo, "A stack's ARN ends in an id that it gets when it is made, which is after this one.");
    const fn = new LambdaFunction(this, 'Function', {
      description: `Guards the auth role of Gloo of ${props.clusterName}`,
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: handlerCode(join(__dirname, 'handler')),
      role: role.withoutPolicyUpdates(),
      logGroup: logs,
      loggingFormat: LoggingFormat.TEXT,
      timeout: FUNCTION_TIMEOUT,
    });
    fn.node.addDependency(rights);
    const properties: AuthRoleGenerationProperties = { glooStack: props.glooStack, generations: props.generations.map(String) };
    functionResource(this, {
      fn,
      type: RESOURCE_TYPE,
      properties,
      timeout: FUNCTION_TIMEOUT,
      needs: [rights],
    });
  }
}
