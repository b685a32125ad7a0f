import { setTimeout as sleep } from 'node:timers/promises';
import { generateRoot, overBrokenGlass } from '../break-glass';
import { call, type Reply } from '../http';
import { addReader, readObject } from '../object-reader';
import type { World } from '../world';
import { logIn } from './gloo';
import { keptKeys, replicas } from './raft';
import { demand, demandEqual, failureOf, observerOf, type Stage, type Step } from './step';

const SECRETS = 200;
const LIMIT = 60_000;
/** Milliseconds, longer than Vault waits until it tries to unseal again. */
const ANOTHER_TRY = 8_000;
const RESTORER = 'restorer';

const secretName = (number: number) => `drill-${number}`;

/** From a Vault that is full to an empty one that is full again, as docs/production.md's "Restore" has it. */
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
    run: async (stage) => {
      const { world } = stage;
      const raft = replicas(world);
      await observerOf(stage).write(latePath(world), { data: { late: true } });
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
      const between = await initialiseByHand(world);
      await raft.waitForVoters(LIMIT);
      const { status, text } = await restore(world, snapshot, between);
      demand(status < 300, `Vault answered ${status} to the snapshot: ${text.slice(0, 300)}`);
      await unsealedAndVoting(stage);
      demand(!(await observerOf(stage).knows(between.root_token)), 'The root token of the Vault in between still works');
      const kept = await keptKeys(world);
      await overBrokenGlass(raft, async (place) => {
        // As many as it takes: fewer make no root token whosever they are.
        const failure = await failureOf('A root token from the recovery keys of the Vault in between', generateRoot(place, between.recovery_keys_base64, kept.recovery_threshold));
        demand(failure.message.includes('400 to PUT sys/generate-root/update'), `Vault refused those recovery keys otherwise than as wrong ones: ${failure.message}`);
        const root = await generateRoot(place, kept.recovery_keys, kept.recovery_threshold);
        await observerOf(stage).write('auth/token/revoke', { token: root });
      });
      return { beyond: `${snapshot.length} bytes restored, which no role of the templates may read; unsealed by KMS, and every node votes; the recovery keys in the secret are the ones that count again` };
    },
  },
  {
    title: 'Gloo reads the same secrets, and the configuration is whole',
    run: async (stage) => {
      const { world } = stage;
      const count = await readAll(stage);
      demandEqual('Secrets that Gloo reads', count, SECRETS);
      demandEqual('The secret that was written after the snapshot', await observerOf(stage).read(latePath(world)), undefined);
      const before = world.apiServer.requests.length;
      const ended = await world.configure({ RequestType: 'Update', OldResourceProperties: world.configurationProperties, PhysicalResourceId: 'again' });
      demand(!ended.error, `The configuration function failed: ${ended.error?.message ?? ''}`);
      const writes = world.apiServer.requests.slice(before).filter(({ verb, path }) => verb !== 'get' && !path.endsWith('/login'));
      demandEqual('Writes of the configuration function', writes.map(({ path }) => path), []);
      return { beyond: `${count} of ${SECRETS} secrets read by Gloo, and none that is younger than the snapshot; the function logs in as before, and has nothing to write` };
    },
  },
  {
    title: 'With the KMS key lost, the same snapshot is worth nothing',
    run: async (stage) => {
      const { world } = stage;
      const raft = replicas(world);
      const key = /kms_key_id = \\"([^"\\]+)\\"/.exec(JSON.stringify(world.objects.release('vault').values))?.[1];
      demand(key, "Vault's configuration names no KMS key");
      const snapshot = await fetchSnapshot(stage);
      await raft.loseVolumes();
      const between = await initialiseByHand(world);
      world.aws.keys.loseKey(key);
      const refused = await restore(world, snapshot, between);
      demand(refused.status === 400 && refused.text.includes('could not verify hash file'), `Vault answered ${refused.status} to the snapshot: ${refused.text.slice(0, 300)}`);
      const forced = await restore(world, snapshot, between, 'snapshot-force');
      await sealedForGood(world);
      await Promise.all(raft.nodes.map((node) => node.kill()));
      const failure = await failureOf('A start without the key', raft.nodes[0]?.start() ?? Promise.resolve());
      demand(failure.message.includes(`'${key}' does not exist`), `Vault failed otherwise than for want of its key: ${failure.message}`);
      return { beyond: `Vault refuses it ("could not verify hash file"); with -force it answers ${forced.status}, stays sealed for good, and does not start again: nothing is left that could read a snapshot` };
    },
  },
];

