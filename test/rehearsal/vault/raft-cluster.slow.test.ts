import { setTimeout as sleep } from 'node:timers/promises';
import { startApiServer, type ApiServer } from '../../../rehearsal/api-server/api-server';
import { createCertificateAuthority, type CertificateAuthority } from '../../../rehearsal/certificate-authority';
import { soleLeader, startRaftCluster, votersIn, type RaftCluster } from '../../../rehearsal/vault/raft-cluster';
import { watchRaftServices, type RaftServices } from '../../../rehearsal/vault/raft-services';
import { ask, type Answer } from '../api-server/client';
import { apiServerOptions, GOOD, manifests } from '../api-server/fixture';
import { describeWithVault } from './available';
import { DNS_NAMES, raftHcl } from './raft-hcl';

// Raft's own timing and autopilot's, made short: Vault's defaults need 10 s and more for an election, and as long for a new voter.
const QUICK = 'performance_multiplier = 1\n  autopilot_reconcile_interval = "200ms"\n  autopilot_update_interval = "200ms"';
const LIMIT = 15_000;

test.each([
  [[false, true, false], 1],
  [[true, true, false], undefined],
  [[false, false, false], undefined],
])('of nodes that are active %p, the leader is %p', (active, leader) => {
  expect(soleLeader(active)).toBe(leader);
});

test.each([
  [1, 'storage.raft: initial configuration: index=1 servers="[{Suffrage:Voter ID:vault-0 Address:127.0.0.1:1}]"'],
  [2, 'storage.raft: updating configuration: command=AddVoter server-id=vault-1 servers="[{Suffrage:Voter ID:vault-0} {Suffrage:Voter ID:vault-1} {Suffrage:Nonvoter ID:vault-2}]"'],
  [0, 'storage.raft: election won: term=2 tally=1'],
])('%p voters are listed by %p', (voters, line) => {
  expect(votersIn(`2026-11-23T22:00:09.425Z [INFO]  ${line}`)).toBe(voters);
});

