import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Duplex } from 'node:stream';
import type { CertificateAuthority } from '../certificate-authority';
import { AwsApi, type LoggedRequest } from './api';
import { whoSigned, type Identification } from './authenticator';
import { endpointsOf, iamEndpoint, type Endpoint } from './endpoints';
import type { IamStore } from './iam';
import type { OidcIssuer } from './oidc-issuer';
import type { Service } from './protocol';
import type { Credentials } from './sessions';

export interface AwsOptions {
  readonly iam: IamStore;
  /** The issuers whose tokens STS can verify: in AWS, those it can reach. */
  readonly issuers: readonly OidcIssuer[];
  readonly region: string;
  /** Signs the certificates of the AWS host names. */
  readonly ca: CertificateAuthority;
  /** @default - the system's clock */
  readonly now?: () => Date;
}

/** AWS on loopback. */
export interface Aws {
  /** Forward proxy, for `HTTPS_PROXY`: `http://127.0.0.1:<port>`. It tunnels to AWS's own host names and refuses all others. */
  readonly proxyUrl: string;
  /** IAM in plain HTTP, for `AWS_ENDPOINT_URL_IAM`: `http://127.0.0.1:<port>`, signed for IAM's own region. */
  readonly iamUrl: string;
  /** Port of the HTTPS server that has every AWS host name. */
  readonly httpsPort: number;
  /** The host names it answers to. */
  readonly hosts: readonly string[];
  /** Every request so far, oldest first. */
  readonly requests: readonly LoggedRequest[];
  /** {@link AwsApi.issueSession} */
  issueSession(roleName: string, sessionName: string): Credentials;
  /** {@link AwsApi.throttleNext} */
  throttleNext(service: Service, count: number): void;
  /** Who signed the URL of an EKS token. See `whoSigned` in authenticator.ts. */
  whoSigned(presignedUrl: string, headers: Readonly<Record<string, string>>): Promise<Identification>;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const LARGEST_BODY = 1024 * 1024;

/** Starts AWS on free ports of 127.0.0.1. */
export async function startAws({ iam, issuers, region, ca, now = () => new Date() }: AwsOptions): Promise<Aws> {
  if (region !== iam.region) {
    throw new Error(`AWS stand-in: region "${region}" is not that of the deployment, "${iam.region}"; give both the same`);
  }
  const api = new AwsApi(iam, issuers, now);
  const endpoints = endpointsOf(region);
  const contexts = await certificatesOf(endpoints, ca);
  const https = createHttpsServer(
    { SNICallback: (name, done) => presentCertificate(contexts.get(name), name, done) },
    listener(api, (host) => endpoints.find((endpoint) => endpoint.host === host)),
  );
  const httpsPort = await listen(https);
  const proxy = createProxy(endpoints, httpsPort);
  const proxyPort = await listen(proxy.server);
  const plainIam = createHttpServer(
    listener(api, (host) => (host.startsWith(`${LOOPBACK}:`) ? { ...iamEndpoint(region), host } : undefined)),
  );
  const iamPort = await listen(plainIam);

  return {
    proxyUrl: `http://${LOOPBACK}:${proxyPort}`,
    iamUrl: `http://${LOOPBACK}:${iamPort}`,
    httpsPort,
    hosts: endpoints.map(({ host }) => host),
    requests: api.requests,
    issueSession: (roleName, sessionName) => api.issueSession(roleName, sessionName),
    throttleNext: (service, count) => api.throttleNext(service, count),
    whoSigned: (presignedUrl, headers) => whoSigned(api, region, presignedUrl, headers),
    close: async () => {
      proxy.closeTunnels();
      await Promise.all([https, proxy.server, plainIam].map(closeServer));
    },
  };
}

async function certificatesOf(endpoints: readonly Endpoint[], ca: CertificateAuthority): Promise<ReadonlyMap<string, SecureContext>> {
  const contexts = endpoints.map(async ({ host }) => [host, createSecureContext(await ca.issue([host]))] as const);
  return new Map(await Promise.all(contexts));
}

function presentCertificate(context: SecureContext | undefined, name: string, done: (error: Error | null, context?: SecureContext) => void): void {
  done(context === undefined ? new Error(`no certificate for "${name}"`) : null, context);
}

function listener(api: AwsApi, endpointOf: (host: string) => Endpoint | undefined): RequestListener {
  return (request, response) => {
    serve(api, endpointOf, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  };
}

async function serve(
  api: AwsApi,
  endpointOf: (host: string) => Endpoint | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const host = (request.headers.host ?? '').toLowerCase().replace(/:443$/, '');
  const endpoint = endpointOf(host);
  const body = await bodyOf(request);
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
    // Vault asks for `//`: signatures, and AWS, take a path in its normal form.
    path: path.replace(/\/+/g, '/'),
    query: new URLSearchParams(search),
    headers,
    body,
  });
  response.writeHead(answer.status, { 'content-type': 'text/xml' });
  response.end(answer.body);
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) {
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function createProxy(endpoints: readonly Endpoint[], httpsPort: number): { readonly server: Server; closeTunnels(): void } {
  const known = endpoints.map(({ host }) => `${host}:443`);
  const tunnels = new Set<Duplex>();
  const track = (socket: Duplex) => {
    tunnels.add(socket);
    socket.once('close', () => tunnels.delete(socket));
    // A peer that goes away takes its tunnel with it; there is nobody left to tell.
    socket.once('error', () => socket.destroy());
  };
  const server = createHttpServer((request, response) => {
    response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' });
    response.end(refusal(`${request.method} ${hostOf(request.url)}`, known));
  });
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    track(client);
    const target = (request.url ?? '').toLowerCase();
    if (!known.includes(target)) {
      client.end(`HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${refusal(`CONNECT ${target}`, known)}`);
      return;
    }
    const upstream: Socket = connect(httpsPort, LOOPBACK, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    track(upstream);
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  });
  return { server, closeTunnels: () => tunnels.forEach((socket) => socket.destroy()) };
}

function refusal(what: string, known: readonly string[]): string {
  return `${what} is refused: nothing leaves this machine; there are ${known.join(', ')}\n`;
}

/** The host of a proxied request: its path may hold anything. */
function hostOf(url: string | undefined): string {
  return url !== undefined && URL.canParse(url) ? new URL(url).host : 'without a host';
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
