import { kubernetesWarnings } from '../../review/kubernetes-warnings';
import type { Resource } from '../../review/model';

type Fields = Readonly<Record<string, unknown>>;

const manifest = (kind: string, fields: Fields): Resource => ({ Type: 'Custom::AWSCDK-EKS-KubernetesResource', Properties: { Manifest: JSON.stringify([{ kind, metadata: { name: 'x' }, ...fields }]) } });
const warnings = (kind: string, before: Fields | undefined, after: Fields) =>
  kubernetesWarnings({ impact: before === undefined ? 'create' : 'update', before: before && manifest(kind, before), after: manifest(kind, after) }).map((words) => words.replace(`${kind} x: `, ''));

const rule = (settings: Fields = {}) => ({ rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], ...settings }] });
const bound = (role: string, ...subjects: string[]) => ({ roleRef: { kind: 'ClusterRole', name: role }, subjects: subjects.map((name) => ({ kind: 'Group', name })) });
const from = { from: [{ podSelector: {} }] };
const policy = (spec: Fields) => ({ spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ...spec } });
const guard = (...validationActions: string[]) => ({ spec: { policyName: 'p', validationActions } });

test.each<readonly [string, Fields | undefined, Fields, readonly string[]]>([
  ['Role', rule(), rule({ verbs: ['*'] }), ['`*` among its verbs']],
  ['Role', rule(), rule({ verbs: ['get', 'escalate'] }), ['`escalate` among its verbs']],
  ['ClusterRole', undefined, rule({ resources: ['*'], apiGroups: ['*'] }), ['`*` among its resources', '`*` among its apiGroups']],
  ['Role', rule({ verbs: ['*'] }), rule({ verbs: ['*'], resources: ['pods', 'services'] }), []],
  ['Role', undefined, rule(), []],
  ['ClusterRoleBinding', undefined, bound('cluster-admin', 'system:authenticated'), ['it gives cluster-admin', 'it gives its role to all of system:authenticated']],
  ['ClusterRoleBinding', bound('view', 'a'), bound('cluster-admin', 'a'), ['it gives cluster-admin']],
  ['RoleBinding', bound('own', 'a'), bound('own', 'a', 'b'), ['it gives its role to b too']],
  ['RoleBinding', undefined, bound('own', 'a'), []],
  ['NetworkPolicy', policy({ ingress: [from] }), policy({ ingress: [{}] }), ['it lets in everybody']],
  ['NetworkPolicy', undefined, policy({ ingress: [{}] }), ['it lets in everybody']],
  ['NetworkPolicy', policy({ ingress: [from] }), policy({ ingress: [from, { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] }), ['it lets in others than before']],
  ['NetworkPolicy', policy({ egress: [] }), policy({ egress: [{ ports: [{ port: 443 }] }] }), ['it lets out to everywhere']],
  ['NetworkPolicy', policy({}), policy({ policyTypes: ['Egress'] }), ['it says nothing of Ingress any more, and all of it is let through']],
  ['NetworkPolicy', policy({}), policy({ podSelector: { matchLabels: { app: 'none' } } }), ['it is about other pods than before']],
  ['NetworkPolicy', policy({ ingress: [from, { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] }), policy({ ingress: [from] }), []],
  ['ValidatingAdmissionPolicyBinding', guard('Deny'), guard('Audit'), ['it refuses nothing any more']],
  ['ValidatingAdmissionPolicy', { spec: { failurePolicy: 'Fail' } }, { spec: { failurePolicy: 'Ignore' } }, ['what it refused may be admitted']],
  ['ServiceAccount', { metadata: { name: 'x', annotations: { 'eks.amazonaws.com/role-arn': 'a' } } }, { metadata: { name: 'x', annotations: { 'eks.amazonaws.com/role-arn': 'b' } } }, ['its pods get another AWS identity, or none']],
])('%s %j → %j', (kind, before, after, words) => {
  expect(warnings(kind, before, after)).toEqual(words);
});
