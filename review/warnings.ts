import { isDeepStrictEqual } from 'node:util';
import { isMapping } from '../lib/environment/fields';
import { valueAt } from '../lib/environment/rule';
import { helmValues, readable, unfolded } from './differences';
import { isStricter } from './grants';
import { kubernetesWarnings } from './kubernetes-warnings';
import type { Change, Judged, Resource } from './model';
import { settingWarnings } from './setting-warnings';

/** What is lost with a resource of a type, when the stack deletes it or puts another in its place. */
const LOSSES: Readonly<Record<string, string>> = {
  'AWS::KMS::Key': "without this key nothing that it encrypted can be read: Vault's seal and snapshots, or the cluster's Secrets",
  'AWS::EKS::Cluster': 'the new cluster is an empty one: Vault, Gloo and all else in the old one go with it',
  'AWS::EKS::Nodegroup': 'all of its nodes go: pods move, and a Vault whose volume lies in another zone stays pending',
  'AWS::SecretsManager::Secret': "it holds Vault's recovery keys: without them nobody makes a root token or another seal",
  'AWS::S3::Bucket': "it holds Vault's snapshots",
  'AWS::EC2::VPC': 'the cluster lives in it',
  'AWS::EC2::Subnet': "nodes or control plane live in it, and Vault's NetworkPolicy names the control plane's",
  'AWS::EKS::Addon': "pods go without what it runs: their network, DNS, volumes or certificates",
  'AWS::IAM::OIDCProvider': 'no pod gets an AWS identity while there is none',
  'AWS::IAM::Role': 'Vault knows roles by unique id or ARN: who logs in by this one is refused until Vault is configured anew',
  'Custom::VaultConfiguration': 'its Delete takes role and policy out of Vault: Gloo cannot log in until they are written again',
};

/** What is lost with one that is deleted, where its replacement is a matter of course. */
const REMOVAL_LOSSES: Readonly<Record<string, string>> = {
  'AWS::EKS::AccessEntry': 'whom it let in, the API server refuses: an operator, or a function of this app',
  'AWS::IAM::Policy': 'a role loses what it allows',
  'AWS::Lambda::Permission': 'whom it let call the function is refused: a schedule, or an alarm',
};

/** Charts by name, when they go. */
const CHART_LOSSES: Readonly<Record<string, string>> = {
  vault: "Vault's pods go with the chart; a dev-mode Vault loses all secrets",
  gloo: 'the gateway stops serving',
};

/** Types that are replaced as a matter of course. */
const ROUTINE: ReadonlySet<string> = new Set(['Custom::GlooLoginProof', 'AWS::Lambda::LayerVersion', 'AWS::Lambda::Permission', 'AWS::EKS::AccessEntry', 'AWS::EC2::Route', 'AWS::IAM::Policy']);

/** Types of which a new one takes the place of the old one under another logical id: the proof of each deployment is its own. */
const REMADE: ReadonlySet<string> = new Set(['Custom::GlooLoginProof', 'AWS::Lambda::LayerVersion']);

/** Whether nothing is lost by a change, beside all those of its stack: a proof is made anew by design, a layer has versions. */
export function isRoutine({ impact, type, stack }: Change, changes: readonly Change[]): boolean {
  if (impact === 'replace' || impact === 'may replace') return ROUTINE.has(type);
  return impact === 'remove' && REMADE.has(type) && changes.some((change) => change.stack === stack && change.type === type && change.impact === 'create');
}

/** What a reader has to know of a change, in this app. */
export function warningsOf(judged: Judged): readonly string[] {
  return [...loss(judged), ...retention(judged), ...serviceToken(judged), ...cluster(judged), ...kubernetesWarnings(judged), ...managedPolicy(judged), ...accessEntry(judged), ...settingWarnings(judged), ...vaultConfiguration(judged), ...trustCondition(judged), ...chart(judged)];
}

