import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { randomUUID } from 'node:crypto';
import type { CertificateAuthority } from '../certificate-authority';
import { AccessEntries, type AccessEntry } from './access-entries';
import { patched, versioned } from './patch';
import { routeToPod, routeToService, type PodPort, type ServicePort } from './backend';
import { Crds, CRDS_PATH } from './crds';
import { answerObject, deletable, listOptionsOf, namespaceToAuthorize, parseObjectPath, VERSION, type ObjectRequest } from './objects';
import { CONNECTION_LIMITS, forward, type ConnectionLimits } from './proxy';
import { authorize, rbacObjects, type Manifest, type Subject } from './rbac';
import type { RecordedRequest } from './recorded-request';
import { parseProxyPath, parseSubresourcePath, verbOf, type ProxyRequest } from './request-info';
import { badRequest, forbidden, forbiddenPath, internalError, methodNotAllowed, unauthorized, type Status } from './status';
import { TokenAuthenticator, type Authenticate } from './token-authenticator';
import { answerTokenRequest, type TokenMaker } from './token-request';
import { refuseUnparsed } from './unparsed';

export interface ApiServerOptions {
  /** Issues the server's certificate. */
  readonly ca: CertificateAuthority;
  /** EKS cluster name, which a token must have signed as `x-k8s-aws-id`. */
  readonly clusterName: string;
  readonly authenticate: Authenticate;
  readonly accessEntries: readonly AccessEntry[];
  /** Kubernetes objects; those of RBAC decide. */
  readonly manifests: readonly Manifest[];
  /** What can be read, asked anew by every request. @default - the manifests */
  readonly objects?: () => readonly Manifest[];
  /** Takes a Deployment in the place of another one. @default - they can't be changed */
  readonly replace?: (before: Manifest, after: Manifest) => void;
  readonly services: readonly ServicePort[];
  /** @default - none */
  readonly pods?: readonly PodPort[];
  /** Makes tokens of service accounts. @default - there is none of any name */
  readonly makeToken?: TokenMaker;
  /** Takes an object away that a client deletes, or a pod that it has evicted. @default - nothing can be deleted */
  readonly remove?: (object: Manifest) => void;
  /** For a connection to a backend. @default CONNECTION_LIMITS - the API server's */
  readonly connectionLimits?: ConnectionLimits;
}

/** What a fault does instead of the API server: an answer, a load balancer's HTML page (502), a cut connection, silence. */
export type Fault = { readonly status: number; readonly body: unknown } | 'html' | 'reset' | 'hang';

/** An EKS API server as a client of its service proxy and of its TokenRequest sees it: the stand-in, or a real one. */
export interface ApiServer {
  /** `https://127.0.0.1:<port>`. */
  readonly endpoint: string;
  /** What a client must trust, PEM. */
  readonly caPem: string;
  /** Every request so far, in the order they came. */
  readonly requests: readonly RecordedRequest[];
  /** No access entry is in effect for that many milliseconds from now. */
  delayAccessEntries(milliseconds: number): void;
  /** @throws when there is no entry for that principal. */
  removeAccessEntry(principalArn: string): void;
  /** Takes in what a deployment has changed: of the cluster's objects, and of who may use it. */
  update(changed: Pick<ApiServerOptions, 'accessEntries' | 'manifests'>): Promise<void>;
  /** Cuts every connection and stops listening. */
  close(): Promise<void>;
}

/** The stand-in can also be made to fail. */
export interface StandInApiServer extends ApiServer {
  /** The next `count` requests, before anything else is looked at, meet the fault. */
  failNext(count: number, fault: Fault): void;
}

const HTML = '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>\n';

/**
 * Starts the stand-in on a free port of 127.0.0.1.
 * @throws for access entries that EKS, or RBAC objects that Kubernetes, would refuse.
 */
