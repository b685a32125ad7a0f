import { setTimeout as sleep } from 'node:timers/promises';
import { HttpRequest } from '@smithy/protocol-http';
import { signer } from '../../lib/vault/client/aws';
import { generateRoot } from '../break-glass';
import { call } from '../http';
import type { World } from '../world';
import { logIn } from './gloo';
import { keptKeys, replicas } from './raft';
import { demand, demandEqual, failureOf, observerOf, type Stage, type Step } from './step';

const SECRETS = 200;
const LIMIT = 60_000;
/** Who may read snapshots is decided outside of this app: here, with no more than that takes. */
const RESTORER = 'restorer';

const secretName = (number: number) => `drill-${number}`;

/** From a Vault that is full to an empty one that is full again, as README's "Restore" has it. */
export const fillStep: Step = {
  title: `${SECRETS} secrets are written, and Gloo reads them`,
  run: async (stage) => {
    const { gloo, vault } = stage.world.environment;
    const observer = observerOf(stage);
    for (let number = 1; number <= SECRETS; number += 1) {
      const name = secretName(number);
      await observer.write(`${vault.kv.mountPath}/data/gloo/gloo.solo.io/v1/Secret/${gloo.namespace}/${name}`, {
        data: { metadata: { name, namespace: gloo.namespace }, header: { headers: { 'x-number': String(number) } } },
      });
    }
    return { beyond: `Gloo read ${await readAll(stage)} secrets` };
  },
};

export const restoreSteps: readonly Step[] = [
  {
    title: 'All volumes are lost; the pods start on empty ones',
    run: async ({ world }) => {
      const raft = replicas(world);
      await raft.loseVolumes();
      const { initialized } = await raft.sealStatus(0);
      demandEqual('vault-0 initialised', initialized, false);
      const ended = await world.configure({ RequestType: 'Update', OldResourceProperties: world.configurationProperties, PhysicalResourceId: 'again' });
      demand(ended.error?.message.includes('restore a snapshot'), `The function did not stop at an empty Vault beside recovery keys: ${ended.error?.message ?? 'it went through'}`);
      return { beyond: 'the function refuses to initialise a second Vault, and says to restore a snapshot' };
    },
  },
  {
    title: 'vault operator init, then the snapshot from S3 is restored',
    run: async (stage) => {
      const { world } = stage;
      const raft = replicas(world);
      const snapshot = await fetchSnapshot(stage);
      const first = { address: raft.nodes[0]?.address ?? '', caPem: raft.caPem };
      const send = async (method: string, path: string, body: unknown, token?: string) => {
        const { status, text } = await call({ method, url: `${first.address}/v1/${path}`, body, ca: first.caPem, limit: LIMIT, ...(token === undefined ? {} : { headers: { 'x-vault-token': token } }) });
        demand(status < 300, `Vault answered ${status} to ${method} ${path}: ${text.slice(0, 300)}`);
        return text;
      };
      const made = JSON.parse(await send('PUT', 'sys/init', { recovery_shares: 1, recovery_threshold: 1 })) as { root_token: string; recovery_keys_base64: string[] };
      demandEqual('The leader', await raft.waitForLeader(LIMIT), 0);
      await raft.waitForVoters(LIMIT);
      await send('POST', 'sys/storage/raft/snapshot-force', snapshot, made.root_token);
      await unsealed(world);
      const kept = await keptKeys(world);
      await failureOf('A root token from the recovery keys of the Vault in between', generateRoot(await world.vault.place(), made.recovery_keys_base64, 1));
      const root = await generateRoot(await world.vault.place(), kept.recovery_keys, kept.recovery_threshold);
      await send('PUT', 'auth/token/revoke-self', {}, root);
      return { beyond: `${snapshot.length} bytes restored; unsealed by KMS; the recovery keys in the secret are the ones that count again` };
    },
  },
  {
    title: 'Gloo reads the same secrets, and the configuration is whole',
    run: async (stage) => {
      const { world } = stage;
      const count = await readAll(stage);
      demandEqual('Secrets that Gloo reads', count, SECRETS);
      const before = world.apiServer.requests.length;
      const ended = await world.configure({ RequestType: 'Update', OldResourceProperties: world.configurationProperties, PhysicalResourceId: 'again' });
      demand(!ended.error, `The configuration function failed: ${ended.error?.message ?? ''}`);
      const writes = world.apiServer.requests.slice(before).filter(({ verb, path }) => verb !== 'get' && !path.endsWith('/login'));
      demandEqual('Writes of the configuration function', writes.map(({ path }) => path), []);
      return { beyond: `${count} of ${SECRETS} secrets read by Gloo; the function logs in as before, and has nothing to write` };
    },
  },
  {
    title: 'With the KMS key lost, the same snapshot is worth nothing',
    run: async ({ world }) => {
      const raft = replicas(world);
      const key = /kms_key_id = \\"([^"\\]+)\\"/.exec(JSON.stringify(world.objects.release('vault').values))?.[1];
      demand(key, "Vault's configuration names no KMS key");
      world.aws.keys.loseKey(key);
      await Promise.all(raft.nodes.map((node) => node.kill()));
      const starts = [
        () => Promise.all(raft.nodes.map((node) => node.start())),
        () => raft.loseVolumes(),
      ];
      for (const start of starts) {
        const failure = await failureOf('A start without the key', start());
        demand(/kms/i.test(failure.message), `Vault failed otherwise than by KMS: ${failure.message}`);
      }
      return { beyond: 'Vault does not even start, with its volumes or with empty ones: nothing is left that could read the snapshot' };
    },
  },
];

