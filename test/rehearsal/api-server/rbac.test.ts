import { authorize, rbacObjects, type Manifest, type ResourceAttributes } from '../../../rehearsal/api-server/rbac';

const RBAC = 'rbac.authorization.k8s.io';
const role = (rules: unknown, more: Manifest = {}): Manifest => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'Role',
  metadata: { name: 'configurator', namespace: 'vault' },
  rules,
  ...more,
});
const binding = (more: Manifest = {}): Manifest => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'RoleBinding',
  metadata: { name: 'configurator', namespace: 'vault' },
  roleRef: { apiGroup: RBAC, kind: 'Role', name: 'configurator' },
  subjects: [{ apiGroup: RBAC, kind: 'Group', name: 'vault-configurators' }],
  ...more,
});
const proxyRule = {
  apiGroups: [''],
  resources: ['services/proxy'],
  resourceNames: ['http:vault:8200'],
  verbs: ['get', 'update', 'delete'],
};

const who = { user: 'lambda', groups: ['vault-configurators', 'system:authenticated'] };
const what: ResourceAttributes = {
  verb: 'get',
  apiGroup: '',
  resource: 'services',
  subresource: 'proxy',
  name: 'http:vault:8200',
  namespace: 'vault',
};
const allowed = (manifests: Manifest[], attributes: Partial<ResourceAttributes> = {}, subject = who) =>
  authorize(subject, { ...what, ...attributes }, rbacObjects(manifests)).allowed;

describe('authorize', () => {
  const manifests = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vault' } }, role([proxyRule]), binding()];

  test('allows what the rule says', () => {
    expect(allowed(manifests)).toBe(true);
    expect(allowed(manifests, { verb: 'update' })).toBe(true);
    expect(allowed(manifests, { verb: 'delete' })).toBe(true);
  });

  test.each<[string, Partial<ResourceAttributes>]>([
    ['another verb', { verb: 'create' }],
    ['no verb', { verb: '' }],
    ['another spelling of the same service', { name: 'vault:8200' }],
    ['another service', { name: 'http:other:8200' }],
    ['another subresource', { subresource: 'status' }],
    ['the resource itself', { subresource: '' }],
    ['another resource', { resource: 'pods' }],
    ['another API group', { apiGroup: 'apps' }],
    ['another namespace', { namespace: 'default' }],
  ])('refuses %s', (_what, attributes) => {
    expect(allowed(manifests, attributes)).toBe(false);
  });

  test('refuses another group, and everybody when nothing is bound', () => {
    expect(allowed(manifests, {}, { user: 'lambda', groups: ['system:authenticated'] })).toBe(false);
    expect(allowed([role([proxyRule])])).toBe(false);
    expect(allowed([])).toBe(false);
    expect(allowed([role(undefined), binding({ subjects: undefined })])).toBe(false);
  });

  test('binds users and service accounts by their names', () => {
    const user = binding({ subjects: [{ kind: 'User', apiGroup: RBAC, name: 'lambda' }] });
    expect(allowed([role([proxyRule]), user], {}, { user: 'lambda', groups: [] })).toBe(true);
    expect(allowed([role([proxyRule]), user], {}, { user: 'other', groups: ['lambda'] })).toBe(false);
    const account = binding({ subjects: [{ kind: 'ServiceAccount', namespace: 'a', name: 'b' }] });
    expect(allowed([role([proxyRule]), account], {}, { user: 'system:serviceaccount:a:b', groups: [] })).toBe(true);
    expect(allowed([role([proxyRule]), account], {}, { user: 'b', groups: [] })).toBe(false);
  });

  test.each<[string, Manifest]>([
    ['verbs', { ...proxyRule, verbs: ['*'] }],
    ['API groups', { ...proxyRule, apiGroups: ['*'] }],
    ['resources', { ...proxyRule, resources: ['*'] }],
    ['resources of a subresource', { ...proxyRule, resources: ['*/proxy'] }],
    ['names, by leaving them out', { ...proxyRule, resourceNames: undefined }],
  ])('knows the wildcard for %s', (_what, rule) => {
    expect(allowed([role([rule]), binding()])).toBe(true);
  });

  test('a "*" among the names is no wildcard, and "services/*" none among the resources', () => {
    expect(allowed([role([{ ...proxyRule, resourceNames: ['*'] }]), binding()])).toBe(false);
    expect(allowed([role([{ ...proxyRule, resources: ['services/*'] }]), binding()])).toBe(false);
  });

  test('a ClusterRole counts in the namespace of its RoleBinding, and everywhere with a ClusterRoleBinding', () => {
    const clusterRole = role([proxyRule], { kind: 'ClusterRole', metadata: { name: 'configurator' } });
    const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: 'configurator' };
    expect(allowed([clusterRole, binding({ roleRef })])).toBe(true);
    expect(allowed([clusterRole, binding({ roleRef })], { namespace: 'default' })).toBe(false);
    const everywhere = binding({ kind: 'ClusterRoleBinding', metadata: { name: 'configurator' }, roleRef });
    expect(allowed([clusterRole, everywhere], { namespace: 'default' })).toBe(true);
  });

  test('a Role of another namespace does not count, and is named as missing', () => {
    const elsewhere = role([proxyRule], { metadata: { name: 'configurator', namespace: 'default' } });
    expect(authorize(who, what, rbacObjects([elsewhere, binding()]))).toEqual({
      allowed: false,
      reason: 'RBAC: role.rbac.authorization.k8s.io "configurator" not found',
    });
  });
});

describe('rbacObjects refuses', () => {
  test.each<[string, Manifest]>([
    ['Role configurator: rules.0.verbs: Too small: expected array to have >=1 items', role([{ ...proxyRule, verbs: [] }])],
    ['Role configurator: rules.0: a rule needs apiGroups and resources, each with an entry', role([{ verbs: ['get'], resources: ['pods'] }])],
    ['Role configurator: rules.0: Unrecognized key: "resourceName"', role([{ ...proxyRule, resourceName: 'x' }])],
    ['Role configurator: object: Unrecognized key: "aggregationRule"', role([], { aggregationRule: {} })],
    ['Role configurator: apiVersion: Invalid input: expected "rbac.authorization.k8s.io/v1"', role([], { apiVersion: 'rbac.authorization.k8s.io/v1beta1' })],
    ['Role configurator: it has no namespace; set metadata.namespace', role([], { metadata: { name: 'configurator' } })],
    ['ClusterRole configurator: it has the namespace "vault", but belongs to no namespace', role([], { kind: 'ClusterRole' })],
    ['RoleBinding configurator: roleRef.apiGroup: Invalid input: expected "rbac.authorization.k8s.io"', binding({ roleRef: { apiGroup: '', kind: 'Role', name: 'x' } })],
    ['RoleBinding configurator: subjects.0.kind: Invalid', binding({ subjects: [{ kind: 'Role', name: 'x' }] })],
    [
      'ClusterRoleBinding b: roleRef.kind is "Role", only "ClusterRole" is allowed',
      binding({ kind: 'ClusterRoleBinding', metadata: { name: 'b' } }),
    ],
  ])('%s', (words, manifest) => {
    expect(() => rbacObjects([manifest])).toThrow(words);
  });
});
