import type { Cluster, KubeConfig, User } from '@kubernetes/client-node';
import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { Environment } from '../lib/environment/environment';
import { joinOr, quote, suggestion } from '../lib/environment/words';
import type { ApiServerAccess } from '../lib/vault/client/attempts';
import { ConfigurationError, type Mask } from '../lib/vault/client/errors';
import { Http, type TlsSettings } from '../lib/vault/client/http';
import { WrongUse } from './failures';
import { say, type Io } from './io';
import type { GlobalOptions } from './options';

/** The way to the API server that a context of a kubeconfig describes. */
export interface ClusterConnection extends ApiServerAccess {
  readonly kube: KubeConfig;
  /** Name of the context. */
  readonly context: string;
}

/** Milliseconds. */
const REQUEST_TIMEOUT = 20_000;

/**
 * Opens the context of the kubeconfig that kubectl would take, with its client certificate, token or command.
 * @throws WrongUse without a kubeconfig, for an unknown context, or one of another cluster than the environment's;
 *   ConfigurationError where the command that gives credentials fails.
 */
export async function openCluster(io: Io, mask: Mask, options: GlobalOptions, environment: Environment): Promise<ClusterConnection> {
  const kube = await loadKubeConfig(io, options, environment);
  const { context, cluster, user } = chosenContext(kube, options.context);
  const fault = clusterFault(cluster, user, environment);
  if (fault !== undefined) throw new WrongUse(`The context ${quote(context)} ${fault}`);
  for (const doubt of clusterDoubts(io, cluster, user, environment)) say(io, `The context ${quote(context)} ${doubt}`);
  addProfile(user, options.profile);
  const settings: RequestOptions = {};
  await kube.applyToHTTPSOptions(settings).catch((error: unknown) => {
    throw new ConfigurationError(credentialFault(context, user, error));
  });
  const headers = headersOf(settings);
  for (const secret of [headers.authorization?.replace(/^\w+ /, ''), user.token, user.password]) mask.add(secret);
  return { http: new Http(tlsOf(settings), REQUEST_TIMEOUT), endpoint: cluster.server.replace(/\/+$/, ''), headers, kube, context };
}

/** As kubectl: the file that is named, else those of KUBECONFIG, else ~/.kube/config; of one name, the first counts. */
async function loadKubeConfig(io: Io, { kubeconfig }: GlobalOptions, { cluster, region }: Environment): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const named = (io.env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  const candidates = kubeconfig !== undefined ? [kubeconfig] : named.length > 0 ? named : [join(io.env.HOME ?? homedir(), '.kube', 'config')];
  const files = candidates.map((file) => resolve(io.cwd, file)).filter((file) => existsSync(file));
  if (files.length === 0) {
    throw new WrongUse(`There is no kubeconfig at ${joinOr(candidates)}; this makes one: aws eks update-kubeconfig --name ${cluster.name} --region ${region}`);
  }
  const loaded = files.map((file) => {
    const one = new KubeConfig();
    try {
      one.loadFromFile(file);
    } catch (error) {
      throw new WrongUse(`${file} can't be read as a kubeconfig: ${firstLine(error)}`);
    }
    return one;
  });
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firsts(loaded.flatMap((one) => one.getClusters())),
    users: firsts(loaded.flatMap((one) => one.getUsers())),
    contexts: firsts(loaded.flatMap((one) => one.getContexts())),
    currentContext: loaded.map((one) => one.getCurrentContext()).find((current) => Boolean(current)),
  });
  return merged;
}

function firsts<T extends { readonly name: string }>(all: readonly T[]): T[] {
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}

function chosenContext(kube: KubeConfig, wanted: string | undefined): { readonly context: string; readonly cluster: Cluster; readonly user: User } {
  const names = kube.getContexts().map(({ name }) => name);
  const context = wanted ?? kube.getCurrentContext();
  if (!context) throw new WrongUse(`The kubeconfig has no current context; name one: --context ${joinOr(names) || '(it has none)'}.`);
  if (!names.includes(context)) {
    throw new WrongUse(`${wanted === undefined ? 'The current context' : '--context'} ${quote(context)}: the kubeconfig has no such context; it has ${names.join(', ') || 'none'}.${suggestion(context, names)}`);
  }
  kube.setCurrentContext(context);
  const [cluster, user] = [kube.getCurrentCluster(), kube.getCurrentUser()];
  if (cluster && user) return { context, cluster, user };
  throw new WrongUse(`The context ${quote(context)} names a ${cluster ? 'user' : 'cluster'} that the kubeconfig does not have.`);
}

/** What shows that a context leads elsewhere, or by a way that is not gone here, to stand after its name. */
function clusterFault(named: Cluster, user: User, environment: Environment): string | undefined {
  const { server, proxyUrl } = named;
  if (!URL.canParse(server)) return `names the server ${quote(server)}, which is no URL.`;
  if (proxyUrl) return `goes through the proxy-url ${proxyUrl}, which is not supported here: use a context that reaches ${server} directly.`;
  const elsewhere = endpointElsewhere(named, environment) ?? nameElsewhere(eksName(named, user), environment);
  if (elsewhere === undefined) return undefined;
  const { region, cluster: { name } } = environment;
  // Whoever is at its API server could log in to Vault with what is sent there.
  return `${elsewhere}, so nothing was sent there: give --context or --environment, or make a context (aws eks update-kubeconfig --name ${name} --region ${region}).`;
}

