import { names } from '../../../../lib/identity/names';
import { Mask } from '../../../../lib/vault/client/errors';
import { Http } from '../../../../lib/vault/client/http';
import { Secret, type SecretVersion } from '../../../../lib/vault/client/secrets-manager';
import { generateRoot, overBrokenGlass } from '../../../../rehearsal/break-glass';
import { call } from '../../../../rehearsal/http';
import type { Invocation } from '../../../../rehearsal/lambda/invoke';
import { Observer } from '../../../../rehearsal/observer';
import { keptKeys, replicas, type KeptKeys } from '../../../../rehearsal/steps/raft';
import { watchRaftServices } from '../../../../rehearsal/vault/raft-services';
import { createWorld, type World, type WorldOptions } from '../../../../rehearsal/world';
import { startCheckpoint, type Passage, type Watch } from './checkpoint';
import { contents, type Contents } from '../../../../rehearsal/vault/contents';
import type { Heard } from './heard';

export interface RunOptions {
  /** At each moment, what to wait for until the function's process is killed; undefined lets it live. @default - it lives */
  readonly kill?: (passage: Passage, moment: 'received' | 'answered') => Promise<void> | undefined;
  readonly watch?: Watch;
  /** The function's time limit in milliseconds; it keeps 20 s of it for the answer. @default 60_000 */
  readonly timeoutMs?: number;
}