/** Gloo's login, its list, and a read of each. @returns how many held what was written. */
async function readAll(stage: Stage): Promise<number> {
  const { gloo } = stage.world.environment;
  const { client, token } = await logIn(stage, 'gloo');
  const listed = await client.list(token, gloo.namespace);
  let right = 0;
  for (let number = 1; number <= SECRETS; number += 1) {
    if (!listed.includes(secretName(number))) continue;
    const secret = (await client.read(token, gloo.namespace, secretName(number))) as { header?: { headers?: Record<string, string> } };
    if (secret.header?.headers?.['x-number'] === String(number)) right += 1;
  }
  return right;
}

async function fetchSnapshot({ world, snapshot }: Stage): Promise<Buffer> {
  demand(snapshot, 'No snapshot was taken');
  const { bucket, key } = snapshot;
  const { partition, region } = world.environment;
  const keys = world.deployment.ofType('AWS::KMS::Key').map(({ arn }) => arn);
  world.iam.addRole(RESTORER, 'lambda.amazonaws.com', [
    { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:${partition.name}:s3:::${bucket}/*` },
    { Effect: 'Allow', Action: 'kms:Decrypt', Resource: keys },
  ]);
  const url = new URL(`/${bucket}/${key}`, world.aws.tlsUrls.s3);
  const request = new HttpRequest({ method: 'GET', protocol: 'https:', hostname: url.host, path: url.pathname, headers: { host: url.host, 'x-amz-content-sha256': EMPTY } });
  const { headers } = await signer(world.aws.issueSession(RESTORER, 'drill'), 's3', region).sign(request);
  const { status, text, bytes } = await call({ method: 'GET', url: url.href, headers, ca: world.awsCaPem, limit: LIMIT });
  demand(status === 200, `S3 answered ${status} to a read of ${key}: ${text.slice(0, 300)}`);
  return bytes;
}

/** SHA-256 of nothing. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

async function unsealed(world: World): Promise<void> {
  const raft = replicas(world);
  for (const deadline = Date.now() + LIMIT; ; await sleep(200)) {
    const sealed = await Promise.all(raft.nodes.map((_, index) => raft.sealStatus(index).then((status) => status.sealed, () => true)));
    if (!sealed.includes(true) && (await raft.leader()) !== undefined) return;
    demand(Date.now() < deadline, `${sealed.filter(Boolean).length} nodes are sealed ${LIMIT} ms after the restore`);
  }
}