function loss({ impact, before }: Judged): readonly string[] {
  if (before === undefined) return [];
  const gone = impact === 'remove' || impact === 'replace' || impact === 'may replace';
  const known = before.Type === 'Custom::AWSCDK-EKS-HelmChart' ? CHART_LOSSES[String(before.Properties?.Chart)] : (LOSSES[before.Type] ?? (impact === 'remove' ? REMOVAL_LOSSES[before.Type] : undefined));
  if (impact === 'leave') return ['nothing deletes it, and no stack knows it any more'];
  if (!gone || known === undefined) return [];
  const kept = impact !== 'remove' && keeps(before.UpdateReplacePolicy);
  return [`${known}${kept ? ' (the old one is kept, by its UpdateReplacePolicy)' : ''}`];
}

function retention({ impact, before, after }: Judged): readonly string[] {
  if (impact === 'remove' || before === undefined || after === undefined) return [];
  return keeps(before.DeletionPolicy) && !keeps(after.DeletionPolicy) ? [`it was kept when it left the stack, and would be deleted from now on (DeletionPolicy ${before.DeletionPolicy} → ${after.DeletionPolicy ?? 'Delete'})`] : [];
}

function keeps(policy: string | undefined): boolean {
  return policy !== undefined && policy !== 'Delete';
}

function serviceToken({ impact, before, after }: Judged): readonly string[] {
  if (impact !== 'update' || before?.Properties?.ServiceToken === undefined || after === undefined) return [];
  return isDeepStrictEqual(before.Properties.ServiceToken, after.Properties?.ServiceToken) ? [] : ['CloudFormation refuses another ServiceToken of a custom resource: give it another id'];
}

function cluster({ impact, before, after }: Judged): readonly string[] {
  if (before?.Type !== 'AWS::EKS::Cluster' || after === undefined || impact === 'remove') return [];
  const [old, now] = [endpoint(before), endpoint(after)];
  const admitted = now.from.filter((block) => !old.from.includes(block));
  return [
    ...(old.from.length === 0 && admitted.length > 0 ? ['the API server is reached from outside the VPC from now on'] : []),
    ...(admitted.length > 0 ? [`the API server lets in more: ${admitted.join(', ')}`] : []),
    ...(before.Properties?.Version === after.Properties?.Version ? [] : ['EKS takes no version of Kubernetes back']),
  ];
}

function endpoint({ Properties }: Resource): { readonly from: readonly string[] } {
  const settings = valueAt(Properties, ['ResourcesVpcConfig']);
  if (valueAt(settings, ['EndpointPublicAccess']) === false) return { from: [] };
  const blocks = valueAt(settings, ['PublicAccessCidrs']);
  return { from: Array.isArray(blocks) && blocks.length > 0 ? blocks.map(String) : ['0.0.0.0/0'] };
}

function vaultConfiguration({ impact, before, after }: Judged): readonly string[] {
  if (before?.Type !== 'Custom::VaultConfiguration' || after === undefined || impact === 'remove') return [];
  return addedCapabilities(valueAt(before.Properties, ['policy', 'paths']), valueAt(after.Properties, ['policy', 'paths']));
}

function addedCapabilities(before: unknown, after: unknown): readonly string[] {
  if (!isMapping(after)) return [];
  return Object.entries(after).flatMap(([path, capabilities]) => {
    const known = isMapping(before) ? before[path] : undefined;
    const added = [capabilities].flat().filter((each) => ![known].flat().includes(each));
    return added.length === 0 ? [] : [`Gloo may ${added.join(', ')} ${path} in Vault from now on`];
  });
}

/** A CfnJson holds the conditions of a trust policy whose keys CloudFormation has to resolve. */
function trustCondition({ before, after }: Judged): readonly string[] {
  if (before?.Type !== 'Custom::AWSCDKCfnJson' || after === undefined) return [];
  const conditions = (resource: Resource) => ({ StringEquals: unfolded(resource.Properties?.Value) });
  if (isDeepStrictEqual(conditions(before), conditions(after))) return [];
  return [isStricter(conditions(after), conditions(before)) ? 'this condition of a trust policy lets in less than the one before' : 'this condition of a trust policy lets in more than the one before'];
}