const latePath = ({ environment }: World) => `${environment.vault.kv.mountPath}/data/late`;

interface Initialised {
  readonly root_token: string;
  readonly recovery_keys_base64: readonly string[];
}

/** `vault operator init` in the first pod, with as many keys as the Vault had that was lost. */
async function initialiseByHand(world: World): Promise<Initialised> {
  const { shares, threshold } = world.environment.vault.raft?.recovery ?? { shares: 1, threshold: 1 };
  const { status, text } = await askFirst(world, 'PUT', 'sys/init', { recovery_shares: shares, recovery_threshold: threshold });
  demand(status < 300, `Vault answered ${status} to sys/init: ${text.slice(0, 300)}`);
  demandEqual('The leader', await replicas(world).waitForLeader(LIMIT), 0);
  return JSON.parse(text) as Initialised;
}

/**
 * `vault operator raft snapshot restore`. Without `-force`, Vault first looks whether its seal opens the snapshot's checksums:
 * they open wherever the KMS key is the same.
 */
function restore(world: World, snapshot: Buffer, { root_token: token }: Initialised, endpoint: 'snapshot' | 'snapshot-force' = 'snapshot'): Promise<Reply> {
  return askFirst(world, 'POST', `sys/storage/raft/${endpoint}`, snapshot, token);
}

function askFirst(world: World, method: string, path: string, body: unknown, token?: string): Promise<Reply> {
  const raft = replicas(world);
  return call({ method, url: `${raft.nodes[0]?.address}/v1/${path}`, body, ca: raft.caPem, limit: LIMIT, ...(token === undefined ? {} : { headers: { 'x-vault-token': token } }) });
}

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
  const object = `arn:${world.environment.partition.name}:s3:::${bucket}/${key}`;
  const readers = world.deployment.ofType('AWS::IAM::Role').filter(({ physicalId }) => world.iam.authorize(world.iam.role(physicalId), 'drill', 's3:GetObject', object).allowed);
  demandEqual('The list of roles in the templates that may read a snapshot', readers.map(({ physicalId }) => physicalId), []);
  addReader(world, RESTORER, object);
  return readObject(world, RESTORER, { bucket, key });
}

async function unsealedAndVoting(stage: Stage): Promise<void> {
  const raft = replicas(stage.world);
  for (const deadline = Date.now() + LIMIT; ; await sleep(200)) {
    const sealed = await Promise.all(raft.nodes.map((_, index) => raft.sealStatus(index).then((status) => status.sealed, () => true)));
    const peers = (await raft.leader()) === undefined ? undefined : await observerOf(stage).read('sys/storage/raft/configuration').catch(() => undefined);
    const voters = (peers as { config?: { servers?: readonly { voter: boolean }[] } } | undefined)?.config?.servers?.filter(({ voter }) => voter).length ?? 0;
    if (!sealed.includes(true) && voters === raft.nodes.length) return;
    demand(Date.now() < deadline, `${LIMIT} ms after the restore, ${sealed.filter(Boolean).length} nodes are sealed or silent, and ${voters} of ${raft.nodes.length} vote`);
  }
}

/** Sealed, and no better after another try. */
async function sealedForGood(world: World): Promise<void> {
  const raft = replicas(world);
  const isSealed = () => raft.sealStatus(0).then((status) => status.sealed, () => undefined);
  for (const deadline = Date.now() + LIMIT; (await isSealed()) !== true; await sleep(200)) {
    demand(Date.now() < deadline, `vault-0 is not sealed ${LIMIT} ms after it was given a snapshot whose key is lost`);
  }
  await sleep(ANOTHER_TRY);
  demandEqual('vault-0 sealed', await isSealed(), true);
  demandEqual('A leader', await raft.leader(), undefined);
}
