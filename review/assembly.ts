import { CloudAssembly, type CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import type { AppStack, Template } from './model';

/**
 * The stacks of a cloud assembly: those of each environment in the order of their deployment, then those of none.
 * @param directory `cdk.out`.
 * @throws where it is none.
 */
export function readAssembly(directory: string): readonly AppStack[] {
  const assembly = new CloudAssembly(directory);
  const stages = assembly.nestedAssemblies.flatMap(({ nestedAssembly, displayName, id }) =>
    nestedAssembly.stacks.map((stack) => appStack(displayName || id.replace(/^assembly-/, ''), stack)),
  );
  return [...stages, ...assembly.stacks.map((stack) => appStack(stack.stackName, stack))];
}

function appStack(environment: string, stack: CloudFormationStackArtifact): AppStack {
  const { account, region } = stack.environment;
  return { environment, name: stack.stackName, account, region, terminationProtection: stack.terminationProtection ?? false, template: stack.template as Template };
}
