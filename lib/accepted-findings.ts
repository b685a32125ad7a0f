import { Stack, Validations, type CfnElement } from 'aws-cdk-lib';
import type { KubectlProvider } from 'aws-cdk-lib/aws-eks-v2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';

/*
 * Findings of cdk-nag's AwsSolutions rules that are accepted, each on the construct that it is about, for the one
 * policy or resource that it names, with its reason. Metadata only: templates do not change by it.
 */

/** Accepts AWS-managed policies on one construct. */
export function acceptManagedPolicies(scope: IConstruct, reason: string, ...policies: string[]): void {
  for (const policy of policies) accept(scope, `IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`, reason);
}

/** Accepts `*` as a statement's resource. */
export function acceptAnyResource(scope: IConstruct, reason: string): void {
  accept(scope, 'IAM5[Resource::*]', reason);
}

/** CDK's provider framework: its role is CDK's own, and may invoke every version of the one function behind it. */
export function acceptProviderFramework(provider: IConstruct, fn: IConstruct): void {
  acceptManagedPolicies(
    provider,
    'The role of the provider framework is made by aws-cdk-lib.',
    'service-role/AWSLambdaBasicExecutionRole',
    'service-role/AWSLambdaVPCAccessExecutionRole',
  );
  const logicalId = Stack.of(fn).getLogicalId(fn.node.defaultChild as CfnElement);
  accept(provider, `IAM5[Resource::<${logicalId}.Arn>:*]`, 'All versions of the one function behind this provider: aws-cdk-lib grants it so.');
}

/** CDK's kubectl provider: role, runtime and framework are CDK's own. */
export function acceptKubectlProvider(provider: KubectlProvider): void {
  const { role } = provider;
  if (!role?.node.scope) return;
  const handler = provider.node.findChild('Handler');
  acceptManagedPolicies(
    role,
    'The role of the kubectl function is given these by aws-cdk-lib: logs, its network interfaces, charts in registries.',
    'service-role/AWSLambdaBasicExecutionRole',
    'service-role/AWSLambdaVPCAccessExecutionRole',
    'AmazonEC2ContainerRegistryReadOnly',
  );
  const publicRegistries = Stack.of(role).getLogicalId(role.node.scope.node.findChild('HasEcrPublic') as CfnElement);
  accept(
    role,
    `IAM4[Policy::{"Fn::If":["${publicRegistries}",{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":iam::aws:policy/AmazonElasticContainerRegistryPublicReadOnly"]]},{"Ref":"AWS::NoValue"}]}]`,
    'Given by aws-cdk-lib in partitions that have public registries.',
  );
  accept(handler, 'L1', 'The runtime of the kubectl function is chosen by aws-cdk-lib, for its layers.');
  acceptProviderFramework(provider.node.findChild('Provider'), handler);
}

/** Accepts a secret that nothing rotates. */
export function acceptNoRotation(secret: IConstruct, reason: string): void {
  accept(secret, 'SMG4', reason);
}

/** Accepts every object under a prefix as a statement's resource. */
export function acceptAnyObject(scope: IConstruct, bucket: IBucket, prefix: string, reason: string): void {
  const stack = Stack.of(bucket);
  const { defaultChild } = bucket.node;
  // The rule names what is in the template: a reference, or the ARN of a bucket that there is.
  const arn = defaultChild ? `<${stack.getLogicalId(defaultChild as CfnElement)}.Arn>` : String(stack.resolve(bucket.bucketArn));
  accept(scope, `IAM5[Resource::${arn}/${prefix}*]`, reason);
}

/** Accepts the stack of a name with whatever id it gets. @param arn that ends in `/*`. */
export function acceptStackOfName(scope: IConstruct, arn: string, reason: string): void {
  accept(scope, `IAM5[Resource::${String(Stack.of(scope).resolve(arn))}]`, reason);
}

/** Accepts a bucket whose requests S3 does not log. */
export function acceptNoAccessLog(bucket: IBucket, reason: string): void {
  accept(bucket, 'S1', reason);
}

function accept(scope: IConstruct, rule: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });
}
