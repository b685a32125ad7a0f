import { isDeepStrictEqual } from 'node:util';
import { isMapping } from '../lib/environment/fields';
import { valueAt } from '../lib/environment/rule';
import { helmValues, manifestObjects, unfolded } from './differences';
import { isStricter } from './grants';
import type { Impact, Resource } from './model';

/** A resource that differs, with both of its forms. */
export interface Judged {
  readonly impact: Impact;
  readonly before: Resource | undefined;
  readonly after: Resource | undefined;
}

/** What is lost with a resource of a type, when the stack deletes it or puts another in its place. */
const LOSSES: Readonly<Record<string, string>> = {
  'AWS::KMS::Key': "without this key nothing that it encrypted can be read: Vault's seal and snapshots, or the cluster's Secrets",
  'AWS::EKS::Cluster': 'the new cluster is an empty one: Vault, Gloo and all else in the old one go with it',
  'AWS::EKS::Nodegroup': 'all of its nodes go: pods move, and a Vault whose volume lies in another zone stays pending',
  'AWS::SecretsManager::Secret': "it holds Vault's recovery keys: without them nobody makes a root token or another seal",
  'AWS::S3::Bucket': "it holds Vault's snapshots",
  'AWS::EC2::VPC': 'the cluster lives in it',
  'AWS::EC2::Subnet': "nodes or control plane live in it, and Vault's NetworkPolicy names the control plane's",
  'AWS::IAM::OIDCProvider': 'no pod gets an AWS identity while there is none',
  'AWS::IAM::Role': 'Vault knows roles by unique id or ARN: who logs in by this one is refused until Vault is configured anew',
  'Custom::VaultConfiguration': 'its Delete takes role and policy out of Vault: Gloo cannot log in until they are written again',
};

/** Charts by name, when they go. */
const CHART_LOSSES: Readonly<Record<string, string>> = {
  vault: "Vault's pods go with the chart; a dev-mode Vault loses all secrets",
  gloo: 'the gateway stops serving',
};

/** Types that are replaced as a matter of course. */
const ROUTINE: ReadonlySet<string> = new Set(['Custom::GlooLoginProof', 'AWS::Lambda::LayerVersion', 'AWS::Lambda::Permission', 'AWS::EKS::AccessEntry', 'AWS::EC2::Route', 'AWS::IAM::Policy']);

/** Whether nothing is lost with a resource of this type: a proof is made anew by design, a layer has versions. */
export function isRoutine(type: string): boolean {
  return ROUTINE.has(type);
}

/** What a reader has to know of a change, in this app. */
export function warningsOf(judged: Judged): readonly string[] {
  return [...loss(judged), ...retention(judged), ...serviceToken(judged), ...cluster(judged), ...manifest(judged), ...vaultConfiguration(judged), ...trustCondition(judged), ...chart(judged)];
}

function loss({ impact, before }: Judged): readonly string[] {
  if (before === undefined) return [];
  const gone = impact === 'remove' || impact === 'replace' || impact === 'may replace';
  const known = before.Type === 'Custom::AWSCDK-EKS-HelmChart' ? CHART_LOSSES[String(before.Properties?.Chart)] : LOSSES[before.Type];
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

function manifest({ impact, before, after }: Judged): readonly string[] {
  const [old = {}, now = {}] = [manifestObjects(before), manifestObjects(after)];
  const exposed = Object.entries(now).flatMap(([name, object]) => (name.startsWith('Service ') ? loadBalancer(name, old[name], object) : []));
  const changed = Object.entries(old).flatMap(([name, object]) => {
    const gone = impact !== 'leave' && (now[name] === undefined || impact === 'replace');
    if (gone && name.startsWith('Namespace ')) return [`${name}: with a namespace goes all that is in it, claims of volumes too`];
    if (gone && name.startsWith('NetworkPolicy ')) return [`${name}: without it every pod of the cluster reaches Vault`];
    if (gone && name.startsWith('ValidatingAdmissionPolicy')) return [`${name}: what it refused is admitted`];
    if (!gone && name.startsWith('StorageClass ') && !isDeepStrictEqual(object, now[name])) return [`${name}: Kubernetes refuses to change a StorageClass; volumes that there are stay as they are`];
    return [];
  });
  return [...exposed, ...changed];
}

/** Whom a load balancer lets in that it did not before. */
function loadBalancer(name: string, before: unknown, after: unknown): readonly string[] {
  const blocks = (object: unknown) => {
    if (valueAt(object, ['spec', 'type']) !== 'LoadBalancer') return [];
    const ranges = valueAt(object, ['spec', 'loadBalancerSourceRanges']);
    return Array.isArray(ranges) && ranges.length > 0 ? ranges.map(String) : ['0.0.0.0/0'];
  };
  const admitted = blocks(after).filter((block) => !blocks(before).includes(block));
  const outside = (object: unknown) => blocks(object).length > 0 && valueAt(object, ['metadata', 'annotations', 'service.beta.kubernetes.io/aws-load-balancer-scheme']) !== 'internal';
  return [
    ...(outside(after) && !outside(before) ? [`${name}: its load balancer is no internal one`] : []),
    ...(admitted.length > 0 ? [`${name}: its load balancer lets in ${admitted.join(', ')}`] : []),
  ];
}

function vaultConfiguration({ impact, before, after }: Judged): readonly string[] {
  if (before?.Type !== 'Custom::VaultConfiguration' || after === undefined || impact === 'remove') return [];
  const changed = (...path: string[]) => !isDeepStrictEqual(valueAt(before.Properties, path), valueAt(after.Properties, path));
  return [
    ...(changed('secretsEngine', 'mountPath') ? ['the secrets stay under the old mount, and Gloo reads the new one, which is empty'] : []),
    ...(changed('authMethod', 'mountPath') ? ['Gloo logs in at another mount; the old one stays in Vault'] : []),
    ...(changed('vault', 'mode') ? ['another mode is another Vault, an empty one'] : []),
    ...addedCapabilities(valueAt(before.Properties, ['policy', 'paths']), valueAt(after.Properties, ['policy', 'paths'])),
  ];
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
  return isStricter(conditions(after), conditions(before)) ? [] : ['this condition of a trust policy lets in more than the one before'];
}

function chart({ impact, before, after }: Judged): readonly string[] {
  if (before?.Properties?.Chart !== 'vault' || after === undefined || impact !== 'update') return [];
  const [old, now] = [helmValues(before), helmValues(after)];
  const replicas = (values: unknown) => Number(valueAt(values, ['server', 'ha', 'replicas']) ?? 1);
  const pods = !isDeepStrictEqual(old, now) || before.Properties.Version !== after.Properties?.Version;
  return [
    ...(replicas(now) < replicas(old) ? ['fewer replicas: those that go still count in Raft until they are removed from it'] : []),
    ...(pods ? ["Helm restarts no pod of Vault: see `npx gloo-vault roll`"] : []),
  ];
}
