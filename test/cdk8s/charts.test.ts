import { Testing, type Chart } from 'cdk8s';
import { ClusterAccessChart } from '../../cdk8s/cluster-access';
import { FunctionAccessChart } from '../../cdk8s/function-access';
import { GlooServiceAccountChart } from '../../cdk8s/gloo-service-account';
import { NamespaceChart } from '../../cdk8s/namespace';
import { VaultNetworkPolicyChart } from '../../cdk8s/vault-network-policy';
import { VaultServiceAccountChart } from '../../cdk8s/vault-service-account';

const objects = (chart: Chart) => Testing.synth(chart) as Record<string, unknown>[];

test('a namespace, by itself', () => {
  expect(objects(new NamespaceChart(Testing.app(), 'namespace', 'vault'))).toEqual([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vault' }, spec: {} }]);
});

test("Vault's service account, without a Kubernetes token", () => {
  expect(objects(new VaultServiceAccountChart(Testing.app(), 'account', { namespace: 'vault', roleArn: 'arn:aws:iam::111122223333:role/vault-server-c', usesApiServer: false }))).toEqual([
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name: 'vault',
        namespace: 'vault',
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/vault-server-c', 'eks.amazonaws.com/sts-regional-endpoints': 'true' },
      },
      automountServiceAccountToken: false,
    },
  ]);
});

test("with replicas Vault labels its pods through the API server, so its service account has a token", () => {
  const [account] = objects(new VaultServiceAccountChart(Testing.app(), 'account', { namespace: 'vault', roleArn: 'arn:aws:iam::111122223333:role/vault-server-c', usesApiServer: true }));
  expect(account).toMatchObject({ automountServiceAccountToken: true });
});

test("Vault's network policy: the pods of Gloo that read secrets, its own, the control plane, and nothing else comes in", () => {
  const chart = new VaultNetworkPolicyChart(Testing.app(), 'policy', { namespace: 'vault', glooNamespace: 'gateway', glooPods: ['gloo', 'discovery'], controlPlaneCidrs: ['10.0.2.0/27'] });
  const vault = { matchLabels: { 'app.kubernetes.io/name': 'vault', 'app.kubernetes.io/instance': 'vault', component: 'server' } };
  const port = (number: number) => ({ port: number, protocol: 'TCP' });
  expect(objects(chart)).toEqual([
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'vault', namespace: 'vault' },
      spec: {
        podSelector: vault,
        policyTypes: ['Ingress'],
        ingress: [
          ...['gloo', 'discovery'].map((gloo) => ({
            from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateway' } }, podSelector: { matchLabels: { gloo } } }],
            ports: [port(8200)],
          })),
          { from: [{ podSelector: vault }], ports: [port(8200), port(8201)] },
          { from: [{ ipBlock: { cidr: '10.0.2.0/27' } }], ports: [port(8200)] },
        ],
      },
    },
  ]);
});

test("a service account of Gloo's says whose it shall be, and nothing that the chart says too", () => {
  expect(objects(new GlooServiceAccountChart(Testing.app(), 'account', { namespace: 'gateway', name: 'discovery', release: 'gloo' }))).toEqual([
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name: 'discovery',
        namespace: 'gateway',
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: { 'meta.helm.sh/release-name': 'gloo', 'meta.helm.sh/release-namespace': 'gateway' },
      },
    },
  ]);
});

test('a function’s access names what it may ask for, each with its verbs, and nothing else', () => {
  const [role, binding] = objects(
    new FunctionAccessChart(Testing.app(), 'access', {
      namespace: 'vault',
      group: 'configurators',
      rules: [
        { resource: 'services/proxy', names: ['https:vault-active:8200'], verbs: ['get', 'update', 'delete'] },
        { resource: 'pods/proxy', names: ['https:vault-0:8200'], verbs: ['get'] },
        { resource: 'serviceaccounts/token', names: ['gloo'], verbs: ['create'] },
      ],
    }),
  );
  expect(role?.rules).toEqual([
    expect.objectContaining({ resourceNames: ['https:vault-active:8200'], resources: ['services/proxy'], verbs: ['get', 'update', 'delete'] }),
    expect.objectContaining({ resourceNames: ['https:vault-0:8200'], resources: ['pods/proxy'], verbs: ['get'] }),
    expect.objectContaining({ resourceNames: ['gloo'], resources: ['serviceaccounts/token'], verbs: ['create'] }),
  ]);
  expect(binding).toMatchObject({ kind: 'RoleBinding', roleRef: { name: 'configurators' }, subjects: [{ kind: 'Group', name: 'configurators' }] });
});

test('a function’s access outside of namespaces names what it may ask for as well', () => {
  const [role, binding] = objects(
    new ClusterAccessChart(Testing.app(), 'access', { group: 'appliers', rules: [{ apiGroup: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', names: ['a.solo.io', 'b.solo.io'], verbs: ['get', 'patch'] }] }),
  );
  const rule = (name: string) => ({ apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], resourceNames: [name], verbs: ['get', 'patch'] });
  expect(role).toMatchObject({ kind: 'ClusterRole', metadata: { name: 'appliers' }, rules: [rule('a.solo.io'), rule('b.solo.io')] });
  expect(binding).toMatchObject({ kind: 'ClusterRoleBinding', metadata: { name: 'appliers' }, roleRef: { kind: 'ClusterRole', name: 'appliers' }, subjects: [{ kind: 'Group', name: 'appliers' }] });
});