/** A fresh Vault with replicas, which nobody has initialised, and the function from cdk.out, each of whose requests is seen. */
export interface RaftTrial {
  readonly world: World;
  readonly secretArn: string;
  /** A Create. */
  run(options?: RunOptions): Promise<Invocation>;
  /** The error of a Create. @throws when it succeeds. */
  refusal(options?: RunOptions): Promise<string>;
  /** Requests of the last run, in the order they came. */
  seen(): readonly string[];
  /** What `sys/init` answered, whoever got it; the last one. */
  readonly made: () => { readonly rootToken: string; readonly recoveryKeys: readonly string[] } | undefined;
  /** The volumes of all replicas are lost, and their pods start with new ones. */
  emptyVolumes(): Promise<void>;
  /** A version of the secret, with the function's own rights. */
  stored(stage?: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<SecretVersion | undefined>;
  /** What somebody puts into the secret by hand. */
  store(text: string): Promise<void>;
  /** Whether Vault takes a token. */
  knows(token: string): Promise<boolean>;
  /** What the secret and Vault hold in the end, seen by somebody who came in with the recovery keys alone. */
  outcome(): Promise<Outcome>;
  close(): Promise<void>;
}

export interface Outcome {
  readonly kept: KeptKeys;
  readonly vault: Contents;
  /** Whether the token of `sys/init` still works, and whether a labelled version of the secret has any root token. */
  readonly rootToken: { readonly works: boolean; readonly labelled: boolean };
}

/** Requests of a trial's last run that change something. */
export function writesOf(trial: Pick<RaftTrial, 'seen'>): string[] {
  return trial.seen().filter((what) => !/^(GET |Get)|\/login$/.test(what));
}

const INITIAL = 'PUT sys/init';

/** @param heard gets everything that the runs say, and every secret that they must not say. */
export async function startTrial(options: WorldOptions, heard: Heard): Promise<RaftTrial> {
  const world = await createWorld(options);
  const raft = replicas(world);
  // A pod is ready 5 s after its start, and nothing here is about those.
  const services = watchRaftServices({ nodes: raft.nodes, namespace: world.environment.vault.namespace, publishNotReadyAddresses: false, readinessProbe: { initialDelaySeconds: 0 } });
  raft.services.services.forEach((service, index) => Object.assign(service, { target: services.services[index]?.target }));
  const checkpoint = await startCheckpoint(world);
  const issue = world.aws.issueSession.bind(world.aws);
  world.aws.issueSession = (role, session) => {
    const credentials = issue(role, session);
    for (const secret of [credentials.accessKeyId, credentials.secretAccessKey, credentials.sessionToken]) heard.secrets.add(secret);
    return credentials;
  };
  const ResourceProperties = {
    ...world.configurationProperties,
    cluster: { name: world.environment.cluster.name, endpoint: checkpoint.apiServer, certificateAuthority: Buffer.from(checkpoint.caPem).toString('base64') },
  };
  const { secretArn } = world.configurationProperties.initialisation as { secretArn: string };
  let made: { rootToken: string; recoveryKeys: readonly string[] } | undefined;
  const learn = (body: string) => {
    const { root_token: rootToken, recovery_keys_base64: recoveryKeys = [], recovery_keys: hex = [] } = JSON.parse(body) as { root_token?: string; recovery_keys_base64?: string[]; recovery_keys?: string[] };
    if (rootToken === undefined) return;
    made = { rootToken, recoveryKeys };
    for (const secret of [rootToken, ...recoveryKeys, ...hex]) heard.secrets.add(secret);
  };
  const secret = () =>
    new Secret(new Http(undefined, 10_000), world.aws.issueSession(names.configurationRole(world.environment.cluster.name), 'operator'), new Mask(), secretArn, { AWS_ENDPOINT_URL_SECRETS_MANAGER: world.aws.secretsManagerUrl });

  const trial: RaftTrial = {
    world,
    secretArn,
    run: async ({ kill, watch = {}, timeoutMs } = {}) => {
      const life = new AbortController();
      const end = (passage: Passage, moment: 'received' | 'answered') => kill?.(passage, moment)?.then(() => life.abort());
      checkpoint.watch({
        received: (passage) => {
          void end(passage, 'received');
          return watch.received?.(passage);
        },
        answered: (passage, body) => {
          if (passage.what === INITIAL) learn(body);
          // A process that dies of it must not get so far as to use the answer.
          return end(passage, 'answered') ? 'withhold' : watch.answered?.(passage, body);
        },
      });
      const own = { ...world.aws.tlsUrls };
      // Read when the function is invoked, and by others at any time.
      Object.assign(world.aws.tlsUrls, { secretsmanager: checkpoint.secretsManager, iam: checkpoint.iam });
      const ended = world.configure({ RequestType: 'Create', ResourceProperties }, { signal: life.signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
      Object.assign(world.aws.tlsUrls, own);
      const invocation = await ended;
      heard.said.push(...invocation.log, invocation.error?.message ?? '', invocation.error?.stack ?? '');
      return invocation;
    },
    refusal: async (runOptions) => {
      const { error, log } = await trial.run(runOptions);
      if (!error) throw new Error(`It succeeded: ${log.join(' | ')}`);
      return error.message;
    },
    seen: () => checkpoint.seen(),
    made: () => made,
    emptyVolumes: () => raft.loseVolumes(),
    stored: (stage) => secret().read(stage),
    store: (text) => secret().write(text, crypto.randomUUID()),
    knows: async (token) => {
      const { address, caPem } = await world.vault.place();
      return (await call({ method: 'GET', url: `${address}/v1/auth/token/lookup-self`, headers: { 'x-vault-token': token }, ...(caPem ? { ca: caPem } : {}), limit: 10_000 })).status === 200;
    },
    outcome: async () => {
      const kept = await keptKeys(world);
      const versions = await Promise.all([trial.stored('AWSCURRENT'), trial.stored('AWSPREVIOUS')]);
      const root = await overBrokenGlass(raft, (place) => generateRoot(place, kept.recovery_keys, kept.recovery_threshold));
      const observer = await Observer.withRoot(() => world.vault.place(), root);
      return {
        kept,
        vault: await contents(observer),
        rootToken: { works: made !== undefined && (await trial.knows(made.rootToken)), labelled: versions.some((version) => version?.text.includes('root_token')) },
      };
    },
    close: async () => {
      await checkpoint.close();
      await services.close();
      await world.close();
    },
  };
  return trial;
}
