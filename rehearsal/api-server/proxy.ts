import { request as httpRequest, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream';
import { UNREACHABLE } from './backend';
import { serviceUnavailable, type Status } from './status';

/** Where a request is passed on to. */
export interface Destination {
  readonly origin: URL;
  /** Percent-encoded path, beginning with a slash. */
  readonly path: string;
  /** `?a=b` or empty. */
  readonly query: string;
  /** The path under which the caller sees the backend's root. */
  readonly prefix: string;
  readonly limits: ConnectionLimits;
}

/** How long the API server tries to get a connection to a backend, in milliseconds. */
export interface ConnectionLimits {
  /** Until the backend's machine takes it. */
  readonly dial: number;
  /** For the TLS handshake after that. */
  readonly handshake: number;
}

/** The API server's own: those of Go's default transport. */
export const CONNECTION_LIMITS: ConnectionLimits = { dial: 30_000, handshake: 10_000 };

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Passes a request on and its answer back, status, headers and body unchanged, except for what the API server takes away
 * (`Authorization`, hop-by-hop headers) and adds (`X-Forwarded-*`, its own prefix to a redirect to the same backend).
 * A backend's certificate is not verified. One to which there is no connection in time is given up; once there is, there is no
 * limit: a backend that does not answer hangs the caller.
 * @param fail answers in the API server's own name.
 */
export function forward(request: IncomingMessage, response: ServerResponse, to: Destination, fail: (status: Status) => void): void {
  const isTls = to.origin.protocol === 'https:';
  const send = isTls ? httpsRequest : httpRequest;
  const upstream = send({
    host: to.origin.hostname,
    port: to.origin.port || (isTls ? 443 : 80),
    method: request.method,
    path: to.path + to.query,
    headers: requestHeaders(request, to),
    rejectUnauthorized: false,
    agent: false,
  });
  limitConnection(upstream, to, isTls);
  upstream.once('response', (answer) => {
    const headers = endToEnd(answer.headers);
    if (headers.location !== undefined) {
      headers.location = rewriteLocation(headers.location, to, request.headers.host);
    }
    response.writeHead(answer.statusCode ?? 502, headers);
    pipeline(answer, response, (error) => {
      if (error) {
        response.destroy();
      }
    });
  });
  upstream.on('error', (error) => {
    if (response.headersSent || response.destroyed) {
      response.destroy();
    } else {
      fail(serviceUnavailable(UNREACHABLE + reason(error, to.origin)));
    }
  });
  response.once('close', () => upstream.destroy());
  request.pipe(upstream);
}

/** Each request has a connection of its own: it is dialled, and then shakes hands. */
function limitConnection(upstream: ClientRequest, { origin, limits }: Destination, isTls: boolean): void {
  const giveUp = (words: string, limit: number) => setTimeout(() => upstream.destroy(new Error(words)), limit);
  let timer = giveUp(`dial tcp ${origin.host}: i/o timeout`, limits.dial);
  upstream.once('socket', (socket) => {
    socket.once('connect', () => {
      clearTimeout(timer);
      if (isTls) timer = giveUp('net/http: TLS handshake timeout', limits.handshake);
    });
    socket.once('secureConnect', () => clearTimeout(timer));
  });
  upstream.once('close', () => clearTimeout(timer));
}

/**
 * The `Location` that the caller gets: one on the backend itself is led through the proxy,
 * one on another host (a standby's leader) stays as it is.
 */
export function rewriteLocation(location: string, to: Pick<Destination, 'origin' | 'prefix'>, requestHost: string | undefined): string {
  if (location.startsWith('/') && !location.startsWith('//')) {
    return to.prefix + location;
  }
  if (!URL.canParse(location)) {
    return location;
  }
  const { host, pathname, search, hash } = new URL(location);
  return host === to.origin.host || host === requestHost ? to.prefix + pathname + search + hash : location;
}

function requestHeaders(request: IncomingMessage, { prefix, path }: Destination): IncomingHttpHeaders {
  const headers = endToEnd(request.headers);
  delete headers.authorization;
  const forwardedFor = [headers['x-forwarded-for'], request.socket.remoteAddress].filter(Boolean).join(', ');
  return { ...headers, 'x-forwarded-for': forwardedFor, 'x-forwarded-uri': prefix + path };
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.includes(name)));
}

function reason(error: NodeJS.ErrnoException & { reason?: string }, origin: URL): string {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: `dial tcp ${origin.host}: connect: connection refused`,
    EHOSTUNREACH: `dial tcp ${origin.host}: connect: no route to host`,
    ECONNRESET: 'EOF',
  };
  // OpenSSL takes the first bytes of "HTTP/1.1" for a version of TLS.
  if (error.code === 'EPROTO' && error.message.includes('wrong version number')) {
    return 'tls: first record does not look like a TLS handshake';
  }
  const alert = /alert (.+)$/.exec(error.reason ?? '')?.[1];
  return words[error.code ?? ''] ?? (alert === undefined ? error.message : `remote error: tls: ${alert}`);
}
