import { fullDiff, mangleLikeCloudFormation, ResourceImpact, type TemplateDiff } from '@aws-cdk/cloudformation-diff';
import { differences, manifestObjects, resourceDifferences } from './differences';
import { grantsOf } from './grants';
import type { AppStack, Change, DeployedStack, Difference, Impact, NetworkRule, Resource, StackReview, Template, Topic } from './model';
import { withTrustConditions } from './trust';
import { warningsOf } from './warnings';

/** Kinds of Kubernetes objects that say who may do what, and who reaches whom. */
const ACCESS_KINDS = /^(Role|ClusterRole|RoleBinding|ClusterRoleBinding|ServiceAccount|ValidatingAdmissionPolicy|ValidatingAdmissionPolicyBinding) /;
const NETWORK_KINDS = /^(NetworkPolicy|Service|Ingress) /;
/** Types that say who may do what, policies of resources among them. A CfnJson holds the conditions of a trust policy. */
const ACCESS_TYPES = /^AWS::IAM::|^AWS::EKS::(AccessEntry|PodIdentityAssociation)$|^AWS::Lambda::Permission$|^AWS::\w+::\w*Policy$|^Custom::(AWSCDKCfnJson|VaultConfiguration)$/;
/** Properties of whatever type that do. */
const ACCESS_PROPERTIES = /^(\w*Policy(Document|Text)?|Role|RoleArn|\w+RoleArn|IamInstanceProfile)(\.|$)/;
const NETWORK_TYPES = /^AWS::EC2::(VPC|Subnet|Route|SecurityGroup|NatGateway|InternetGateway|NetworkAcl|VPCEndpoint)/;
/** Sections of a template whose entries are shown beside the resources. */
const SECTIONS = { Outputs: 'Output', Conditions: 'Condition', Parameters: 'Parameter', Mappings: 'Mapping' } as const;
/** What the CDK puts into every template for itself. */
const CDK_OWN: ReadonlySet<string> = new Set(['BootstrapVersion', 'CDKMetadata', 'CheckBootstrapVersion', 'CDKMetadataAvailable']);

/**
 * What the app would change of a stack.
 * @param deployed undefined where there is none.
 * @param accounts of the environments: whoever is of another one is a stranger.
 */
export function compareStack(own: AppStack, deployed: DeployedStack | undefined, accounts: ReadonlySet<string> = new Set([own.account])): StackReview {
  const before = deployed?.template ?? {};
  const stack = deployed === undefined ? own : { ...own, template: asAnswered(own.template, before) };
  const diff = fullDiff(before, stack.template);
  const changes = [...resourceChanges(stack, before, diff), ...sectionChanges(stack, before)];
  const { iamChanges } = fullDiff(withTrustConditions(before), withTrustConditions(stack.template));
  const grants = grantsOf({ stack: stack.name, accounts, isRole: (logicalId) => before.Resources?.[logicalId]?.Type === 'AWS::IAM::Role' }, iamChanges);
  const rules = rulesOf(stack.name, diff);
  const isEmpty = changes.length === 0 && grants.length === 0 && rules.length === 0;
  const warnings = deployed === undefined ? [] : stackWarnings(stack, deployed);
  return { name: stack.name, state: deployed === undefined ? 'new' : isEmpty && warnings.length === 0 ? 'unchanged' : 'changed', warnings, changes, grants, rules };
}

/** As CloudFormation answers it: `?` for each character that is no ASCII. Where an answer has such characters, it does not. */
function asAnswered(template: Template, answer: Template): Template {
  const text = JSON.stringify(template);
  const mangled = mangleLikeCloudFormation(text);
  return mangled === text || mangleLikeCloudFormation(JSON.stringify(answer)) !== JSON.stringify(answer) ? template : (JSON.parse(mangled) as Template);
}

/** A stack that was not compared. */
export function notCompared(name: string, problem: string): StackReview {
  return { name, state: 'not compared', problem, warnings: [], changes: [], grants: [], rules: [] };
}

function stackWarnings({ terminationProtection }: AppStack, deployed: DeployedStack): readonly string[] {
  return [
    ...(deployed.terminationProtection && !terminationProtection ? ['termination protection goes: `cdk destroy` would no longer be refused'] : []),
    ...(/_IN_PROGRESS$/.test(deployed.status) ? [`it is changing right now (${deployed.status}): what is compared may be gone in a minute`] : []),
    ...(/_FAILED$|^ROLLBACK_COMPLETE$/.test(deployed.status) ? [`it is in ${deployed.status}: CloudFormation takes no update until that is mended`] : []),
  ];
}

