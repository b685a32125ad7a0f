import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ForwardProxyOptions {
  /** Whether a host name is one of AWS's. */
  readonly isKnown: (host: string) => boolean;
  /** What there is, for refusals. */
  readonly hosts: readonly string[];
  /** Where tunnels lead: a port of 127.0.0.1. */
  readonly httpsPort: number;
  /** Answers a request for `http://<host>/…` without TLS; undefined when nobody listens there. */
  readonly plain: (host: string) => RequestListener | undefined;
}

export interface ForwardProxy {
  readonly server: Server;
  closeTunnels(): void;
}

/** A forward proxy that leads to AWS's host names and nowhere else. It is not listening yet. */
export function createForwardProxy({ isKnown, hosts, httpsPort, plain }: ForwardProxyOptions): ForwardProxy {
  const tunnels = new Set<Duplex>();
  const track = (socket: Duplex) => {
    tunnels.add(socket);
    socket.once('close', () => tunnels.delete(socket));
    // A peer that goes away takes its tunnel with it; there is nobody left to tell.
    socket.once('error', () => socket.destroy());
  };
  const refusal = (what: string) => `${what} is refused: nothing leaves this machine; there are ${hosts.map((host) => `${host}:443`).join(', ')}\n`;
  const server = createServer((request, response) => {
    const url = request.url !== undefined && URL.canParse(request.url) ? new URL(request.url) : undefined;
    const listener = url?.protocol === 'http:' && url.port === '' ? plain(url.hostname) : undefined;
    if (url !== undefined && listener !== undefined) {
      request.url = request.url?.slice(url.origin.length);
      void listener(request, response);
      return;
    }
    response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' });
    // Not the whole URL: its path may hold anything.
    response.end(refusal(`${request.method} ${url?.host ?? 'without a host'}`));
  });
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    track(client);
    const target = (request.url ?? '').toLowerCase();
    if (!target.endsWith(':443') || !isKnown(target.slice(0, -':443'.length))) {
      client.end(`HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${refusal(`CONNECT ${target}`)}`);
      return;
    }
    const upstream: Socket = connect(httpsPort, '127.0.0.1', () => {
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
