import type { Raft } from '../../lib/environment/environment';
import { raftHelmValues } from '../../lib/vault/raft-helm-values';

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-1234-5678-9abc-0a1b2c3d4e5f';
const IMAGE = { repository: 'hashicorp/vault', tag: `2.0.4@sha256:${'0a'.repeat(32)}` };

interface Server {
  readonly ha: { readonly replicas: number; readonly apiAddr: string; readonly disruptionBudget?: unknown; readonly raft: { readonly enabled: boolean; readonly setNodeId: boolean; readonly config: string } };
  readonly volumes?: readonly unknown[];
  readonly volumeMounts?: readonly unknown[];
  readonly extraContainers?: readonly Record<string, unknown>[];
  readonly [key: string]: unknown;
}

function values(change: Partial<Raft> = {}): { readonly global: unknown; readonly server: Server; readonly [key: string]: unknown } {
  const raft: Raft = { replicas: 3, tls: true, storageSize: 25, recovery: { shares: 5, threshold: 3 }, snapshots: { everyHours: 6, retentionDays: 35 }, ...change };
  return raftHelmValues({ raft, region: 'eu-central-1', sealKeyArn: KEY, image: IMAGE }) as ReturnType<typeof values>;
}
const configOf = (change: Partial<Raft> = {}) => values(change).server.ha.raft.config;
const { server } = values();

describe('the pods', () => {
  test.each([1, 3, 5] as const)('%d of them', (replicas) => {
    expect(values({ replicas }).server.ha).toMatchObject({ enabled: true, replicas, raft: { enabled: true, setNodeId: true } });
  });

  const labelSelector = { matchLabels: { 'app.kubernetes.io/name': 'vault', 'app.kubernetes.io/instance': 'vault', component: 'server' } };

  test('more than one are spread over three zones, by the labels that the chart gives them', () => {
    expect(server.topologySpreadConstraints).toEqual([
      { maxSkew: 1, minDomains: 3, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector },
    ]);
    expect(values({ replicas: 1 }).server).not.toHaveProperty('topologySpreadConstraints');
  });

  test.each([1, 3, 5] as const)('of %d, no two share a node', (replicas) => {
    expect(values({ replicas }).server.affinity).toEqual({
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector, topologyKey: 'kubernetes.io/hostname' }] },
    });
  });

  test('may be evicted while a majority stays, and one alone always: the chart’s budget for it would let no node be drained', () => {
    const budget = (replicas: number) => values({ replicas }).server.ha.disruptionBudget;
    expect(budget(1)).toEqual({ enabled: false });
    expect(budget(3)).toEqual({ enabled: true, maxUnavailable: 1 });
    expect(budget(5)).toEqual({ enabled: true, maxUnavailable: 2 });
  });

  test('have volumes of our class, which stay with their claims', () => {
    expect(server).toMatchObject({
      dataStorage: { enabled: true, size: '25Gi', storageClass: 'vault-gp3' },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
  });

  test('run as the service account that is there, without a right on the whole cluster', () => {
    expect(server).toMatchObject({ serviceAccount: { create: false, name: 'vault' }, authDelegator: { enabled: false } });
    expect(values()).toMatchObject({ injector: { enabled: false }, csi: { enabled: false }, ui: { enabled: false } });
  });

  test('ask for what they need, and have time to hand over', () => {
    expect(server).toMatchObject({ resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '1Gi' } }, terminationGracePeriodSeconds: 60 });
  });

  test('leave the Service of the leader when they are not ready', () => {
    expect(server.service).toEqual({ publishNotReadyAddresses: false });
  });

  test('are of the image that is named', () => {
    expect(server.image).toEqual(IMAGE);
  });
});

describe("Vault's configuration", () => {
  test('is this, with TLS', () => {
    expect(configOf({ replicas: 1 })).toBe(`ui = false
listener "tcp" {
  address = "[::]:8200"
  cluster_address = "[::]:8201"
  tls_cert_file = "/vault/tls/tls.crt"
  tls_key_file = "/vault/tls/tls.key"
  tls_min_version = "tls12"
}
storage "raft" {
  path = "/vault/data"
  performance_multiplier = 1
  retry_join {
    leader_api_addr = "https://vault-0.vault-internal:8200"
    leader_ca_cert_file = "/vault/tls/ca.crt"
  }
}
seal "awskms" {
  region = "eu-central-1"
  kms_key_id = "${KEY}"
}
service_registration "kubernetes" {}
`);
  });

  test.each([1, 3, 5] as const)('with %d replicas: each can join by each, by a name that its certificate has', (replicas) => {
    const peers = [...configOf({ replicas }).matchAll(/leader_api_addr = "(.*)"/g)].map(([, address]) => address);
    expect(peers).toEqual(Array.from({ length: replicas }, (_, index) => `https://vault-${index}.vault-internal:8200`));
    expect(values({ replicas }).server.ha.apiAddr).toBe('https://$(VAULT_K8S_POD_NAME).vault-internal:8200');
  });

  test('without TLS is plain in every place, and mounts nothing', () => {
    const plain = values({ tls: false });
    const { config } = plain.server.ha.raft;
    expect(plain.global).toEqual({ tlsDisable: true });
    expect(config).toContain('  tls_disable = 1\n');
    expect(config).not.toMatch(/https|tls_cert_file|ca\.crt/);
    expect(plain.server.ha.apiAddr).toBe('http://$(VAULT_K8S_POD_NAME).vault-internal:8200');
    for (const key of ['volumes', 'volumeMounts', 'extraContainers', 'extraEnvironmentVars', 'shareProcessNamespace']) expect(plain.server).not.toHaveProperty(key);
  });

  test('with TLS never says that it is off', () => {
    expect(values().global).toEqual({ tlsDisable: false });
    expect(configOf()).not.toContain('tls_disable');
  });
});

describe('the certificate', () => {
  const mount = { name: 'tls', mountPath: '/vault/tls', readOnly: true };
  const [sidecar, ...others] = server.extraContainers ?? [];

  test('is a Secret that only the group of Vault’s containers reads, where the configuration says', () => {
    expect(server.volumes).toEqual([{ name: 'tls', secret: { secretName: 'vault-tls', defaultMode: 0o440 } }]);
    expect(server.volumeMounts).toEqual([mount]);
    expect(server.extraEnvironmentVars).toEqual({ VAULT_CACERT: '/vault/tls/ca.crt' });
  });

  test('is watched by one container, which sees Vault’s process', () => {
    expect(server.shareProcessNamespace).toBe(true);
    expect(others).toEqual([]);
    expect(sidecar).toMatchObject({
      name: 'certificate-reload',
      image: `hashicorp/vault:${IMAGE.tag}`,
      env: [
        { name: 'CERTIFICATE', value: '/vault/tls/tls.crt' },
        { name: 'POLL_SECONDS', value: '30' },
      ],
      volumeMounts: [mount],
    });
  });

  test('its watcher may do nothing but signal, and has little', () => {
    expect(sidecar?.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    expect(sidecar?.resources).toEqual({ requests: { cpu: '5m', memory: '16Mi' }, limits: { memory: '32Mi' } });
  });
});
