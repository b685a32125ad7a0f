import { CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import type { Construct, IDependable } from 'constructs';
import { acceptProviderFramework } from '../accepted-findings';

export interface FunctionResourceProps {
  readonly fn: IFunction;
  /** `Custom::…` */
  readonly type: string;
  /** Nothing secret: CDK's provider framework may log them. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The function's own. */
  readonly timeout: Duration;
  /** Without any one of these the function is refused, or has nothing to work with. */
  readonly needs: readonly IDependable[];
  /** @default Resource */
  readonly id?: string;
}

/** The custom resource of a function, behind CDK's provider framework: `Provider`, `ProviderLogs` and the resource itself in the scope. */
export function functionResource(scope: Construct, { fn, type, properties, timeout, needs, id = 'Resource' }: FunctionResourceProps): CustomResource {
  const provider = new Provider(scope, 'Provider', {
    onEventHandler: fn,
    logGroup: new LogGroup(scope, 'ProviderLogs', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
  });
  acceptProviderFramework(provider, fn);
  const resource = new CustomResource(scope, id, {
    resourceType: type,
    serviceToken: provider.serviceToken,
    // A lost answer would otherwise hang the stack for an hour.
    serviceTimeout: timeout.plus(Duration.minutes(1)),
    properties: { ...properties },
  });
  resource.node.addDependency(...needs);
  return resource;
}
