import { isDeepStrictEqual } from 'node:util';
import { valueAt } from '../lib/environment/rule';
import { manifestObjects } from './differences';
import type { Judged } from './model';

/** What it means that an object is another one now, or is made, where there was none before. */
type ObjectRule = (before: unknown, after: unknown) => readonly string[];

/** By kind. */
const CHANGED: Readonly<Record<string, ObjectRule>> = {
  Role: rules,
  ClusterRole: rules,
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  NetworkPolicy: networkPolicy,
  Service: loadBalancer,
  ServiceAccount: identity,
  ValidatingAdmissionPolicy: admission,
  ValidatingAdmissionPolicyBinding: admission,
  StorageClass: (before) => (before === undefined ? [] : ['Kubernetes refuses to change a StorageClass; volumes that there are stay as they are']),
};

/** By kind, when it goes. */
const GONE: Readonly<Record<string, string>> = {
  Namespace: 'with a namespace goes all that is in it, claims of volumes too',
  NetworkPolicy: 'without it every pod of the cluster reaches Vault',
  ValidatingAdmissionPolicy: 'what it refused is admitted',
  ValidatingAdmissionPolicyBinding: 'what it refused is admitted',
};

/** What a change of a manifest means, object by object. */
export function kubernetesWarnings({ impact, before, after }: Judged): readonly string[] {
  const [old = {}, now = {}] = [manifestObjects(before), manifestObjects(after)];
  return [...new Set([...Object.keys(now), ...Object.keys(old)])].flatMap((name) => {
    const kind = name.split(' ', 1)[0] ?? '';
    const isGone = impact !== 'leave' && old[name] !== undefined && (now[name] === undefined || impact === 'replace');
    const gone = isGone ? (GONE[kind] ?? []) : [];
    const changed = now[name] === undefined || isDeepStrictEqual(old[name], now[name]) ? [] : (CHANGED[kind]?.(old[name], now[name]) ?? []);
    return [gone, changed].flat().map((words) => `${name}: ${words}`);
  });
}

/** Verbs by which a role gives itself more. */
const ESCALATING = ['*', 'escalate', 'bind', 'impersonate'];

function rules(before: unknown, after: unknown): readonly string[] {
  const all = (role: unknown, key: string) => listAt(role, ['rules']).flatMap((rule) => listAt(rule, [key]));
  const added = (key: string, wide: readonly string[]) => wide.filter((each) => all(after, key).includes(each) && !all(before, key).includes(each)).map((each) => `\`${each}\` among its ${key}`);
  return [...added('verbs', ESCALATING), ...added('resources', ['*', '*/*']), ...added('apiGroups', ['*'])];
}

const WIDE_ROLES = /^(cluster-admin|admin|edit|system:masters)$/;
const ANYBODY = /^system:(authenticated|unauthenticated|anonymous|masters|serviceaccounts(:.*)?)$/;

function binding(before: unknown, after: unknown): readonly string[] {
  const role = (object: unknown) => String(valueAt(object, ['roleRef', 'name']));
  const subjects = (object: unknown) => listAt(object, ['subjects']).map((subject) => String(valueAt(subject, ['name'])));
  const added = subjects(after).filter((name) => !subjects(before).includes(name));
  return [
    ...(WIDE_ROLES.test(role(after)) && (role(before) !== role(after) || added.length > 0) ? [`it gives ${role(after)}`] : []),
    ...added.map((name) => (ANYBODY.test(name) ? `it gives its role to all of ${name}` : before === undefined ? [] : `it gives its role to ${name} too`)).flat(),
  ];
}

function networkPolicy(before: unknown, after: unknown): readonly string[] {
  const added = (direction: string) => listAt(after, ['spec', direction]).filter((rule) => !listAt(before, ['spec', direction]).some((each) => isDeepStrictEqual(each, rule)));
  const isOpen = (peers: string) => (rule: unknown) => listAt(rule, [peers]).length === 0;
  const [ingress, egress] = [added('ingress'), added('egress')];
  const lost = listAt(before, ['spec', 'policyTypes']).filter((type) => !listAt(after, ['spec', 'policyTypes']).includes(type));
  return [
    ...(ingress.some(isOpen('from')) ? ['it lets in everybody'] : before !== undefined && ingress.length > 0 ? ['it lets in others than before'] : []),
    ...(egress.some(isOpen('to')) ? ['it lets out to everywhere'] : before !== undefined && egress.length > 0 ? ['it lets out to others than before'] : []),
    ...lost.map((type) => `it says nothing of ${String(type)} any more, and all of it is let through`),
    ...(before !== undefined && !isDeepStrictEqual(valueAt(before, ['spec', 'podSelector']), valueAt(after, ['spec', 'podSelector'])) ? ['it is about other pods than before'] : []),
  ];
}

/** Whom a load balancer lets in that it did not before. */
function loadBalancer(before: unknown, after: unknown): readonly string[] {
  const blocks = (object: unknown) => {
    if (valueAt(object, ['spec', 'type']) !== 'LoadBalancer') return [];
    const ranges = listAt(object, ['spec', 'loadBalancerSourceRanges']);
    return ranges.length > 0 ? ranges.map(String) : ['0.0.0.0/0'];
  };
  const admitted = blocks(after).filter((block) => !blocks(before).includes(block));
  const outside = (object: unknown) => blocks(object).length > 0 && valueAt(object, ['metadata', 'annotations', 'service.beta.kubernetes.io/aws-load-balancer-scheme']) !== 'internal';
  return [...(outside(after) && !outside(before) ? ['its load balancer is no internal one'] : []), ...(admitted.length > 0 ? [`its load balancer lets in ${admitted.join(', ')}`] : [])];
}

function identity(before: unknown, after: unknown): readonly string[] {
  const role = (object: unknown) => valueAt(object, ['metadata', 'annotations', 'eks.amazonaws.com/role-arn']);
  return before === undefined || role(before) === role(after) ? [] : ['its pods get another AWS identity, or none'];
}

function admission(before: unknown, after: unknown): readonly string[] {
  if (before === undefined || isDeepStrictEqual(valueAt(before, ['spec']), valueAt(after, ['spec']))) return [];
  const denies = (object: unknown) => listAt(object, ['spec', 'validationActions']).includes('Deny');
  return [denies(before) && !denies(after) ? 'it refuses nothing any more' : 'what it refused may be admitted'];
}

function listAt(value: unknown, path: readonly string[]): readonly unknown[] {
  const found = valueAt(value, path);
  return Array.isArray(found) ? found : [];
}
