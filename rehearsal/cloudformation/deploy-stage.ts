import { partitionOf } from '../aws/partition';
import { readStage, type SynthesizedStack } from './assembly';
import { NAMED_TYPES, type DeployedResource, type Deployment } from './deployment';
import { creationOrder } from './creation-order';
import { referencesIn, resolve, resolveCondition, resolveEntries, type Scope } from './intrinsics';
import { makeResource, type ClusterAttributes, type Made } from './resource-types';
import type { Json, JsonObject } from './template';

export interface DeployOptions {
  /** The cloud assembly, `cdk.out`. */
  readonly assemblyDir: string;
  readonly stageName: string;
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
  readonly attributes: {
    /** Needed when a stack makes a cluster. */
    readonly cluster?: ClusterAttributes;
    /** Template parameters by logical id, instead of their defaults; needed for those that SSM would give. */
    readonly parameters?: Readonly<Record<string, string>>;
  };
}

/** What the stacks deployed so far have left for those that follow. */
interface Ground {
  readonly options: DeployOptions;
  readonly outputs: Record<string, JsonObject>;
  readonly exports: Map<string, Json>;
  /** Who has a name, by type and physical id: names are unique in an account. */
  readonly names: Map<string, string>;
}

// CDK's bootstrap stack writes its version there; a `Rule` compares it, nothing else reads it.
const BOOTSTRAP_VERSION = /^\/cdk-bootstrap\/[^/]+\/version$/;

/**
 * Does what CloudFormation would make of a stage's templates, without AWS: resources in the order of their references,
 * every intrinsic resolved, names and ARNs as AWS gives them.
 * @throws naming stack, logical id and intrinsic for whatever cannot be resolved.
 */
export function deployStage(options: DeployOptions): Deployment {
  const { assemblyDir, stageName, account, region } = options;
  const partition = partitionOf(region);
  const ground: Ground = { options, outputs: {}, exports: new Map(), names: new Map() };
  const stacks = readStage(assemblyDir, stageName);
  const resources = stacks.flatMap((stack) => deployStack(stack, ground));
  return {
    stage: stageName,
    account,
    region,
    partition,
    stacks: stacks.map(({ name, assetManifests, templateBody, terminationProtection }) => ({ name, status: 'CREATE_COMPLETE', assetManifests, templateBody, terminationProtection })),
    resources,
    outputs: ground.outputs,
    ofType: (type) => resources.filter((resource) => resource.type === type),
  };
}

function deployStack(stack: SynthesizedStack, ground: Ground): DeployedResource[] {
  const { name, template, environment } = stack;
  const { account, region, attributes } = ground.options;
  checkEnvironment(name, environment, ground.options);
  const made = new Map<string, Made>();
  const scopeOf = (where: string) => scope(stack, where, made, ground);
  const stackScope = scopeOf(`stack ${name}`);
  const wanted = Object.entries(template.Resources).filter(([, { Condition }]) => Condition === undefined || stackScope.condition(Condition));

  const resources = creationOrder(name, new Map(wanted)).map(([logicalId, { Type: type, Properties, DependsOn, DeletionPolicy }]): DeployedResource => {
    const properties = resolveEntries(Properties, scopeOf(`stack ${name}, resource ${logicalId}`));
    const resource = makeResource({
      stack: name,
      logicalId,
      type,
      properties,
      account,
      region,
      partition: partitionOf(region),
      cluster: attributes.cluster,
    });
    claimName(ground, `stack ${name}, resource ${logicalId}`, type, resource.physicalId);
    made.set(logicalId, resource);
    const { physicalId, arn } = resource;
    const needs = [...new Set([...DependsOn, ...referencesIn(Properties)])].filter((needed) => made.has(needed) && needed !== logicalId);
    return { stack: name, logicalId, type, properties, physicalId, ...(arn === undefined ? {} : { arn }), needs, kept: DeletionPolicy !== 'Delete' };
  });
  ground.outputs[name] = outputsOf(stack, scopeOf, ground);
  return resources;
}

function outputsOf({ name, template }: SynthesizedStack, scopeOf: (where: string) => Scope, { exports }: Ground): JsonObject {
  const outputs: JsonObject = {};
  for (const [logicalId, { Value, Export, Condition }] of Object.entries(template.Outputs)) {
    const outputScope = scopeOf(`stack ${name}, output ${logicalId}`);
    if (Condition !== undefined && !outputScope.condition(Condition)) {
      continue;
    }
    const value = resolve(Value, outputScope);
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new Error(`${outputScope.where}: its value has to be a text, it is ${JSON.stringify(value)}`);
    }
    outputs[logicalId] = value;
    const exportName = Export === undefined ? undefined : resolve(Export.Name, outputScope);
    if (typeof exportName === 'string') {
      if (exports.has(exportName)) {
        throw new Error(`${outputScope.where}: the export "${exportName}" exists already`);
      }
      exports.set(exportName, value);
    }
  }
  return outputs;
}

