import { Testing } from 'cdk8s';
import { CertificateAuthorityChart, CertificateChart } from '../../cdk8s/certificates';
import { raftHelmValues } from '../../lib/vault/raft-helm-values';
import { serverNames } from '../../lib/vault/tls';
import { CertManager } from '../../rehearsal/cert-manager';
import type { HelmRelease, KubernetesObject, KubernetesObjects } from '../../rehearsal/kubernetes-objects';
import { startRaftVault } from '../../rehearsal/raft-vault';
import { startRaftCluster } from '../../rehearsal/vault/raft-cluster';
import { watchRaftServices } from '../../rehearsal/vault/raft-services';

// What is told to the processes; that they do it is for tests with a real Vault.
jest.mock('../../rehearsal/vault/raft-cluster');
jest.mock('../../rehearsal/vault/raft-services');
const close = jest.fn<Promise<void>, []>(() => Promise.resolve());
const closeServices = jest.fn<Promise<void>, []>(() => Promise.resolve());
beforeEach(() => {
  jest.clearAllMocks();
  (startRaftCluster as jest.Mock).mockResolvedValue({ nodes: ['node'], close });
  (watchRaftServices as jest.Mock).mockReturnValue({ close: closeServices });
});

type Values = { server: Record<string, unknown> & { ha: Record<string, unknown> } };
const raft = { replicas: 3, tls: true, storageSize: 10, recovery: { shares: 5, threshold: 3 }, snapshots: { everyHours: 6, retentionDays: 35 } } as const;
const values = raftHelmValues({ raft, region: 'us-east-1', sealKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/k', image: { repository: 'hashicorp/vault', tag: '2.0.4' } }) as Values;
const release = (server: Record<string, unknown> = {}): HelmRelease => ({ release: 'vault', namespace: 'vault', chart: 'vault', repository: 'https://example.com', version: '1.0.0', values: { ...values, server: { ...values.server, ...server } } });

let certManager: CertManager;
beforeAll(async () => {
  const charts = [
    new CertificateAuthorityChart(Testing.app(), 'authority'),
    new CertificateChart(Testing.app(), 'server', { namespace: 'vault', name: 'vault-tls', usage: 'server auth', ...serverNames({ namespace: 'vault' }) }),
  ];
  certManager = await CertManager.of({ all: charts.flatMap((chart) => Testing.synth(chart) as KubernetesObject[]) } as unknown as KubernetesObjects);
});
const start = (of: HelmRelease) => startRaftVault({ release: of, certManager, command: { program: 'vault' } as never, env: { AWS_REGION: 'us-east-1' } });

test('as many pods as replicas, with the configuration and the certificate of the release', async () => {
  const vault = await start(release());
  expect(startRaftCluster).toHaveBeenCalledWith({
    command: { program: 'vault' },
    size: 3,
    ca: certManager.authority,
    seal: 'awskms',
    env: { AWS_REGION: 'us-east-1' },
    configuration: (values.server.ha.raft as { config: string }).config,
    dnsNames: ['vault-active.vault', 'vault-active.vault.svc', 'vault-active.vault.svc.cluster.local', '*.vault-internal', '127.0.0.1'],
  });
  expect(vault.caPem).toBe(certManager.authority.caPem);
  expect(vault.sidecars).toEqual([{ name: 'certificate-reload', command: expect.any(Array) as unknown, env: { CERTIFICATE: '/vault/tls/tls.crt', POLL_SECONDS: '30' } }]);
});

test.each([
  ['as the release says', {}, false],
  ['and by the chart’s default unready pods too', { service: {} }, true],
])('its Services publish %s', async (_, server, publishNotReadyAddresses) => {
  await start(release(server));
  expect(watchRaftServices).toHaveBeenCalledWith({ nodes: ['node'], namespace: 'vault', publishNotReadyAddresses });
});

test('the Services end before the pods', async () => {
  await (await start(release())).close();
  expect(closeServices.mock.invocationCallOrder[0]).toBeLessThan(close.mock.invocationCallOrder[0] ?? 0);
});

describe('refuses', () => {
  afterEach(() => expect(startRaftCluster).not.toHaveBeenCalled());

  test('a certificate elsewhere than the configuration reads it', async () => {
    await expect(start(release({ volumeMounts: [{ name: 'tls', mountPath: '/vault/userconfig/tls' }] }))).rejects.toThrow(
      "Vault's configuration reads its certificate where no Secret is mounted; mounted are /vault/userconfig/tls",
    );
    await expect(start(release({ volumes: [] }))).rejects.toThrow('mounted are none');
  });

  test('a Secret that no Certificate fills', async () => {
    await expect(start(release({ volumes: [{ name: 'tls', secret: { secretName: 'other' } }] }))).rejects.toThrow('No Certificate fills the Secret vault/other');
  });

  test.each([
    ['a number of replicas that Raft does not want', { replicas: 2 }],
    ['replicas that are not switched on', { enabled: false }],
    ['another storage', { raft: { enabled: false, config: '' } }],
  ])('%s', async (_, ha) => {
    await expect(start(release({ ha: { ...values.server.ha, ...ha } }))).rejects.toThrow();
  });
});
