import type { Partition } from '../../lib/environment/environment';
import type { Json, JsonObject } from './template';

/** A resource as CloudFormation would have made it. */
export interface DeployedResource {
  /** The stack's name in CloudFormation. */
  readonly stack: string;
  readonly logicalId: string;
  /** `AWS::IAM::Role`. */
  readonly type: string;
  /** Every intrinsic resolved. */
  readonly properties: JsonObject;
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** Only for the types whose ARN matters here. */
  readonly arn?: string;
  /** Logical ids of those in its stack that it refers to or names in DependsOn. */
  readonly needs: readonly string[];
  /** Whether its template keeps it when the stack goes. */
  readonly kept: boolean;
}

/** As `cloudformation:DescribeStacks` says it. */
export type StackStatus = 'CREATE_COMPLETE' | 'UPDATE_IN_PROGRESS' | 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' | 'UPDATE_COMPLETE' | 'UPDATE_ROLLBACK_IN_PROGRESS' | 'UPDATE_ROLLBACK_COMPLETE' | 'DELETE_IN_PROGRESS' | 'DELETE_FAILED' | 'DELETE_COMPLETE';

export interface DeployedStack {
  readonly name: string;
  readonly status: StackStatus;
  /** Paths of its asset manifests (`*.assets.json`). */
  readonly assetManifests: readonly string[];
}

/** A stage after `cdk deploy`, as far as the templates tell. */
export interface Deployment {
  readonly account: string;
  readonly region: string;
  readonly partition: Partition;
  /** In the order in which they were deployed. */
  readonly stacks: readonly DeployedStack[];
  /** In the order in which they were made. */
  readonly resources: readonly DeployedResource[];
  /** By stack name, then by the output's logical id. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  /** The resources of one type, `AWS::IAM::Role`. */
  ofType(type: string): readonly DeployedResource[];
}

/** ARN of a stack, as the pseudo parameter `AWS::StackId` has it. */
export function stackId({ partition, region, account }: Deployment, name: string): string {
  return `arn:${partition.name}:cloudformation:${region}:${account}:stack/${name}/00000000-0000-0000-0000-000000000000`;
}
