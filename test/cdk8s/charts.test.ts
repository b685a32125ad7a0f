import { Testing, type Chart } from 'cdk8s';
import { ConfigurationAccessChart } from '../../cdk8s/configuration-access';
import { NamespaceChart } from '../../cdk8s/namespace';
import { VaultNetworkPolicyChart } from '../../cdk8s/vault-network-policy';
import { VaultServiceAccountChart } from '../../cdk8s/vault-service-account';

const objects = (chart: Chart) => Testing.synth(chart) as Record<string, unknown>[];

test('a namespace, by itself', () => {
  expect(objects(new NamespaceChart(Testing.app(), 'namespace', 'vault'))).toEqual([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vault' }, spec: {} }]);
});

test("Vault's service account, without a Kubernetes token", () => {
  expect(objects(new VaultServiceAccountChart(Testing.app(), 'account', { namespace: 'vault', roleArn: 'arn:aws:iam::111122223333:role/vault-server-c' }))).toEqual([
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

test('the configuration’s access names the Services it is given, and verbs for reading, writing by PUT and removing', () => {
  const [role, binding] = objects(new ConfigurationAccessChart(Testing.app(), 'access', { namespace: 'vault', group: 'configurators', services: ['http:vault:8200', 'https:vault-active:8200'] }));
  expect(role?.rules).toEqual(['http:vault:8200', 'https:vault-active:8200'].map((name) => expect.objectContaining({ resourceNames: [name], resources: ['services/proxy'], verbs: ['get', 'update', 'delete'] }) as unknown));
  expect(binding).toMatchObject({ kind: 'RoleBinding', roleRef: { name: 'vault-configuration' }, subjects: [{ kind: 'Group', name: 'configurators' }] });
});