describeWithVault('a Raft cluster of three', (command) => {
  let ca: CertificateAuthority;
  let cluster: RaftCluster;
  let services: RaftServices;
  let api: ApiServer;
  let key = '';
  let token = '';
  const lines: string[] = [];

  beforeAll(async () => {
    ca = await createCertificateAuthority('Rehearsal CA');
    cluster = await startRaftCluster({
      command: command(),
      size: 3,
      ca,
      seal: 'shamir',
      env: {},
      configuration: raftHcl({ storage: QUICK, rest: 'seal "awskms" {}' }),
      dnsNames: DNS_NAMES,
      onLine: (line, node) => lines.push(`${node}: ${line}`),
    });
    services = watchRaftServices({ nodes: cluster.nodes, namespace: 'vault', publishNotReadyAddresses: false, readinessProbe: { initialDelaySeconds: 0, periodSeconds: 1 } });
    const [role, binding] = manifests;
    api = await startApiServer({
      ...apiServerOptions(ca, () => undefined),
      manifests: [{ ...role, rules: [{ apiGroups: [''], resources: ['services/proxy', 'pods/proxy'], verbs: ['get', 'update'] }] }, { ...binding }],
      services: services.services,
      pods: services.pods,
    });
  });
  afterAll(async () => {
    await api.close();
    await services.close();
    await cluster.close();
  });

  const vault = (index: number, method: string, path: string, body?: unknown): Promise<Answer> =>
    ask({ endpoint: cluster.nodes[index]?.address ?? '', caPem: ca.caPem }, `/v1/${path}`, { method, headers: { 'x-vault-token': token }, body: JSON.stringify(body) });
  const proxied = (resource: string, path: string): Promise<Answer> =>
    ask(api, `/api/v1/namespaces/vault/${resource}/proxy/v1/${path}`, { headers: { ...GOOD, 'x-vault-token': token } });
  const data = (answer: Answer) => (JSON.parse(answer.text) as { data: unknown }).data;

  /** Polls for what settles by itself. */
  async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
    for (let tries = 0; tries < 150; tries++) {
      const found = await look();
      if (found !== undefined) {
        return found;
      }
      await sleep(100);
    }
    throw new Error('it never settled');
  }
  /** A node that has not joined yet, which its retry_join does every 2 s, knows of no initialisation. */
  const unseal = async (index: number): Promise<void> => {
    await until(async () => {
      await vault(index, 'PUT', 'sys/unseal', { key });
      return (await cluster.sealStatus(index)).sealed ? undefined : true;
    });
  };
  /** What a node reads, which for a standby takes until it knows its leader. */
  const reads = (index: number) =>
    until(async () => {
      const answer = await vault(index, 'GET', 'dev/a');
      return answer.status === 200 ? data(answer) : undefined;
    });

  test('comes up uninitialised, with no leader, reachable as pods only', async () => {
    expect(cluster.version).toBe(command().version);
    expect(await Promise.all([0, 1, 2].map((index) => cluster.sealStatus(index)))).toEqual(Array(3).fill({ type: 'shamir', initialized: false, sealed: true }));
    expect(await cluster.leader()).toBeUndefined();
    await expect(cluster.waitForLeader(1)).rejects.toThrow(
      'no leader among Vault\'s nodes in 1 ms: vault-0 is uninitialised, vault-1 is uninitialised, vault-2 is uninitialised',
    );
    expect(await proxied('services/https:vault-active:8200', 'sys/health')).toMatchObject({ status: 503, text: expect.stringContaining('no endpoints available') as string });
    expect(await proxied('pods/https:vault-0:8200', 'sys/health')).toMatchObject({ status: 501 });
    await expect(cluster.waitForVoters(1)).rejects.toThrow(/^Raft has 0 voters of 3 nodes after 1 ms; /);
    await expect(cluster.sealStatus(3)).rejects.toThrow('the cluster has no node 3; there are 3, from 0');
  });

  test('initialised on vault-0 and unsealed, it has three voters and a leader behind vault-active', async () => {
    const init = JSON.parse((await vault(0, 'PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 })).text) as { keys: [string]; root_token: string };
    [key, token] = [init.keys[0], init.root_token];
    await unseal(0);
    expect(await cluster.waitForLeader(LIMIT)).toBe(0);
    await until(async () => ((await vault(0, 'PUT', 'sys/storage/raft/autopilot/configuration', { server_stabilization_time: '200ms' })).status === 204 ? true : undefined));
    await Promise.all([unseal(1), unseal(2)]);const voters = await until(async () => {
      const { config } = data(await vault(0, 'GET', 'sys/storage/raft/configuration')) as { config: { servers: { node_id: string; voter: boolean }[] } };
      return config.servers.filter(({ voter }) => voter).length === 3 ? config.servers : undefined;
    });
    await cluster.waitForVoters(LIMIT);
    expect(voters.map((server) => server.node_id).sort()).toEqual(['vault-0', 'vault-1', 'vault-2']);
    expect(await services.waitForEndpoint('vault-active', LIMIT)).toBe(cluster.nodes[0]?.address);
    expect(await proxied('services/https:vault-active:8200', 'sys/health')).toMatchObject({ status: 200 });
    expect(lines.some((line) => line.startsWith('vault-2: '))).toBe(true);
  }, 20_000);

  test('the audit entries of all nodes come together', async () => {
    const leader = await cluster.waitForLeader(LIMIT);
    await vault(leader, 'PUT', 'sys/mounts/dev', { type: 'kv', options: { version: '1' } });
    await vault(leader, 'PUT', 'sys/audit/stdout', { type: 'file', options: { file_path: 'stdout' } });
    await vault(leader, 'PUT', 'dev/a', { word: 'kept' });
    const entry = await cluster.waitForAudit(({ type, request }) => type === 'response' && request.path === 'dev/a', LIMIT);
    expect(cluster.auditEntries()).toContainEqual(entry);
    expect(cluster.nodes[leader]?.auditEntries()).toContainEqual(entry);
  });

  // First vault-0, which made the cluster: one that joined it under Shamir and was never restarted since may stay active in its
  // own eyes when it has lost the lead (hashicorp/vault#18117).
  test('its leader frozen, another leads, a certificate is renewed without a restart, and there is one leader after the thaw', async () => {
    const frozen = await cluster.waitForLeader(LIMIT);
    await cluster.nodes[frozen]?.pause();
    const next = await cluster.waitForLeader(LIMIT);
    expect(next).not.toBe(frozen);
    const node = cluster.nodes[next];
    await until(() => Promise.resolve(services.endpoints('vault-active').join() === node?.address ? true : undefined));

    const [started, before] = [node?.startedAt(), await node?.servedSerial()];
    const serial = await cluster.renewCertificate();
    expect(await node?.servedSerial()).toBe(before);
    await node?.reload();
    expect([await node?.servedSerial(), node?.startedAt()]).toEqual([serial, started]);
    expect(serial).not.toBe(before);
    expect(await reads(next)).toEqual({ word: 'kept' });

    await cluster.nodes[frozen]?.resume();
    expect(await until(() => cluster.leader())).toBe(next);
    expect(await reads(frozen)).toEqual({ word: 'kept' });
    await until(() => Promise.resolve(services.endpoints('vault').length === 3 ? true : undefined));
    expect(services.endpoints('vault-active')).toEqual([node?.address]);
  }, 20_000);

  test('its leader killed, vault-active is empty, then another\'s; the killed one joins again', async () => {
    const killed = await cluster.waitForLeader(LIMIT);
    const address = await services.waitForEndpoint('vault-active', LIMIT, (node) => node === cluster.nodes[killed]);
    await cluster.nodes[killed]?.kill();
    expect(await proxied('services/https:vault-active:8200', 'dev/a')).toMatchObject({ status: 503 });
    expect((await proxied(`pods/https:vault-${killed}:8200`, 'sys/health')).text).toContain(`dial tcp ${new URL(address).host}: connect: connection refused`);
    const next = await cluster.waitForLeader(LIMIT);
    expect(next).not.toBe(killed);
    await services.waitForEndpoint('vault-active', LIMIT);
    expect(data(await proxied('services/https:vault-active:8200', 'dev/a'))).toEqual({ word: 'kept' });
    await cluster.nodes[killed]?.start();
    await expect(cluster.nodes[killed]?.start()).rejects.toThrow('is running already; kill it first, or restart it');
    await unseal(killed);
    expect(await reads(killed)).toEqual({ word: 'kept' });
    expect(await cluster.waitForLeader(LIMIT)).toBe(next);
  }, 20_000);
});
