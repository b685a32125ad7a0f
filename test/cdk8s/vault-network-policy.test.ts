import { Testing } from 'cdk8s';
import { VaultNetworkPolicyChart } from '../../cdk8s/vault-network-policy';

interface Rule {
  readonly from?: readonly unknown[];
  readonly to?: readonly unknown[];
  readonly ports: readonly unknown[];
}

const chart = new VaultNetworkPolicyChart(Testing.app(), 'policy', { namespace: 'vault', glooNamespace: 'gateway', glooPods: ['gloo'], controlPlaneCidrs: ['10.0.2.0/27', '10.0.2.32/27'], limitEgress: true });
const [policy] = Testing.synth(chart) as { spec: { podSelector: unknown; policyTypes: string[]; ingress: Rule[]; egress: Rule[] } }[];
const { podSelector, policyTypes, ingress = [], egress = [] } = policy?.spec ?? {};
const vault = { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'vault', 'app.kubernetes.io/instance': 'vault', component: 'server' } } };
const tcp = (port: number) => ({ port, protocol: 'TCP' });
const block = (cidr: string) => ({ ipBlock: { cidr } });

test('what comes in to a Vault with replicas is as for one without', () => {
  expect(podSelector).toEqual(vault.podSelector);
  expect(ingress).toEqual([
    { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateway' } }, podSelector: { matchLabels: { gloo: 'gloo' } } }], ports: [tcp(8200)] },
    { from: [vault], ports: [tcp(8200), tcp(8201)] },
    { from: [block('10.0.2.0/27')], ports: [tcp(8200)] },
    { from: [block('10.0.2.32/27')], ports: [tcp(8200)] },
  ]);
});

test('what goes out: names, the other replicas, the API server, and 443 anywhere but the instance metadata service', () => {
  expect(policyTypes).toEqual(['Egress', 'Ingress']);
  expect(egress).toEqual([
    {
      to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } }, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
      ports: [{ port: 53, protocol: 'UDP' }, tcp(53)],
    },
    { to: [vault], ports: [tcp(8200), tcp(8201)] },
    { to: [block('10.0.2.0/27')], ports: [tcp(443)] },
    { to: [block('10.0.2.32/27')], ports: [tcp(443)] },
    { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }], ports: [tcp(443)] },
  ]);
});

test('no rule is without peers or ports, which would let everything through', () => {
  for (const { from, to, ports } of [...ingress, ...egress]) expect([(from ?? to)?.length, ports.length > 0]).toEqual([1, true]);
});