export async function startApiServer(options: ApiServerOptions): Promise<StandInApiServer> {
  const entries = new AccessEntries(options.accessEntries);
  const tokens = new TokenAuthenticator({ ...options, entries });
  let { manifests } = options;
  let rbac = rbacObjects(manifests);
  const requests: RecordedRequest[] = [];
  const faults: Fault[] = [];
  const crds = new Crds();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const [rawPath = '', ...rest] = url.split('?');
    const query = rest.length === 0 ? '' : `?${rest.join('?')}`;
    const pathname = decode(rawPath);
    const proxied = pathname === undefined ? undefined : parseProxyPath(pathname);
    const subresource = pathname === undefined ? undefined : servedSubresource(pathname);
    const asked = proxied ? { ...proxied, subresource: 'proxy' } : subresource;
    const verb = verbOf(method);
    const record: RecordedRequest = {
      time: new Date().toISOString(),
      verb,
      resource: asked ? `${asked.resource}/${asked.subresource}` : '',
      name: asked?.name ?? '',
      path: url,
    };
    requests.push(record);
    const began = performance.now();
    response.once('close', () => {
      if (response.headersSent) {
        record.status = response.statusCode;
        record.ms = performance.now() - began;
      }
    });
    const fail = (status: Status): void => answerStatus(response, status);

    const fault = faults.shift();
    if (fault !== undefined) {
      return answerFault(request, response, fault);
    }
    if (pathname === undefined) {
      return fail(badRequest(`the path ${rawPath} is not percent-encoded UTF-8`));
    }
    const identified = await tokens.identify(request.headers.authorization);
    if ('refusal' in identified) {
      record.refusal = identified.refusal;
      return fail(unauthorized());
    }
    const { subject } = identified;
    record.user = subject.user;
    const object = asked || !['GET', 'PATCH', 'DELETE'].includes(method) ? undefined : parseObjectPath(pathname);
    if (pathname === '/version' && method === 'GET') {
      return answerJson(response, 200, VERSION);
    }
    if (object && object.name !== '' && pathname.startsWith(CRDS_PATH)) {
      return serveCrd(request, response, object, { subject, query, record });
    }
    if (object) {
      return serveObject(request, response, object, { subject, query, record });
    }
    if (!asked) {
      record.forbidden = true;
      return fail(forbiddenPath(subject.user, verb || method.toLowerCase(), pathname));
    }
    const attributes = { ...asked, verb, apiGroup: '' };
    const decision = authorize(subject, attributes, rbac);
    if (!decision.allowed) {
      record.forbidden = true;
      return fail(forbidden({ user: subject.user, ...attributes }, decision.reason));
    }
    if (verb === '' || (subresource && verb !== 'create')) {
      return fail(methodNotAllowed());
    }
    if (subresource?.subresource === 'eviction') {
      const { namespace, name } = subresource;
      const { deleteOptions } = JSON.parse(await text(request)) as { deleteOptions?: unknown };
      return remove(response, { apiGroup: '', version: 'v1', resource: 'pods', namespace, name }, deleteOptions, 201);
    }
    if (!proxied) {
      const { namespace, name: serviceAccount } = asked;
      const { code, body } = await answerTokenRequest(await text(request), { namespace, serviceAccount }, options.makeToken ?? (() => Promise.resolve(undefined)));
      return answerJson(response, code, body);
    }
    serveProxied(request, response, proxied, rawPath, query);
  }

  /** An apply of an object that is not there is a creation too, of that name. */
  async function serveCrd(request: IncomingMessage, response: ServerResponse, object: ObjectRequest, { subject, query, record }: Asked): Promise<void> {
    const { apiGroup, resource, name } = object;
    const change = request.method === 'PATCH';
    for (const verb of change ? ['patch', ...(crds.has(name) ? [] : ['create'])] : ['get']) {
      const attributes = { apiGroup, resource, namespace: '', name, subresource: '', verb };
      const decision = authorize(subject, attributes, rbac);
      if (!decision.allowed) {
        record.forbidden = true;
        return answerStatus(response, forbidden({ user: subject.user, ...attributes }, decision.reason));
      }
    }
    const { code, body } = change ? crds.apply(name, new URLSearchParams(query), request.headers['content-type'] ?? '', await text(request)) : crds.get(name);
    answerJson(response, code, body);
  }

  async function serveObject(request: IncomingMessage, response: ServerResponse, object: ObjectRequest, { subject, query, record }: Asked): Promise<void> {
    const { apiGroup, resource, name } = object;
    const [change, deletes] = [request.method === 'PATCH', request.method === 'DELETE'];
    const verb = change ? 'patch' : deletes ? (name === '' ? 'deletecollection' : 'delete') : name === '' ? 'list' : 'get';
    const attributes = { apiGroup, resource, namespace: namespaceToAuthorize(object), name, subresource: '', verb };
    const decision = authorize(subject, attributes, rbac);
    if (!decision.allowed) {
      record.forbidden = true;
      return answerStatus(response, forbidden({ user: subject.user, ...attributes }, decision.reason));
    }
    if (deletes) {
      const body = await text(request);
      return remove(response, object, body === '' ? undefined : JSON.parse(body), 200);
    }
    const answer = answerObject(object, options.objects?.() ?? manifests, listOptionsOf(query, request.headers.accept));
    if (answer === 'page') {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
    } else if ('status' in answer) {
      answerStatus(response, answer.status);
    } else if (change) {
      await servePatch(request, response, object, answer.object ?? {});
    } else {
      answerJson(response, 200, isDeployment(object) && answer.object ? versioned(answer.object) : answer.body);
    }
  }

  async function servePatch(request: IncomingMessage, response: ServerResponse, object: ObjectRequest, before: Manifest): Promise<void> {
    const { replace } = options;
    if (!isDeployment(object) || object.name === '' || !replace) {
      return answerStatus(response, methodNotAllowed());
    }
    const patch = { contentType: request.headers['content-type'] ?? '', text: await text(request) };
    const result = patched(before, patch, `${object.resource}.${object.apiGroup} ${JSON.stringify(object.name)}`);
    if ('status' in result) {
      return answerStatus(response, result.status);
    }
    replace(before, result.object);
    answerJson(response, 200, versioned(result.object));
  }

  function remove(response: ServerResponse, object: ObjectRequest, deleteOptions: unknown, done: number): void {
    if (object.name === '' || options.remove === undefined) {
      return answerStatus(response, methodNotAllowed());
    }
    const found = deletable(object, options.objects?.() ?? manifests, deleteOptions);
    if ('status' in found) {
      return answerStatus(response, found.status);
    }
    options.remove(found.object);
    answerJson(response, done, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
  }

  function serveProxied(request: IncomingMessage, response: ServerResponse, proxied: ProxyRequest, rawPath: string, query: string): void {
    const route =
      proxied.resource === 'services' ? routeToService(proxied, options.services) : routeToPod(proxied, options.pods ?? []);
    if (route.kind === 'status') {
      answerStatus(response, route.status);
    } else if (route.kind === 'text') {
      response.writeHead(route.code, { 'content-type': 'text/plain; charset=utf-8' }).end(route.text);
    } else if (proxied.path === '' && (request.method === 'GET' || request.method === 'HEAD')) {
      response.writeHead(301, { location: `${rawPath}/${query}` }).end();
    } else {
      const destination = { origin: route.origin, path: proxied.path || '/', query, prefix: proxied.prefix, limits: options.connectionLimits ?? CONNECTION_LIMITS };
      forward(request, response, destination, (status) => answerStatus(response, status));
    }
  }

  const server = createServer(await options.ca.issue(['127.0.0.1', 'localhost']), (request, response) => {
    serve(request, response).catch((error: unknown) => {
      answerStatus(response, internalError(error instanceof Error ? error.message : String(error)));
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket) => {
    refuseUnparsed(error, socket, { tokens, rbac, requests }).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem: options.ca.caPem,
    requests,
    delayAccessEntries: (milliseconds) => entries.delayUntil(Date.now() + milliseconds),
    removeAccessEntry: (principalArn) => entries.remove(principalArn),
    update: (changed) => {
      entries.replace(changed.accessEntries);
      ({ manifests } = changed);
      rbac = rbacObjects(manifests);
      return Promise.resolve();
    },
    failNext: (count, fault) => faults.push(...Array.from({ length: count }, () => fault)),
    close: () => close(server),
  };
}

/** Who asks, and where that is remembered. */
interface Asked {
  readonly subject: Subject;
  readonly query: string;
  readonly record: RecordedRequest;
}

const isDeployment = ({ apiGroup, resource }: ObjectRequest) => apiGroup === 'apps' && resource === 'deployments';

/** Of the subresources of named objects, those that are served besides proxies. */
const servedSubresource = (pathname: string) => {
  const found = parseSubresourcePath(pathname);
  return ['serviceaccounts/token', 'pods/eviction'].includes(`${found?.resource}/${found?.subresource}`) ? found : undefined;
};

function answerStatus(response: ServerResponse, status: Status): void {
  answerJson(response, status.code, status);
}

function answerJson(response: ServerResponse, code: number, body: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const headers = { 'audit-id': randomUUID(), 'cache-control': 'no-cache, private', 'content-type': 'application/json' };
  response.writeHead(code, headers).end(`${typeof body === 'string' ? body : JSON.stringify(body)}\n`);
}

function answerFault(request: IncomingMessage, response: ServerResponse, fault: Fault): void {
  if (fault === 'hang') {
    return;
  }
  if (fault === 'reset') {
    request.socket.destroy();
  } else if (fault === 'html') {
    response.writeHead(502, { 'content-type': 'text/html' }).end(HTML);
  } else {
    answerJson(response, fault.status, fault.body);
  }
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