/** An imported cluster's endpoint is known beforehand. */
function endpointElsewhere({ server, tlsServerName }: Cluster, { name, cluster }: Environment): string | undefined {
  if (cluster.kind !== 'imported') return undefined;
  const wanted = new URL(cluster.endpoint).host;
  // By a tunnel, the name that the certificate is for tells which cluster it is.
  return [new URL(server).host, tlsServerName].includes(wanted) ? undefined : `leads to ${server}, and the cluster of ${quote(name)} is at ${cluster.endpoint}`;
}

function nameElsewhere(named: EksName, { name, region, account, cluster }: Environment): string | undefined {
  if (named.name !== undefined && named.name !== cluster.name) return `is of the cluster ${quote(named.name)}, and the cluster of ${quote(name)} is called ${quote(cluster.name)}`;
  if (named.account !== undefined && named.account !== account) return `is of the account ${named.account}, and ${quote(name)} is in ${account}`;
  if (named.region !== undefined && named.region !== region) return `is of the region ${named.region}, and ${quote(name)} is in ${region}`;
  return undefined;
}

/** What deserves a word, and may be as it should. */
function clusterDoubts({ env }: Pick<Io, 'env'>, cluster: Cluster, user: User, environment: Environment): readonly string[] {
  const { name, cluster: { name: wanted, kind } } = environment;
  const untold = kind !== 'imported' && eksName(cluster, user).name === undefined;
  const host = new URL(cluster.server).hostname;
  const proxied = (env.HTTPS_PROXY ?? env.https_proxy ?? '') !== '' && !passesProxy(host, env.NO_PROXY ?? env.no_proxy ?? '');
  return [
    ...(untold ? [`does not say which cluster of EKS it is of: make sure that ${cluster.server} is ${quote(wanted)}, that of ${quote(name)}.`] : []),
    ...(cluster.skipTLSVerify ? ['does not verify the API server (insecure-skip-tls-verify): whoever answers in its place sees the token of Vault.'] : []),
    ...(proxied ? [`is reached directly, though HTTPS_PROXY is set: proxies are not supported here. If ${host} is reached by the proxy alone, there will be no answer.`] : []),
  ];
}

/** Of a cluster of EKS, as far as it is known. */
interface EksName {
  readonly name?: string;
  readonly account?: string;
  readonly region?: string;
}

/** What a kubeconfig says of the EKS cluster: the ARN of `aws eks update-kubeconfig`, eksctl's name, or the arguments of the command for its token. */
function eksName({ name }: Cluster, { exec }: User): EksName {
  const byArn = /^arn:aws[\w-]*:eks:([\w-]+):(\d{12}):cluster\/(.+)$/.exec(name);
  if (byArn) return { region: byArn[1] ?? '', account: byArn[2] ?? '', name: byArn[3] ?? '' };
  const byEksctl = /^([^.]+)\.([\w-]+)\.eksctl\.io$/.exec(name);
  if (byEksctl) return { name: byEksctl[1] ?? '', region: byEksctl[2] ?? '' };
  const { args = [] } = (exec as ExecCommand | undefined) ?? {};
  const [named, region] = [valueOf(args, ['--cluster-name', '-i']), valueOf(args, ['--region'])];
  return named === undefined ? {} : { name: named, ...(region === undefined ? {} : { region }) };
}

/** `--option value` or `--option=value`. */
function valueOf(args: readonly string[], options: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => options.includes(arg.split('=')[0] ?? ''));
  const [, ...joined] = args[at]?.split('=') ?? [];
  return at < 0 ? undefined : joined.length > 0 ? joined.join('=') : args[at + 1];
}

/** `user.exec` of a kubeconfig, which client-node leaves untyped. */
interface ExecCommand {
  readonly command: string;
  /** May hold a secret, a client's of OIDC say. */
  readonly args?: readonly string[];
  env?: readonly { readonly name: string; readonly value: string }[];
}

/** The profile of the command line counts for the kubeconfig's command as well, unless that names one itself. */
function addProfile({ exec }: User, profile: string | undefined): void {
  if (profile === undefined || !exec) return;
  const command = exec as ExecCommand;
  command.env = [{ name: 'AWS_PROFILE', value: profile }, ...(command.env ?? [])];
}

function credentialFault(context: string, { exec }: User, error: unknown): string {
  const said = firstLine(error);
  if (!exec) return `The context ${quote(context)} has credentials that can't be used: ${said}`;
  const { command } = exec as ExecCommand;
  const what = `The command of the context ${quote(context)} for its credentials (${command})`;
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return `${what} is not installed, or not on PATH.`;
  const mend = /expired|sso/i.test(said) ? ' Log in again, aws sso login say.' : '';
  return `${what} failed: ${said || 'it said nothing'}.${mend}`;
}

function headersOf({ headers = {}, auth }: RequestOptions): Record<string, string> {
  const given = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), String(value)] as const]));
  return { ...(auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {}), ...Object.fromEntries(given) };
}

function tlsOf({ ca, cert, key, rejectUnauthorized, ...others }: RequestOptions & { readonly servername?: string }): TlsSettings {
  const one = (pem: RequestOptions['ca']) => (typeof pem === 'string' || Buffer.isBuffer(pem) ? pem : undefined);
  const [authority, certificate, secret] = [one(ca), one(cert), one(key as RequestOptions['ca'])];
  return {
    ...(authority === undefined ? {} : { ca: authority }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(secret === undefined ? {} : { key: secret }),
    ...(others.servername === undefined ? {} : { servername: others.servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

/** Whether NO_PROXY names a host, or a domain that it is in. */
function passesProxy(host: string, noProxy: string): boolean {
  return noProxy.split(',').map((each) => each.trim().replace(/^\*?\./, '')).some((each) => each === '*' || (each !== '' && (host === each || host.endsWith(`.${each}`))));
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').map((line) => line.trim()).find((line) => line !== '')?.replace(/\.$/, '') ?? '';
}
