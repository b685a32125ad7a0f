import { nodeConfiguration, type NodePlace } from '../../../rehearsal/vault/raft-configuration';
import { raftHcl, type RaftHcl } from './raft-hcl';

const nodes: NodePlace[] = [0, 1, 2].map((index) => ({ name: `vault-${index}`, root: `/r/vault-${index}`, port: 20_000 + index, clusterPort: 21_000 + index }));
const [first, second] = nodes as [NodePlace, NodePlace];
const SEAL = 'seal "awskms" {\n  region = "eu-central-1"\n  kms_key_id = "alias/{not a brace}"\n}';
const configured = (hcl: RaftHcl, seal: 'awskms' | 'shamir' = 'shamir') => nodeConfiguration(raftHcl(hcl), seal, second, nodes);

test('a node listens, stores, joins and reads its files on this machine, and else as in its pod', () => {
  const { text, ...rest } = configured({ nodes: 1, storage: 'node_id = "HOSTNAME"', rest: SEAL }, 'awskms');
  expect(text).toMatchInlineSnapshot(`
"ui = false

listener "tcp" {
  address = "127.0.0.1:20001"
  cluster_address = "127.0.0.1:21001"
  tls_cert_file = "/r/vault-1/vault/userconfig/vault-server-tls/tls.crt"
  tls_key_file = "/r/vault-1/vault/userconfig/vault-server-tls/tls.key"
  tls_min_version = "tls12" 
  
}
storage "raft" {
  path = "/r/vault-1/vault/data"
  node_id = "vault-1"
  retry_join {
    leader_api_addr = "https://127.0.0.1:20000"
    leader_tls_servername = "vault-0.vault-internal"
    leader_ca_cert_file = "/r/vault-1/vault/userconfig/vault-server-tls/ca.crt"
  }
}

seal "awskms" {
  region = "eu-central-1"
  kms_key_id = "alias/{not a brace}"
}

disable_mlock = true
"
`);
  expect(rest).toEqual({
    secretFolder: '/r/vault-1/vault/userconfig/vault-server-tls',
    dataFolder: '/r/vault-1/vault/data',
    environment: {
      HOST_IP: '127.0.0.1',
      POD_IP: '127.0.0.1',
      HOSTNAME: 'vault-1',
      VAULT_K8S_POD_NAME: 'vault-1',
      VAULT_API_ADDR: 'https://127.0.0.1:20001',
      VAULT_CLUSTER_ADDR: 'https://127.0.0.1:21001',
      VAULT_RAFT_NODE_ID: 'vault-1',
    },
  });
});

test('every peer is found at its own port', () => {
  const { text } = configured({});
  expect(text.match(/leader_(api_addr|tls_servername) = .*/g)).toEqual(
    nodes.flatMap(({ name, port }) => [`leader_api_addr = "https://127.0.0.1:${port}"`, `leader_tls_servername = "${name}.vault-internal"`]),
  );
});

test('a server name of the configuration stays', () => {
  const join = 'retry_join {\n leader_api_addr = "https://vault-2.vault-internal.vault.svc:8200"\n leader_tls_servername = "vault-active.vault"\n}';
  expect(configured({ nodes: 0, storage: join }).text).toContain('leader_api_addr = "https://127.0.0.1:20002"\n leader_tls_servername = "vault-active.vault"\n}');
});

test('the seal of KMS is left out for a cluster that has none', () => {
  expect(configured({ rest: SEAL }).text).not.toContain('seal');
});

test('disable_mlock stays as it is set', () => {
  expect(configured({ rest: 'disable_mlock = false' }).text).not.toContain('disable_mlock = true');
});

const hcl = raftHcl();
test.each([
  ['JSON', '{"storage": {}}', 'it is JSON; give it as HCL'],
  ['a Helm template', `${hcl}{{ .Release.Name }}`, 'it has a Helm template ("{{"); give the text that Helm renders'],
  ['no listener', hcl.replace('listener "tcp"', 'listener "unix"'), 'it has no block listener "tcp"'],
  ['two listeners', `${hcl}listener "tcp" {}`, 'it has two blocks listener "tcp"; one is known here'],
  ['TLS off', raftHcl({ listener: 'tls_disable = 1' }), 'its listener has tls_disable; this cluster speaks TLS'],
  ['no certificate', hcl.replace('tls_cert_file', 'other'), 'its listener has no tls_cert_file; this cluster speaks TLS'],
  ['another file', hcl.replace('tls.crt', 'vault.pem'), 'tls_cert_file is "/vault/userconfig/vault-server-tls/vault.pem"; a Secret of cert-manager is mounted as a folder with ca.crt, tls.crt and tls.key'],
  ['two Secrets', hcl.replace('vault-server-tls/tls.key', 'other/tls.key'), 'its certificate is in /vault/userconfig/vault-server-tls and its key in /vault/userconfig/other; a Secret of cert-manager holds both'],
  ['another port', hcl.replace('[::]:8200', '[::]:443'), 'its listener\'s address is "[::]:443"; the chart\'s Services need port 8200'],
  ['no cluster address', hcl.replace('cluster_address', 'other'), 'its listener has no cluster_address; the chart\'s Services need port 8201'],
  ['no Raft', hcl.replace('"raft"', '"file"'), 'it has no block storage "raft"; HA without Raft is not known here'],
  ['a relative path', hcl.replace('/vault/data', 'data'), 'storage "raft" has no absolute path; the chart mounts /vault/data'],
  ['automatic joining', raftHcl({ storage: 'retry_join { auto_join = "provider=k8s" }' }), 'it has auto_join, which asks an API server for pods; name them with leader_api_addr'],
  ['a pod that is not there', raftHcl({ nodes: 4 }), 'leader_api_addr is "https://vault-3.vault-internal:8200", but the cluster has vault-0, vault-1, vault-2 only'],
  ['another peer', hcl.replace('https://vault-0.', 'http://vault-0.'), 'leader_api_addr is "http://vault-0.vault-internal:8200"; allowed is "https://vault-<n>.vault-internal:8200"'],
  ['an open block', `${hcl}service_registration "kubernetes" {`.replace('service_registration "kubernetes" {}', ''), 'the block service_registration "kubernetes" is not closed'],
])('%s is refused', (_what, text, words) => {
  expect(() => nodeConfiguration(text, 'shamir', first, nodes)).toThrow(new Error(`configuration of Vault's pods: ${words}`));
});

test('a cluster that is to be sealed by KMS needs its block', () => {
  expect(() => configured({}, 'awskms')).toThrow(
    'configuration of Vault\'s pods: it has no block seal "awskms", which this cluster is to be sealed by; add it, or choose the seal "shamir"',
  );
});

test('a node whose pod has an address listens there as well, on the ports of the pod', () => {
  const { text } = nodeConfiguration(raftHcl({}), 'shamir', { ...second, podAddress: '10.128.0.2' }, nodes);
  expect(text.match(/\b(cluster_)?address = .*/g)).toEqual(['address = "127.0.0.1:20001"', 'cluster_address = "127.0.0.1:21001"', 'address = "10.128.0.2:8200"', 'cluster_address = "10.128.0.2:8201"']);
  expect(text.match(/tls_key_file = .*/g)).toHaveLength(2);
});
