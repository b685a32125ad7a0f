import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
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
}

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
 * There is no limit of time: a backend that does not answer hangs the caller. Its certificate is not verified.
 * @param fail answers in the API server's own name.
 */
export function forward(request: IncomingMessage, response: ServerResponse, to: Destination, fail: (status: Status) => void): void {
  const send = to.origin.protocol === 'https:' ? httpsRequest : httpRequest;
  const upstream = send({
    host: to.origin.hostname,
    port: to.origin.port || (to.origin.protocol === 'https:' ? 443 : 80),
    method: request.method,
    path: to.path + to.query,
    headers: requestHeaders(request, to),
    rejectUnauthorized: false,
    agent: false,
  });
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

function reason(error: NodeJS.ErrnoException, origin: URL): string {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: `dial tcp ${origin.host}: connect: connection refused`,
    EHOSTUNREACH: `dial tcp ${origin.host}: connect: no route to host`,
    ETIMEDOUT: `dial tcp ${origin.host}: i/o timeout`,
    ECONNRESET: 'EOF',
  };
  return words[error.code ?? ''] ?? error.message;
}
