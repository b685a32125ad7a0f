import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { startRaftCluster, type RaftCluster } from '../../../../rehearsal/vault/raft-cluster';
import { ask } from '../../../rehearsal/api-server/client';
import { describeWithVault } from '../../../rehearsal/vault/available';
import { DNS_NAMES, raftHcl } from '../../../rehearsal/vault/raft-hcl';
import { rehearseSnapshots, type RehearsedSnapshots } from './rehearsed-snapshots';

const ROLE = 'vault-backup-gloo-prod';
const SNAPSHOT = 'sys/storage/raft/snapshot';

describeWithVault('a snapshot of a real Vault', (command) => {
  let rehearsed: RehearsedSnapshots;
  let cluster: RaftCluster;
  let folder: string;
  let key: string;
  let token = '';

  const vault = async (method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> => {
    const place = { endpoint: cluster.nodes[0]?.address ?? '', caPem: rehearsed.ca.caPem };
    const { status, text } = await ask(place, `/v1/${path}`, { method, headers: { 'x-vault-token': token }, body: JSON.stringify(body) });
    return { status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  };
  const write = async (path: string, body: unknown) => expect([path, (await vault('PUT', path, body)).status]).toEqual([path, 204]);
  const allow = (capabilities: string[]) => write(`sys/policies/acl/${ROLE}`, { policy: JSON.stringify({ path: { [SNAPSHOT]: { capabilities } } }) });

  beforeAll(async () => {
    rehearsed = await rehearseSnapshots({ vault: () => cluster.nodes[0]?.address });
    folder = mkdtempSync(join(tmpdir(), 'snapshots-'));
    const caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, rehearsed.ca.caPem);
    const env = { HTTPS_PROXY: rehearsed.aws.proxyUrl, SSL_CERT_FILE: caFile, AWS_EC2_METADATA_DISABLED: 'true' };
    cluster = await startRaftCluster({ command: command(), size: 1, ca: rehearsed.ca, seal: 'shamir', env, configuration: raftHcl({ nodes: 1, storage: 'performance_multiplier = 1' }), dnsNames: DNS_NAMES });
    const { body } = await vault('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 });
    token = body.root_token as string;
    key = (body.keys as [string])[0];
    await vault('PUT', 'sys/unseal', { key });
    await cluster.waitForLeader(20_000);
    const { authMethod } = rehearsed.event as unknown as { authMethod: Record<string, string> };
    await write('sys/auth/aws', { type: 'aws' });
    await write('auth/aws/config/client', { iam_server_id_header_value: authMethod.serverIdHeader, sts_endpoint: authMethod.stsEndpoint, sts_region: authMethod.stsRegion });
    await write(`auth/aws/role/${ROLE}`, { auth_type: 'iam', bound_iam_principal_arn: `arn:aws:iam::111122223333:role/${ROLE}`, resolve_aws_unique_ids: false, policies: ROLE, max_ttl: '15m' });
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
    await rehearsed.close();
    rmSync(folder, { recursive: true });
  });

  test('is refused while its policy has another path', async () => {
    await write(`sys/policies/acl/${ROLE}`, { policy: JSON.stringify({ path: { 'sys/health': { capabilities: ['read'] } } }) });
    expect((await rehearsed.run(3000)).error).toMatch(/^GET sys\/storage\/raft\/snapshot was answered with 403 .*Its policy of the same name must allow read/);
  });

  test('is stored with no more than read on that path, and Vault takes it back', async () => {
    await allow(['read']);
    await write('cubbyhole/before', { word: 'kept' });
    const { stored, error } = await rehearsed.run(10_000);
    expect(error).toBeUndefined();
    const snapshot = await rehearsed.read(stored?.key ?? '');
    expect(snapshot.length).toBe(stored?.bytes);
    const archive = gunzipSync(snapshot).toString('latin1');
    for (const member of ['meta.json', 'state.bin', 'SHA256SUMS', 'SHA256SUMS.sealed']) expect(archive).toContain(member);
    expect(archive).not.toContain('kept');

    await write('cubbyhole/before', { word: 'changed' });
    const restored = await ask({ endpoint: cluster.nodes[0]?.address ?? '', caPem: rehearsed.ca.caPem }, `/v1/${SNAPSHOT}`, { method: 'POST', headers: { 'x-vault-token': token, 'content-length': String(snapshot.length) }, body: snapshot as unknown as string });
    expect(restored.status).toBe(204);
    await vault('PUT', 'sys/unseal', { key });
    await cluster.waitForLeader(20_000);
    expect((await vault('GET', 'cubbyhole/before')).body).toMatchObject({ data: { word: 'kept' } });
  }, 60_000);
});