/** Of a policy that attaches itself to nobody, and that others attach by its ARN, no grant tells. */
function managedPolicy({ impact, before, after }: Judged): readonly string[] {
  if (after?.Type !== 'AWS::IAM::ManagedPolicy' || impact === 'remove') return [];
  if (['Roles', 'Users', 'Groups'].some((key) => [after.Properties?.[key] ?? []].flat().length > 0)) return [];
  const values = (policy: Resource | undefined, key: string) => {
    const statements = [valueAt(policy?.Properties, ['PolicyDocument', 'Statement']) ?? []].flat();
    return statements.filter((statement) => valueAt(statement, ['Effect']) === 'Allow').flatMap((statement) => [valueAt(statement, [key]) ?? []].flat());
  };
  const isWidened = (key: string, isWide: (value: string) => boolean) => {
    const isAny = (policy: Resource | undefined) => values(policy, key).some((value) => typeof value === 'string' && isWide(value));
    return isAny(after) && !isAny(before);
  };
  return [
    ...(isWidened('Action', (action) => /^(\*|[\w-]+:\*)$/.test(action)) || isWidened('NotAction', () => true) ? ['`*` among its actions'] : []),
    ...(isWidened('Resource', (resource) => resource === '*') || isWidened('NotResource', () => true) ? ['`*` as its resource'] : []),
  ];
}

/** Access policies of EKS by name that let somebody do, or read, nearly everything. */
const WIDE_ACCESS_POLICY = /\/(AmazonEKS(?:ClusterAdmin|Admin|AdminView|Edit|SecretReader)Policy)$/;

function accessEntry({ impact, before, after }: Judged): readonly string[] {
  if (after?.Type !== 'AWS::EKS::AccessEntry' || impact === 'remove') return [];
  const groups = (entry: Resource | undefined) => [valueAt(entry?.Properties, ['KubernetesGroups']) ?? []].flat().map(readable);
  const policies = (entry: Resource | undefined) => [valueAt(entry?.Properties, ['AccessPolicies']) ?? []].flat().flatMap((policy) => WIDE_ACCESS_POLICY.exec(String(readable(valueAt(policy, ['PolicyArn']))))?.[1] ?? []);
  const principal = (entry: Resource) => readable(entry.Properties?.PrincipalArn);
  return [
    ...(groups(after).includes('system:masters') && !groups(before).includes('system:masters') ? ['the group system:masters may do everything in the cluster'] : []),
    ...policies(after).filter((policy) => !policies(before).includes(policy)).map((policy) => `${policy} lets it do or read nearly everything in the cluster`),
    ...(before !== undefined && !isDeepStrictEqual(principal(before), principal(after)) ? ['it lets in another principal than before'] : []),
  ];
}

function chart({ impact, before, after }: Judged): readonly string[] {
  if (before?.Properties?.Chart !== 'vault' || after === undefined || impact !== 'update') return [];
  const [old, now] = [helmValues(before), helmValues(after)];
  const replicas = (values: unknown) => Number(valueAt(values, ['server', 'ha', 'replicas']) ?? 1);
  const seal = (values: unknown) => /^\s*seal\s+"[^"]*"\s*\{[^}]*\}/m.exec(String(valueAt(values, ['server', 'ha', 'raft', 'config'])))?.[0];
  const pods = !isDeepStrictEqual(old, now) || before.Properties.Version !== after.Properties?.Version;
  return [
    ...(seal(now) === seal(old) ? [] : ['another seal, or none: a pod that starts with it stays sealed until the seal is migrated']),
    ...(replicas(now) < replicas(old) ? ['fewer replicas: those that go still count in Raft until they are removed from it'] : []),
    ...(pods ? ["Helm restarts no pod of Vault: see `npx gloo-vault roll`"] : []),
  ];
}
