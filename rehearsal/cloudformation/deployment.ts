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
  /** As `cloudformation:GetTemplate` gives it. */
  readonly templateBody: string;
  readonly terminationProtection: boolean;
}

/** A stage after `cdk deploy`, as far as the templates tell. */
export interface Deployment {
  /** Its name; of several in one account, all of theirs. */
  readonly stage: string;
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

/**
 * Stages of one account and region, seen as one.
 * @throws where two of them have a stack or a named resource in common.
 */
export function together(deployments: readonly [Deployment, ...Deployment[]]): Deployment {
  const [first, ...others] = deployments;
  if (others.length === 0) return first;
  const elsewhere = others.find(({ account, region }) => account !== first.account || region !== first.region);
  if (elsewhere) throw new Error(`${elsewhere.stage} is deployed to ${elsewhere.account}/${elsewhere.region}, and ${first.stage} to ${first.account}/${first.region}: they have no account in common here`);
  const resources = deployments.flatMap((each) => each.resources);
  const twice = (names: readonly string[]) => names.find((name, index) => names.indexOf(name) !== index);
  const taken = twice(deployments.flatMap(({ stacks }) => stacks.map(({ name }) => `stack ${name}`))) ?? twice(resources.filter(({ type }) => NAMED_TYPES.includes(type)).map(({ type, physicalId }) => `${type} ${physicalId}`));
  if (taken !== undefined) throw new Error(`${taken} is made by two of the stages ${deployments.map(({ stage }) => stage).join(', ')}`);
  return {
    ...first,
    stage: deployments.map(({ stage }) => stage).join(', '),
    stacks: deployments.flatMap(({ stacks }) => stacks),
    resources,
    outputs: Object.assign({}, ...deployments.map(({ outputs }) => outputs)) as Deployment['outputs'],
    ofType: (type) => resources.filter((resource) => resource.type === type),
  };
}

/** Types whose names are unique in an account. */
export const NAMED_TYPES: readonly string[] = ['AWS::IAM::Role', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::OIDCProvider', 'AWS::EKS::Cluster', 'AWS::Lambda::Function'];
