import { z } from 'zod';
import { assetDirectory } from './cloudformation/asset-directory';
import type { DeployedResource, Deployment } from './cloudformation/deployment';
import type { LambdaFunction } from './lambda/invoke';

/** A function of the templates. */
export interface DeployedFunction extends LambdaFunction {
  readonly name: string;
  readonly roleName: string;
}

const functionProperties = z.object({
  Handler: z.string(),
  Role: z.string(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()).default({}) }).default({ Variables: {} }),
});

const ruleProperties = z.object({ State: z.literal('ENABLED'), ScheduleExpression: z.string(), Targets: z.tuple([z.object({ Arn: z.string(), Input: z.string() })]) });

/** What a rule invokes, and with what. */
export function scheduled(deployment: Deployment, rule: string): { called: DeployedFunction; input: Readonly<Record<string, unknown>> } {
  const rules = deployment.ofType('AWS::Events::Rule');
  const found = rules.find(({ logicalId }) => logicalId.startsWith(rule));
  if (!found) throw new Error(`The templates have no rule ${rule}…; there are ${rules.map(({ logicalId }) => logicalId).join(', ') || 'none'}.`);
  const [{ Arn, Input }] = ruleProperties.parse(found.properties).Targets;
  return { called: functionOf(deployment, Arn, rule), input: JSON.parse(Input) as Record<string, unknown> };
}

/** The function behind a custom resource's service token, which belongs to CDK's provider framework. */
export function functionBehind(deployment: Deployment, resource: DeployedResource): DeployedFunction {
  const functions = deployment.ofType('AWS::Lambda::Function');
  const framework = functions.find(({ arn }) => arn === resource.properties.ServiceToken);
  const target = framework && functionProperties.parse(framework.properties).Environment.Variables.USER_ON_EVENT_FUNCTION_ARN;
  return functionOf(deployment, target, resource.logicalId);
}

function functionOf(deployment: Deployment, arn: string | undefined, caller: string): DeployedFunction {
  const found = deployment.ofType('AWS::Lambda::Function').find((each) => each.arn !== undefined && each.arn === arn);
  if (!found) throw new Error(`No Lambda function stands behind ${caller}.`);
  const { Handler, Role, Environment } = functionProperties.parse(found.properties);
  return {
    name: found.physicalId,
    assetDirectory: assetDirectory(deployment, found),
    handler: Handler,
    roleName: Role.split('/').pop() ?? '',
    environment: Environment.Variables,
  };
}
