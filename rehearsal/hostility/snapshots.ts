import { mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { respond } from '../../lib/vault/snapshots/handler/respond';
import type { StoredSnapshot } from '../../lib/vault/snapshots/handler/snapshot';
import { createCertificateAuthority } from '../certificate-authority';
import { scheduled } from '../deployed-functions';
import { addReader, readObject } from '../object-reader';
import { inspectSnapshot } from '../vault/inspect-snapshot';
import { createWorld, type World, type WorldOptions } from '../world';
import { faultFor, hostilityOf, type Hostility } from './faults';
import { runFunction, type Outcome } from './function-run';
import { startHostileProxy, type Decide, type HostileProxy } from './hostile-proxy';
import { learnCredentials, learnFrom } from './learn';
import { brokenRun, type Play } from './play';
import { Secrets } from './secrets';

/** Milliseconds; `idle` is without a byte of a transfer. */
const CALM = { patience: { starting: 20_000, settling: 20_000, passing: 20_000, pause: { first: 10, longest: 200 }, limit: 60_000 }, requestTimeout: 20_000, idle: 20_000 };
const HASTY = { patience: { starting: 300, settling: 300, passing: 600, pause: { first: 4, longest: 50 }, limit: 3000 }, requestTimeout: 400, idle: 400 };
/** What a loaded machine may add to a run's time. */
const SLACK = 10_000;
const READER = 'reader';

/** A run without faults makes three requests: login, snapshot, upload. */
export const snapshotHostility = (seed: number): Hostility => hostilityOf(seed, 4);

/** A real Vault with a replica, configured, and a bucket, between which the function that takes snapshots has a hostile way. */
export class SnapshotGround {
  private secrets = new Secrets();
  private said: string[] = [];
  /** Versions of objects that were looked at. */
  private readonly known = new Set<string>();
  private readonly scratch = realpathSync(mkdtempSync(join(tmpdir(), 'scratch-')));
  private proxy!: HostileProxy;

  private constructor(
    private readonly world: World,
    private readonly options: WorldOptions,
  ) {}

  static async start(options: WorldOptions): Promise<SnapshotGround> {
    const world = await createWorld(options);
    const ground = new SnapshotGround(world, options);
    const { aws, apiServer } = world;
    const upstreams = { apiServer, iam: aws.iamUrl, events: aws.eventsUrl, secretsManager: aws.secretsManagerUrl, s3: aws.s3Url };
    ground.proxy = await startHostileProxy(upstreams, await createCertificateAuthority('hostile proxy'), (exchange) => learnFrom(exchange, ground.secrets));
    const { error } = await world.configure({ RequestType: 'Create' });
    if (error) {
      await ground.close();
      throw new Error(`Vault was not configured: ${error.message}`);
    }
    addReader(world, READER, `arn:${world.environment.partition.name}:s3:::${ground.bucket}/*`);
    return ground;
  }

  /** A run to which everything happens, then one to which nothing does. */
  async play(seed: number): Promise<Play> {
    this.secrets = new Secrets();
    this.said = [];
    const audited = this.world.apiServer.requests.length;
    const hostility = snapshotHostility(seed);
    const outcome = await this.run((passage) => faultFor(seed, hostility, passage));
    const { seen, faults } = this.proxy;
    const broken = [...brokenRun(outcome), ...(await this.brokenStore(outcome))];
    const limit = HASTY.patience.limit + 2 * HASTY.requestTimeout + SLACK;
    if (outcome.milliseconds > limit) broken.push(`it took ${Math.round(outcome.milliseconds)} ms, of ${limit}`);
    const second = await this.run();
    if (second.error !== undefined) broken.push(`the run that nothing happened to ended in ${second.errorName ?? ''}: ${second.error}`);
    broken.push(...(await this.brokenStore(second)));
    const leaks = this.secrets.leaks([...this.said, ...this.world.apiServer.requests.slice(audited).map(({ path }) => path)].join('\n'));
    if (leaks.length > 0) broken.push(`said ${leaks.join(', ')}`);
    return { ended: outcome.error === undefined ? 'well' : 'in an error', requests: seen.length, faults, secrets: this.secrets.count, broken, account: [...seen, ...this.said] };
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.world.close();
    rmSync(this.scratch, { recursive: true });
  }

  private get schedule() {
    return scheduled(this.world.deployment, 'SnapshotsSchedule');
  }

  private get bucket(): string {
    return String(this.schedule.input.bucket);
  }

  private async run(decide?: Decide): Promise<Outcome> {
    const { proxy, world } = this;
    const { called, input } = this.schedule;
    const credentials = world.aws.issueSession(called.roleName, 'hostility');
    learnCredentials(credentials, this.secrets);
    const { idle, ...times } = decide ? HASTY : CALM;
    const event = { ...input, cluster: { name: world.environment.cluster.name, endpoint: proxy.apiServer, certificateAuthority: Buffer.from(proxy.caPem).toString('base64') } };
    proxy.begin(decide);
    const outcome = await runFunction((run, write) => respond(event, run, write, { idle, folder: this.scratch }), {
      region: world.environment.region,
      credentials,
      endpoints: { AWS_ENDPOINT_URL_S3: proxy.s3 },
      ...times,
    });
    await proxy.settle();
    this.said.push(...outcome.log, outcome.error ?? 'came to its end');
    return outcome;
  }

  /** What a run has left that it may not leave, and what it has said that is not so. */
  private async brokenStore({ error, log }: Outcome): Promise<string[]> {
    const broken: string[] = [];
    const { bucket } = this;
    const versions = [...(this.world.aws.buckets.find(bucket)?.objects.values() ?? [])].flat().filter(({ versionId }) => !this.known.has(versionId));
    for (const { key, versionId } of versions) {
      this.known.add(versionId);
      const inspect = async () => inspectSnapshot(this.options.vault, await readObject(this.world, READER, { bucket, key, versionId }), this.world.directory);
      await inspect().catch((reason: Error) => broken.push(`${key} is no whole snapshot: ${reason.message}`));
    }
    const counted = log.filter((line) => line.includes('SnapshotsTaken')).length;
    if (counted !== (error === undefined ? 1 : 0)) broken.push(`it counted ${counted} snapshots`);
    if (error === undefined) {
      const stored = JSON.parse(log.findLast((line) => line.startsWith('{"bucket"')) ?? '{}') as Partial<StoredSnapshot>;
      const found = versions.find(({ key, versionId }) => key === stored.key && versionId === stored.versionId);
      if (found?.size !== stored.bytes) broken.push(`it said that it had stored ${JSON.stringify(stored)}, and the bucket has ${versions.map(({ key, versionId, size }) => `${key} (${versionId}, ${size} bytes)`).join(', ') || 'nothing new'}`);
    }
    const left = [...readdirSync(this.scratch), ...openFiles().filter((path) => path.startsWith(this.scratch))];
    if (left.length > 0) broken.push(`it left ${left.join(', ')}`);
    return broken;
  }
}

/** Paths of files that this process holds open, also of those without a name; none where the system does not tell. */
function openFiles(): string[] {
  const folder = '/proc/self/fd';
  try {
    return readdirSync(folder).flatMap((each) => {
      try {
        return [readlinkSync(join(folder, each))];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
