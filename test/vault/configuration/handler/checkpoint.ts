import { createServer, request as httpRequest, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createCertificateAuthority } from '../../../../rehearsal/certificate-authority';
import type { World } from '../../../../rehearsal/world';

/** A request of the function on its way to the API server or to AWS. */
export interface Passage {
  /** `PUT sys/init`, `PutSecretValue`, `GetRole`. */
  readonly what: string;
  /** How often the same was asked before, from 1. */
  readonly time: number;
}

/** What may be done to requests. `sever` cuts the function's connection, `withhold` lets it wait for an answer that never comes. */
export interface Watch {
  /** As it comes. What it returns in time holds the request up; `sever` keeps it from going on. */
  readonly received?: (passage: Passage) => 'sever' | void | Promise<void>;
  /** When its answer is there, which the function has not got yet. */
  readonly answered?: (passage: Passage, body: string) => 'sever' | 'withhold' | void;
}

/** Everything that the function calls, behind one place where each request is seen twice. */
export interface Checkpoint {
  /** The API server, and what signed its certificate in PEM. */
  readonly apiServer: string;
  readonly caPem: string;
  /** AWS's endpoints, in plain HTTP. */
  readonly secretsManager: string;
  readonly iam: string;
  /** Requests in the order they came, since the last `watch`. */
  readonly seen: () => readonly string[];
  watch(watch: Watch): void;
  close(): Promise<void>;
}

export async function startCheckpoint({ apiServer, aws }: World): Promise<Checkpoint> {
  const ca = await createCertificateAuthority('checkpoint');
  let watch: Watch = {};
  let seen: string[] = [];
  const listener = (upstream: string, trusted: string | undefined, nameOf: (request: IncomingMessage, body: string) => string): RequestListener => {
    const pass = async (request: IncomingMessage, response: ServerResponse) => {
      const body = await buffer(request);
      const what = nameOf(request, body.toString('utf8'));
      seen.push(what);
      const passage = { what, time: seen.filter((each) => each === what).length };
      const { received, answered } = watch;
      if ((await received?.(passage)) === 'sever') return void request.socket.destroy();
      const answer = await forward(upstream, trusted, request, body, response);
      const then = answer ? answered?.(passage, answer.body.toString('utf8')) : 'sever';
      if (then === 'withhold') return;
      if (!answer || then === 'sever') return void request.socket.destroy();
      response.writeHead(answer.status, answer.headers).end(answer.body);
    };
    return (request, response) => void pass(request, response).catch(() => request.socket.destroy());
  };
  const servers = [
    createTlsServer(await ca.issue(['127.0.0.1']), listener(apiServer.endpoint, apiServer.caPem, ({ method, url = '' }) => `${method ?? ''} ${url.split('/proxy/v1/')[1] ?? url}`)),
    createServer(listener(aws.secretsManagerUrl, undefined, ({ headers }) => String(headers['x-amz-target']).replace('secretsmanager.', ''))),
    createServer(listener(aws.iamUrl, undefined, (_, body) => new URLSearchParams(body).get('Action') ?? '')),
  ] as const;
  const [api, secretsManager, iam] = await Promise.all(servers.map(listen));
  return {
    apiServer: `https://127.0.0.1:${api}`,
    caPem: ca.caPem,
    secretsManager: `http://127.0.0.1:${secretsManager}`,
    iam: `http://127.0.0.1:${iam}`,
    seen: () => seen,
    watch: (next) => {
      watch = next;
      seen = [];
    },
    close: async () => {
      await Promise.all(servers.map((server) => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()))));
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Ends with the caller's connection, as the API server's own proxy does. @returns undefined where there was no answer. */
function forward(upstream: string, ca: string | undefined, request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<Answer | undefined> {
  const url = new URL(request.url ?? '/', upstream);
  const options = { method: request.method, headers: request.headers, agent: false as const };
  return new Promise((resolve) => {
    const sent = url.protocol === 'https:' ? httpsRequest(url, { ...options, ca }) : httpRequest(url, options);
    sent.on('response', (answer) => {
      buffer(answer).then(
        (bytes) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes }),
        () => resolve(undefined),
      );
    });
    sent.on('error', () => resolve(undefined));
    response.on('close', () => sent.destroy());
    sent.end(body);
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}