function resourceChanges({ name: stack, template }: AppStack, before: Template, diff: TemplateDiff): readonly Change[] {
  const changes: Change[] = [];
  diff.resources.forEachDifference((logicalId, difference) => {
    const [old, now] = [before.Resources?.[logicalId], template.Resources?.[logicalId]];
    const type = (now ?? old)?.Type ?? '';
    const found = resourceDifferences(old, now);
    const impact = impactOf(difference.changeImpact, old, now);
    // What differs in metadata or in the order of dependencies alone changes nothing.
    if (CDK_OWN.has(logicalId) || (impact === 'update' && found.length === 0)) return;
    const topic = topicOf(type, old, now, found);
    // Of what is made, a reader wants to know whom it lets do what; of what goes, that it goes.
    const isShown = impact === 'create' ? topic !== 'rest' : impact !== 'remove' && impact !== 'leave';
    changes.push({ stack, logicalId, path: constructPath(now ?? old) ?? logicalId, type, impact, topic, warnings: warningsOf({ impact, before: old, after: now }), differences: isShown ? found : [] });
  });
  return changes;
}

/** Of a custom resource the schema knows nothing, and says so by NO_CHANGE. */
function impactOf(impact: ResourceImpact, before: Resource | undefined, after: Resource | undefined): Impact {
  if (before === undefined) return 'create';
  if (after === undefined) return impact === ResourceImpact.WILL_ORPHAN ? 'leave' : 'remove';
  if (impact === ResourceImpact.WILL_REPLACE || before.Type !== after.Type) return 'replace';
  return impact === ResourceImpact.MAY_REPLACE ? 'may replace' : 'update';
}

function topicOf(type: string, before: Resource | undefined, after: Resource | undefined, found: readonly Difference[]): Topic {
  const objects = Object.keys({ ...manifestObjects(before), ...manifestObjects(after) });
  const isAccess = ACCESS_TYPES.test(type) || (before !== undefined && found.some(({ path }) => ACCESS_PROPERTIES.test(path)));
  if (isAccess || objects.some((name) => ACCESS_KINDS.test(name))) return 'access';
  return NETWORK_TYPES.test(type) || objects.some((name) => NETWORK_KINDS.test(name)) ? 'network' : 'rest';
}

function constructPath(resource: Resource | undefined): string | undefined {
  const path = resource?.Metadata?.['aws:cdk:path'];
  return typeof path === 'string' ? path.replace(/\/(Resource|Default)$/, '').replace(/\/Resource$/, '') : undefined;
}

function sectionChanges({ name: stack, template }: AppStack, before: Template): readonly Change[] {
  return Object.entries(SECTIONS).flatMap(([section, type]) => {
    const entries = (of: Template) => (of[section] ?? {}) as Readonly<Record<string, unknown>>;
    const [old, now] = [entries(before), entries(template)];
    return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((logicalId): readonly Change[] => {
      const found = differences(old[logicalId], now[logicalId]);
      if (CDK_OWN.has(logicalId) || found.length === 0) return [];
      const impact = old[logicalId] === undefined ? 'create' : now[logicalId] === undefined ? 'remove' : 'update';
      const warnings = type === 'Output' && impact === 'remove' ? ['a stack that still reads it fails at its next deployment'] : [];
      return [{ stack, logicalId, path: logicalId, type, impact, topic: 'rest', warnings, differences: impact === 'update' ? found : [] }];
    });
  });
}

function rulesOf(stack: string, { securityGroupChanges: { ingress, egress } }: TemplateDiff): readonly NetworkRule[] {
  const rule = (sign: '+' | '-', direction: 'in' | 'out') => (each: (typeof ingress.additions)[number]): NetworkRule => {
    const peer = each.describePeer();
    const open = sign === '+' && direction === 'in' && /^(Everyone|0\.0\.0\.0\/0|::\/0)/.test(peer);
    return { stack, sign, direction, group: each.groupId, protocol: each.describeProtocol(), peer, warnings: open ? ['open to everybody'] : [] };
  };
  return [...ingress.additions.map(rule('+', 'in')), ...egress.additions.map(rule('+', 'out')), ...ingress.removals.map(rule('-', 'in')), ...egress.removals.map(rule('-', 'out'))];
}