function scope(stack: SynthesizedStack, where: string, made: ReadonlyMap<string, Made>, ground: Ground): Scope {
  const { name: stackName, template } = stack;
  const { account, region } = ground.options;
  const { name: partition, dnsSuffix } = partitionOf(region);
  const pseudoParameters: Readonly<Record<string, Json | undefined>> = {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::Partition': partition,
    'AWS::URLSuffix': dnsSuffix,
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:${partition}:cloudformation:${region}:${account}:stack/${stackName}/00000000-0000-0000-0000-000000000000`,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': undefined,
  };
  const fail = (intrinsic: string, words: string) => new Error(`${where}: ${intrinsic}: ${words}`);
  const resourceOf = (intrinsic: string, logicalId: string): Made => {
    const resource = made.get(logicalId);
    if (resource === undefined) {
      throw fail(intrinsic, `"${logicalId}" is no parameter and no resource that this stack makes`);
    }
    return resource;
  };
  const self: Scope = {
    where,
    ref: (name) => {
      if (Object.hasOwn(pseudoParameters, name)) {
        return pseudoParameters[name];
      }
      return Object.hasOwn(template.Parameters, name) ? parameter(stack, name, ground, fail) : resourceOf('Ref', name).physicalId;
    },
    attribute: (logicalId, name) => {
      const resource = resourceOf('Fn::GetAtt', logicalId);
      try {
        return resource.attribute(name);
      } catch (error) {
        throw fail('Fn::GetAtt', `${logicalId}: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    condition: (name) => {
      const condition = Object.hasOwn(template.Conditions, name) ? template.Conditions[name] : undefined;
      if (condition === undefined) {
        throw fail('Condition', `there is no condition "${name}"`);
      }
      return resolveCondition(condition, self);
    },
    mapping: (map, top, second) => {
      const value = template.Mappings[map]?.[top]?.[second];
      if (value === undefined) {
        throw fail('Fn::FindInMap', `there is no ${map}.${top}.${second}`);
      }
      return value;
    },
    importValue: (exportName) => {
      const value = ground.exports.get(exportName);
      if (value === undefined) {
        throw fail('Fn::ImportValue', `no stack deployed before exports "${exportName}"`);
      }
      return value;
    },
    stackOutput: ({ StackName, OutputName, Region = region, ...others }) => {
      if (Region !== region || Object.keys(others).length > 0) {
        throw fail('Fn::GetStackOutput', `only StackName, OutputName and Region ${region} are known here, got ${JSON.stringify({ Region, ...others })}`);
      }
      const outputs = typeof StackName === 'string' ? ground.outputs[StackName] : undefined;
      const value = typeof OutputName === 'string' ? outputs?.[OutputName] : undefined;
      if (value === undefined) {
        const problem = outputs === undefined ? 'is not deployed before' : `has no output ${JSON.stringify(OutputName)}`;
        throw fail('Fn::GetStackOutput', `stack ${JSON.stringify(StackName)} ${problem}`);
      }
      return value;
    },
    availabilityZones: (ofRegion) => ['a', 'b', 'c'].map((zone) => `${ofRegion || region}${zone}`),
  };
  return self;
}

function parameter({ template }: SynthesizedStack, name: string, { options }: Ground, fail: (intrinsic: string, words: string) => Error): Json {
  const { Type = '', Default } = template.Parameters[name] ?? {};
  const given = options.attributes.parameters?.[name];
  if (given === undefined && Type.startsWith('AWS::SSM::Parameter::')) {
    if (BOOTSTRAP_VERSION.test(String(Default))) {
      return '30';
    }
    throw fail('Ref', `parameter ${name} comes from SSM (${String(Default)}): give it in attributes.parameters`);
  }
  const value = given ?? Default;
  if (value === undefined) {
    throw fail('Ref', `parameter ${name} has no default: give it in attributes.parameters`);
  }
  return Type === 'CommaDelimitedList' || Type.startsWith('List<') ? String(value).split(',') : String(value);
}

function claimName({ names }: Ground, where: string, type: string, physicalId: string): void {
  if (!NAMED_TYPES.includes(type)) {
    return;
  }
  const key = `${type} ${physicalId}`;
  const holder = names.get(key);
  if (holder !== undefined) {
    throw new Error(`${where}: ${key} exists already, made by ${holder}`);
  }
  names.set(key, where);
}

function checkEnvironment(stack: string, environment: SynthesizedStack['environment'], { account, region }: DeployOptions): void {
  const differs = (said: string, given: string) => !said.startsWith('unknown-') && said !== given;
  if (differs(environment.account, account) || differs(environment.region, region)) {
    throw new Error(`stack ${stack}: it is synthesized for ${environment.account}/${environment.region}, not for ${account}/${region}`);
  }
}
