import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { CertificateAuthority } from '../certificate-authority';
import { AwsApi, type LoggedRequest } from './api';
import { whoSigned, type Identification } from './authenticator';
import { Buckets } from './buckets';
import { certificateNames, endpointOf, endpointsOf, findEndpoint, isStsHost, type Endpoint, type Service } from './endpoints';
import type { EventBus } from './events';
import { createForwardProxy } from './forward-proxy';
import type { IamStore } from './iam';
import { infrastructuresTogether, NO_INFRASTRUCTURE, type Infrastructure } from './infrastructure';
import { KmsKeys } from './kms-keys';
import type { OidcIssuer } from './oidc-issuer';
import { SecretStore } from './secret-store';
import type { Credentials } from './sessions';

export interface AwsOptions {
  /** Its deployment has the keys, secrets and buckets too. */
  readonly iam: IamStore;
  /** The issuers whose tokens STS can verify: in AWS, those it can reach. */
  readonly issuers: readonly OidcIssuer[];
  readonly region: string;
  /** Signs the certificates of the AWS host names. */
  readonly ca: CertificateAuthority;
  /** Clusters and networks, asked anew by every request. @default - none */
  readonly infrastructure?: () => Infrastructure;
  /** @default - the system's clock */
  readonly now?: () => Date;
}

/** AWS on loopback. */
export interface Aws {
  /**
   * Forward proxy, for `HTTPS_PROXY`: `http://127.0.0.1:<port>`. It tunnels to AWS's own host names and refuses all others.
   * As `HTTP_PROXY` it leads to S3 alone, without TLS: no other service listens there.
   */
  readonly proxyUrl: string;
  /** IAM in plain HTTP, for `AWS_ENDPOINT_URL_IAM`: `http://127.0.0.1:<port>`, signed for IAM's own region. */
  readonly iamUrl: string;
  /** The same for STS of the region, `AWS_ENDPOINT_URL_STS`. */
  readonly stsUrl: string;
  /** The same for KMS, `AWS_ENDPOINT_URL_KMS`. */
  readonly kmsUrl: string;
  /** The same for Secrets Manager, `AWS_ENDPOINT_URL_SECRETS_MANAGER`. */
  readonly secretsManagerUrl: string;
  /** The same for S3, `AWS_ENDPOINT_URL_S3`, with buckets in the path. It stands for S3 over TLS. */
  readonly s3Url: string;
  /** EKS, `AWS_ENDPOINT_URL_EKS`: for a person's commands. */
  readonly eksUrl: string;
  /** EC2, `AWS_ENDPOINT_URL_EC2`, for the same. */
  readonly ec2Url: string;
  /** EventBridge, `AWS_ENDPOINT_URL_EVENTBRIDGE`. */
  readonly eventsUrl: string;
  /** What functions call, over TLS, with the certificate authority's certificate for 127.0.0.1: for functions, which trust what Lambda trusts and nothing else. */
  readonly tlsUrls: Readonly<Record<FunctionService, string>>;
  /** Port of the HTTPS server that has every AWS host name. */
  readonly httpsPort: number;
  /** The host names it answers to, and `<bucket>.` before that of S3. */
  readonly hosts: readonly string[];
  /** Every request so far, oldest first. */
  readonly requests: readonly LoggedRequest[];
  /** The account's keys: what happens to them by somebody's hand. */
  readonly keys: KmsKeys;
  /** The account's buckets, and what lies in them. */
  readonly buckets: Buckets;
  /** The account's default event bus, and what is on it. */
  readonly events: EventBus;
  /** Takes in another cluster of the account: its issuer's tokens count from now on, and what is around it is seen. */
  addCluster(issuer: OidcIssuer, infrastructure: () => Infrastructure): void;
  /** {@link AwsApi.issueSession} */
  issueSession(roleName: string, sessionName: string, service?: string): Credentials;
  /** {@link AwsApi.throttleNext} */
  throttleNext(service: Service, count: number): void;
  /** Who signed the URL of an EKS token. See `whoSigned` in authenticator.ts. */
  whoSigned(presignedUrl: string, headers: Readonly<Record<string, string>>): Promise<Identification>;
  close(): Promise<void>;
}

/** Services that functions call under `AWS_ENDPOINT_URL_…`. */
type FunctionService = 'iam' | 'sts' | 'kms' | 'secretsmanager' | 's3' | 'events' | 'cloudformation';

const LOOPBACK = '127.0.0.1';
const MEBIBYTE = 1024 * 1024;
const LARGEST_BODY = { s3: 64 * MEBIBYTE, others: MEBIBYTE };

/** The endpoint that a request is for, by its `Host` and by the name that the TLS connection was made to. */
type EndpointOf = (host: string, serverName?: string) => Endpoint | undefined;

