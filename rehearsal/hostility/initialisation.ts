import { isDeepStrictEqual } from 'node:util';
import { names } from '../../lib/identity/names';
import { Mask } from '../../lib/vault/client/errors';
import { Http } from '../../lib/vault/client/http';
import { Secret } from '../../lib/vault/client/secrets-manager';
import { respond } from '../../lib/vault/configuration/handler/respond';
import { generateRoot, overBrokenGlass } from '../break-glass';
import { createCertificateAuthority } from '../certificate-authority';
import { Observer } from '../observer';
import { keptKeys, replicas } from '../steps/raft';
import { contents, type Contents } from '../vault/contents';
import { watchRaftServices } from '../vault/raft-services';
import { createWorld, type World, type WorldOptions } from '../world';
import { faultFor, type Fault, type Hostility } from './faults';
import type { Passage } from './passage';
import { runFunction, type Outcome } from './function-run';
import { startHostileProxy, type Decide } from './hostile-proxy';
import { learnCredentials, learnFrom } from './learn';
import { brokenRun, type Play } from './play';
import { Secrets } from './secrets';

/** Milliseconds. To become a leader takes Vault some seconds, and no initialisation begins in the last 15 s of a run. */
const CALM = { patience: { starting: 60_000, settling: 20_000, passing: 20_000, pause: { first: 20, longest: 300 }, limit: 90_000 }, requestTimeout: 10_000 };
const HASTY = { patience: { starting: 12_000, settling: 500, passing: 800, pause: { first: 10, longest: 200 }, limit: 25_000 }, requestTimeout: 1500 };

/** What an error says where the keys of `sys/init` have come to nobody: start over, with empty volumes. */
const START_OVER = 'kubectl delete pvc';

/**
 * A Create in a Vault with replicas that nobody has initialised, while everything happens to its requests; then what its error
 * says, and another one to which nothing happens.
 * @param wanted what Vault holds after runs that nothing happened to. @default - not compared
 */
export async function playInitialisation(seed: number, hostility: Hostility | undefined, options: WorldOptions, wanted?: Contents): Promise<Play & { readonly contents: Contents }> {
  const world = await createWorld(options);
  const raft = replicas(world);
  // A pod is ready 5 s after its start, and nothing here is about those.
  const services = watchRaftServices({ nodes: raft.nodes, namespace: world.environment.vault.namespace, publishNotReadyAddresses: false, readinessProbe: { initialDelaySeconds: 0 } });
  raft.services.services.forEach((service, index) => Object.assign(service, { target: services.services[index]?.target }));
  const { aws, apiServer, environment } = world;
  const secrets = new Secrets();
  let made: { root_token: string; recovery_keys_base64: string[] } | undefined;
  const proxy = await startHostileProxy({ apiServer, iam: aws.iamUrl, events: aws.eventsUrl, secretsManager: aws.secretsManagerUrl, s3: aws.s3Url }, await createCertificateAuthority('hostile proxy'), (exchange) => {
    learnFrom(exchange, secrets);
    if (exchange.what === INITIAL && exchange.answer?.includes('root_token')) made = JSON.parse(exchange.answer) as typeof made;
  });
  const cluster = { name: environment.cluster.name, endpoint: proxy.apiServer, certificateAuthority: Buffer.from(proxy.caPem).toString('base64') };
  const said: string[] = [];
  const run = async (decide?: Decide): Promise<Outcome> => {
    const credentials = aws.issueSession(names.configurationRole(environment.cluster.name), 'hostility');
    learnCredentials(credentials, secrets);
    proxy.begin(decide);
    const endpoints = { AWS_ENDPOINT_URL_IAM: proxy.iam, AWS_ENDPOINT_URL_EVENTBRIDGE: proxy.events, AWS_ENDPOINT_URL_SECRETS_MANAGER: proxy.secretsManager };
    const event = { RequestType: 'Create', ResourceProperties: { ...world.configurationProperties, cluster } } as const;
    const outcome = await runFunction((given, write) => respond(event, given, write), { region: environment.region, credentials, endpoints, ...(decide ? HASTY : CALM) });
    await proxy.settle();
    said.push(...outcome.log, outcome.error ?? '');
    return outcome;
  };
  try {
    const outcome = await run(hostility && ((passage) => quick(faultFor(seed, hostility, passage), passage)));
    const { seen, faults } = proxy;
    const broken = [...brokenRun(outcome)];
    let second = outcome;
    if (hostility) second = await run();
    if (second.error?.includes(START_OVER)) {
      if (!seen.some((what) => /^(PUT sys[/]init|PutSecretValue) \[/.test(what))) broken.push('the keys were lost though nothing had happened on their way');
      await raft.loseVolumes();
      second = await run();
    }
    if (second.error !== undefined) broken.push(`the run that nothing happened to ended in ${second.errorName ?? ''}: ${second.error}`);
    const found = second.error === undefined ? await lookInside(world, made, broken) : NOTHING;
    if (wanted && !isDeepStrictEqual(found, wanted)) broken.push(`Vault holds ${JSON.stringify(found)} and not ${JSON.stringify(wanted)}`);
    const leaks = secrets.leaks([...said, ...apiServer.requests.map(({ path }) => path)].join('\n'));
    if (leaks.length > 0) broken.push(`said ${leaks.join(', ')}`);
    return { ended: outcome.error === undefined ? 'well' : 'in an error', requests: seen.length, faults, secrets: secrets.count, broken, account: [...seen, ...said], contents: found };
  } finally {
    await proxy.close();
    await services.close();
    await world.close();
  }
}

const INITIAL = 'PUT sys/init';
const NOTHING: Contents = { audit: [], engines: [], methods: [], policies: {}, auth: {} };

/** The function waits two minutes for the first pod, for `sys/init` must not be given up: a connection that breaks stands for it. */
const quick = (fault: Fault | undefined, { to }: Passage): Fault | undefined => (fault?.kind === 'hang' && to === 'API server' ? { kind: fault.arrives ? 'lose' : 'drop' } : fault);

/** By somebody who came in with the recovery keys alone: the keys fit, and nothing is left of the root token. */
async function lookInside(world: World, made: { root_token: string; recovery_keys_base64: string[] } | undefined, broken: string[]): Promise<Contents> {
  const { aws, environment, awsCaPem, configurationProperties } = world;
  const { secretArn } = configurationProperties.initialisation as { secretArn: string };
  const http = new Http(awsCaPem, 10_000);
  const secret = new Secret(http, aws.issueSession(names.configurationRole(environment.cluster.name), 'operator'), new Mask(), secretArn, { AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.tlsUrls.secretsmanager });
  const [kept, current, previous] = await Promise.all([keptKeys(world), secret.read('AWSCURRENT'), secret.read('AWSPREVIOUS')]);
  http.close();
  if (!isDeepStrictEqual(kept.recovery_keys, made?.recovery_keys_base64)) broken.push('the secret has other recovery keys than those that Vault has');
  if ([current, previous].some((version) => version?.text.includes('root_token'))) broken.push('a version of the secret has the root token');
  const root = await overBrokenGlass(replicas(world), (place) => generateRoot(place, kept.recovery_keys, kept.recovery_threshold));
  const observer = await Observer.withRoot(() => world.vault.place(), root);
  if (made && (await observer.knows(made.root_token))) broken.push('the root token still works');
  return contents(observer);
}
