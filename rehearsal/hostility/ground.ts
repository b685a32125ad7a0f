import { Agent } from 'node:http';
import { respond, type ConfigurationEvent } from '../../lib/vault/configuration/handler/respond';
import { names } from '../../lib/identity/names';
import { createCertificateAuthority } from '../certificate-authority';
import { Observer } from '../observer';
import { contents, type Contents } from '../vault/contents';
import { DEV_ROOT_TOKEN } from '../vault/vault-process';
import { createWorld, type ConfigurationProperties, type WorldOptions } from '../world';
import { emptyVault } from './empty-vault';
import { runFunction, type Outcome } from './function-run';
import { startHostileProxy, type Decide, type HostileProxy } from './hostile-proxy';
import { learnCredentials, learnFrom } from './learn';
import { Secrets } from './secrets';
import { variantOf, type Variant } from './variants';

/** A real Vault in dev mode and stand-ins of AWS and of the API server, to which the function has a way that can be made hostile. */
export interface Ground {
  readonly proxy: HostileProxy;
  /** What Vault is known to be configured as, by nothing else than deployments of it. */
  holds?: Variant | undefined;
  /** Looks at Vault directly. */
  readonly observer: Observer;
  readonly properties: (variant: Variant) => ConfigurationProperties;
  /** What the runs of this trial must not say. Another one after `forget`. */
  readonly secrets: Secrets;
  /** What they said so far: logs, errors, events, and paths in the API server's audit log. */
  readonly said: () => readonly string[];
  forget(): void;
  /** @param decide what happens to its requests. @default - nothing: they pass, and it has all the time that it wants */
  run(event: ConfigurationEvent, decide?: Decide): Promise<Outcome>;
  /** Vault as its chart starts it: empty, with the root token that everyone knows. */
  reset(): Promise<void>;
  contents(): Promise<Contents>;
  /** Whether a token can be had by which all can be done, beside the observer's. */
  rootTokens(): Promise<number>;
  close(): Promise<void>;
}

const CALM = { patience: { starting: 10_000, settling: 10_000, passing: 10_000, pause: { first: 10, longest: 200 }, limit: 30_000 }, requestTimeout: 10_000 };
/** Milliseconds of a run that nothing is granted to: enough for some attempts. */
const HASTY = { patience: { starting: 300, settling: 300, passing: 400, pause: { first: 4, longest: 50 }, limit: 2500 }, requestTimeout: 250 };

export async function startGround(options: WorldOptions): Promise<Ground> {
  const world = await createWorld(options);
  const { environment, aws, apiServer } = world;
  let secrets = new Secrets();
  let said: string[] = [];
  let audited = 0;
  const proxy = await startHostileProxy({ apiServer, iam: aws.iamUrl, events: aws.eventsUrl, secretsManager: aws.secretsManagerUrl, s3: aws.s3Url }, await createCertificateAuthority('hostile proxy'), (exchange) => learnFrom(exchange, secrets));
  const agent = new Agent({ keepAlive: true });
  const observer = (await Observer.withRoot(() => world.vault.place(), DEV_ROOT_TOKEN)).keeping(agent);
  const cluster = { name: environment.cluster.name, endpoint: proxy.apiServer, certificateAuthority: Buffer.from(proxy.caPem).toString('base64') };
  return {
    proxy,
    observer,
    properties: (variant) => ({ ...variantOf(world.configurationProperties, variant), cluster }),
    get secrets() {
      return secrets;
    },
    said: () => [...said, ...apiServer.requests.slice(audited).map(({ path }) => path), ...aws.events.received.map(({ detail }) => JSON.stringify(detail))],
    forget: () => {
      secrets = new Secrets();
      said = [];
      audited = apiServer.requests.length;
      aws.events.received.length = 0;
    },
    run: async (event, decide) => {
      const credentials = aws.issueSession(names.configurationRole(environment.cluster.name), 'hostility');
      learnCredentials(credentials, secrets);
      proxy.begin(decide);
      const outcome = await runFunction((run, write) => respond(event, run, write), {
        region: environment.region,
        credentials,
        endpoints: { AWS_ENDPOINT_URL_IAM: proxy.iam, AWS_ENDPOINT_URL_EVENTBRIDGE: proxy.events },
        ...(decide ? HASTY : CALM),
      });
      await proxy.settle();
      said.push(...outcome.log, outcome.error ?? '');
      return outcome;
    },
    reset: () => emptyVault(observer),
    contents: () => contents(observer),
    rootTokens: async () => ((await observer.knows(DEV_ROOT_TOKEN)) ? 1 : 0) + (await observer.list('auth/token/accessors')).length - 1,
    close: async () => {
      agent.destroy();
      await proxy.close();
      await world.close();
    },
  };
}