/** Starts AWS on free ports of 127.0.0.1. */
export async function startAws({ iam, issuers, region, ca, infrastructure = () => NO_INFRASTRUCTURE, now = () => new Date() }: AwsOptions): Promise<Aws> {
  if (region !== iam.region) {
    throw new Error(`AWS stand-in: region "${region}" is not that of the deployment, "${iam.region}"; give both the same`);
  }
  const { deployment } = iam;
  const keys = new KmsKeys(deployment);
  const secrets = new SecretStore(deployment, (keyId, context) => keys.dataKey(keyId ?? 'alias/aws/secretsmanager', context));
  const clusters = { issuers: [...issuers], infrastructures: [infrastructure] };
  const buckets = new Buckets(deployment);
  const api = new AwsApi({ iam, issuers: clusters.issuers, keys, secrets, buckets, infrastructure: () => infrastructuresTogether(clusters.infrastructures.map((each) => each())) }, now);
  const endpoints = endpointsOf(region);
  const known: EndpointOf = (host, serverName = host) => {
    const connected = findEndpoint(endpoints, serverName);
    // STS looks at the signature's region, whatever the Host: Vault passes on the one that its client signed (hashicorp/vault#6268).
    const foreign = connected?.service === 'sts' && isStsHost(host) ? { ...connected, host } : undefined;
    return findEndpoint(endpoints, host) ?? foreign;
  };
  const contexts = await certificatesOf(endpoints, ca);
  const https = createHttpsServer({ SNICallback: (name, done) => presentCertificate(contexts, name, done) }, listener(api, known, true));
  const httpsPort = await listen(https);
  const proxy = createForwardProxy({
    isKnown: (host) => known(host) !== undefined,
    hosts: endpoints.map(({ host }) => host),
    httpsPort,
    plain: (host) => (known(host)?.service === 's3' ? listener(api, known, false) : undefined),
  });
  const proxyPort = await listen(proxy.server);
  const servers: Server[] = [https, proxy.server];
  const local = await ca.issue([LOOPBACK]);
  const urlOf = async (service: Service, scheme: 'http' | 'https'): Promise<string> => {
    const answer = listener(api, (host) => (host.startsWith(`${LOOPBACK}:`) ? { ...endpointOf(service, region), host } : undefined), true);
    const server = scheme === 'https' ? createHttpsServer(local, answer) : createHttpServer(answer);
    servers.push(server);
    return `${scheme}://${LOOPBACK}:${await listen(server)}`;
  };
  const plainUrl = (service: Service) => urlOf(service, 'http');

  return {
    proxyUrl: `http://${LOOPBACK}:${proxyPort}`,
    iamUrl: await plainUrl('iam'),
    stsUrl: await plainUrl('sts'),
    kmsUrl: await plainUrl('kms'),
    secretsManagerUrl: await plainUrl('secretsmanager'),
    s3Url: await plainUrl('s3'),
    eksUrl: await plainUrl('eks'),
    ec2Url: await plainUrl('ec2'),
    eventsUrl: await plainUrl('events'),
    tlsUrls: {
      iam: await urlOf('iam', 'https'),
      sts: await urlOf('sts', 'https'),
      kms: await urlOf('kms', 'https'),
      secretsmanager: await urlOf('secretsmanager', 'https'),
      s3: await urlOf('s3', 'https'),
      events: await urlOf('events', 'https'),
      cloudformation: await urlOf('cloudformation', 'https'),
    },
    httpsPort,
    hosts: endpoints.map(({ host }) => host),
    requests: api.requests,
    keys,
    buckets,
    events: api.events,
    addCluster: (issuer, around) => {
      clusters.issuers.push(issuer);
      clusters.infrastructures.push(around);
    },
    issueSession: (roleName, sessionName, service) => api.issueSession(roleName, sessionName, service),
    throttleNext: (service, count) => api.throttleNext(service, count),
    whoSigned: (presignedUrl, headers) => whoSigned(api, region, presignedUrl, headers),
    close: async () => {
      proxy.closeTunnels();
      await Promise.all(servers.map(closeServer));
    },
  };
}

type Certificates = ReadonlyMap<string, SecureContext>;

async function certificatesOf(endpoints: readonly Endpoint[], ca: CertificateAuthority): Promise<Certificates> {
  const issued = endpoints.map(async (endpoint) => {
    const names = certificateNames(endpoint);
    const context = createSecureContext(await ca.issue(names));
    return names.map((name) => [name, context] as const);
  });
  return new Map((await Promise.all(issued)).flat());
}

function presentCertificate(contexts: Certificates, name: string, done: (error: Error | null, context?: SecureContext) => void): void {
  const context = contexts.get(name) ?? contexts.get(name.replace(/^[^.]+/, '*'));
  done(context === undefined ? new Error(`no certificate for "${name}"`) : null, context);
}

function listener(api: AwsApi, endpointOf: EndpointOf, secure: boolean): RequestListener {
  return (request, response) => {
    serve(api, endpointOf, secure, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  };
}

async function serve(api: AwsApi, endpointOf: EndpointOf, secure: boolean, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const host = (request.headers.host ?? '').toLowerCase().replace(/:443$/, '');
  const { servername } = request.socket as Partial<TLSSocket>;
  const endpoint = endpointOf(host, typeof servername === 'string' ? servername : undefined);
  const body = await bodyOf(request, endpoint?.service === 's3' ? LARGEST_BODY.s3 : LARGEST_BODY.others);
  if (endpoint === undefined || body === undefined) {
    response.writeHead(endpoint === undefined ? 421 : 413, { 'content-type': 'text/plain', connection: 'close' });
    response.end(endpoint === undefined ? `Host "${host}" is not served here\n` : 'The request is too large\n');
    return;
  }
  const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : (value ?? '')]),
  );
  const answer = await api.answer(endpoint, {
    method: request.method ?? '',
    host,
    // Vault asks for `//`: signatures, and AWS, take a path in its normal form. In S3 it is part of a name.
    path: endpoint.service === 's3' ? path : path.replace(/\/+/g, '/'),
    query: new URLSearchParams(search),
    headers,
    body,
    secure,
  });
  response.writeHead(answer.status, { ...answer.headers });
  response.end(answer.body);
}

async function bodyOf(request: IncomingMessage, largest: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largest) {
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
