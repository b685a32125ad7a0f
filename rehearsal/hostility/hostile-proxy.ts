import { Agent as PlainAgent, createServer, request as plainRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { Agent as TlsAgent, createServer as createTlsServer, request as tlsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { CertificateAuthority } from '../certificate-authority';
import type { Fault, FaultKind } from './faults';
import type { Passage } from './passage';
import type { Garbage } from './garbage';

/** What was sent, and what came of it, for whoever has to know what is secret. */
export interface Exchange {
  readonly what: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Undefined where nobody got so far as to answer. */
  readonly answer?: string;
}

/** Decides what happens to a request. */
export type Decide = (passage: Passage) => Fault | undefined;

/** Where requests go. */
export interface Upstreams {
  readonly apiServer: { readonly endpoint: string; readonly caPem: string };
  /** Plain HTTP. */
  readonly iam: string;
  readonly events: string;
  readonly secretsManager: string;
  readonly s3: string;
}

/** Between the function and all that it calls. */
export interface HostileProxy {
  /** `https://…`, and in PEM what signed its certificate. */
  readonly apiServer: string;
  readonly caPem: string;
  /** Plain HTTP. */
  readonly iam: string;
  readonly events: string;
  readonly secretsManager: string;
  readonly s3: string;
  /** Begins a run: counts anew, and does to its requests what is decided. Without it, they pass. */
  begin(decide?: Decide): void;
  /** Lets those arrive that are late, and waits for all that are on their way. */
  settle(): Promise<void>;
  /** Requests of this run so far, in the order they came, each with what happened to it. */
  readonly seen: readonly string[];
  readonly faults: readonly FaultKind[];
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What is sent on: all that came, or so great a part of it before the connection is cut. */
interface Sent {
  readonly body: Buffer;
  readonly part: number;
}

type Forward = (other?: Partial<Sent>) => Promise<Answer | undefined>;

/** @param heard is told of each request when it comes, and once more with its answer, if it gets one. */
export async function startHostileProxy(upstreams: Upstreams, ca: CertificateAuthority, heard: (exchange: Exchange) => void): Promise<HostileProxy> {
  const plain = new PlainAgent({ keepAlive: true });
  const tls = new TlsAgent({ keepAlive: true, ca: upstreams.apiServer.caPem });
  let decide: Decide = () => undefined;
  let seen: string[] = [];
  let faults: FaultKind[] = [];
  let times = new Map<string, number>();
  let late: { due: number; send: Forward }[] = [];
  const underWay = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };
  const sendDue = (all: boolean) => {
    const due = late.filter((each) => all || each.due <= seen.length);
    late = late.filter((each) => !due.includes(each));
    return Promise.all(due.map(({ send }) => track(send())));
  };
  const note = (passage: Passage, fault: Fault | undefined) => {
    seen.push(fault ? `${passage.what} [${describe(fault)}]` : passage.what);
    if (fault) faults.push(fault.kind);
  };

  const listener = (to: Passage['to'], upstream: string, nameOf: (request: IncomingMessage, body: string) => string): RequestListener => {
    const pass = async (request: IncomingMessage, response: ServerResponse) => {
      const waits = request.headers.expect !== undefined;
      let body = waits ? NOTHING : await buffer(request);
      const what = nameOf(request, body.toString('utf8'));
      const time = (times.get(what) ?? 0) + 1;
      times.set(what, time);
      const stream = waits ? ({ stream: 'up' } as const) : what === SNAPSHOT ? ({ stream: 'down' } as const) : {};
      const passage = { to, what, time, number: seen.length + 1, ...stream };
      const fault = decide(passage);
      note(passage, fault);
      void sendDue(false);
      if (waits && comesIn(fault)) {
        response.writeContinue();
        body = await buffer(request);
      }
      heard({ what, headers: request.headers, body: body.toString('utf8') });
      const send: Forward = async (other) => {
        const answer = await forward(upstream, upstream.startsWith('https:') ? tls : plain, request, { body, part: 1, ...other });
        if (answer) heard({ what, headers: request.headers, body: body.toString('utf8'), answer: answer.body.toString('utf8') });
        return answer;
      };
      if (fault?.kind === 'late') {
        late.push({ due: seen.length + fault.after, send });
        return void request.socket.destroy();
      }
      await meet(fault, send, request, response, body);
    };
    return (request, response) => void track(pass(request, response)).catch(() => request.socket.destroy());
  };

  const path = ({ method, url = '' }: IncomingMessage) => `${method ?? ''} ${url.split('/proxy/v1/')[1] ?? url}`;
  const action = (_: IncomingMessage, body: string) => new URLSearchParams(body).get('Action') ?? '';
  const target = ({ headers }: IncomingMessage) => String(headers['x-amz-target']).replace(/^\w+[.]/, '');
  const servers = [
    createTlsServer(await ca.issue(['127.0.0.1']), listener('API server', upstreams.apiServer.endpoint, path)),
    createServer(listener('AWS', upstreams.iam, action)),
    createServer(listener('AWS', upstreams.events, target)),
    createServer(listener('AWS', upstreams.secretsManager, target)),
    createServer().on('checkContinue', listener('AWS', upstreams.s3, () => 'PutObject')),
  ] as const;
  const [api, iam, events, secretsManager, s3] = await Promise.all(servers.map(listen));
  return {
    apiServer: `https://127.0.0.1:${api}`,
    caPem: ca.caPem,
    iam: `http://127.0.0.1:${iam}`,
    events: `http://127.0.0.1:${events}`,
    secretsManager: `http://127.0.0.1:${secretsManager}`,
    s3: `http://127.0.0.1:${s3}`,
    get seen() {
      return seen;
    },
    get faults() {
      return faults;
    },
    begin: (next = () => undefined) => {
      decide = next;
      seen = [];
      faults = [];
      times = new Map();
    },
    settle: async () => {
      await sendDue(true);
      while (underWay.size > 0) await Promise.allSettled([...underWay]);
    },
    close: async () => {
      for (const agent of [plain, tls]) agent.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()))));
    },
  };
}

async function meet(fault: Fault | undefined, send: Forward, request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
  const cut = () => void request.socket.destroy();
  const give = (answer: Answer | undefined) => (answer ? void response.writeHead(answer.status, answer.headers).end(answer.body) : cut());
  switch (fault?.kind) {
    case undefined:
      return give(await send());
    case 'drop':
    case 'late':
      return cut();
    case 'lose':
      await send();
      return cut();
    case 'hang':
      return void (fault.arrives && (await send()));
    case 'delay':
      await sleep(fault.ms);
      return give(await send());
    case 'twice': {
      const [first, second] = [await send(), await send()];
      return give(fault.answer === 'first' ? first : second);
    }
    case 'cut':
    case 'stall':
    case 'shorten': {
      const answer = await send();
      if (!answer) return cut();
      const begin = beginning(answer.body, fault.part);
      if (fault.kind === 'shorten') return give({ ...answer, headers: { ...answer.headers, 'content-length': String(begin.length) }, body: begin });
      response.writeHead(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) }).write(begin, fault.kind === 'cut' ? cut : undefined);
      return;
    }
    case 'break':
      await send({ part: fault.part });
      return cut();
    case 'change': {
      if (body.length > 0) return give(await send({ body: changed(body, fault.part) }));
      const answer = await send();
      return give(answer && { ...answer, body: changed(answer.body, fault.part) });
    }
    case 'garbage': {
      if (fault.arrives) await send();
      const { status, type } = fault.answer;
      return give({ status, headers: { ...(type ? { 'content-type': type } : {}), ...(status === 302 || status === 307 ? { location: 'https://10.0.0.9:8200/v1/' } : {}) }, body: content(fault.answer, request, body) });
    }
  }
}

/** `sys/storage/raft/snapshot`, whose answer is the one that is of any size. */
const SNAPSHOT = 'GET sys/storage/raft/snapshot';
const NOTHING = Buffer.alloc(0);

/** Whether a body that waits for the word to go on gets it. */
const comesIn = (fault: Fault | undefined): boolean => !(fault?.kind === 'drop' || ((fault?.kind === 'hang' || fault?.kind === 'garbage') && !fault.arrives));

const beginning = (bytes: Buffer, part: number): Buffer => bytes.subarray(0, Math.floor(bytes.length * part));

function changed(bytes: Buffer, part: number): Buffer {
  const other = Buffer.from(bytes);
  const at = Math.min(Math.floor(bytes.length * part), bytes.length - 1);
  if (at >= 0) other[at] = (bytes[at] ?? 0) ^ 1;
  return other;
}

const content = (answer: Garbage, request: IncomingMessage, asked: Buffer): Buffer => (answer.gzip ? gzipSync(answer.body) : Buffer.from(textOf(answer, request, asked)));

const textOf = ({ body, echo }: Garbage, { headers }: IncomingMessage, asked: Buffer): string => (echo ? `${body}${Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`).join(' ')} ${asked.toString('utf8')}` : body);

/** Without `connection` and the like, which are between two neighbours. */
const ONE_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding']);

function forward(upstream: string, agent: PlainAgent, { method, url = '/', headers }: IncomingMessage, { body, part }: Sent): Promise<Answer | undefined> {
  const to = new URL(url, upstream);
  return new Promise((resolve) => {
    const sent = (to.protocol === 'https:' ? tlsRequest : plainRequest)(to, { method, headers: { ...headers, connection: 'keep-alive' }, agent });
    sent.on('response', (answer) => {
      const kept = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !ONE_HOP.has(name)));
      buffer(answer).then(
        (bytes) => resolve({ status: answer.statusCode ?? 0, headers: kept, body: bytes }),
        () => resolve(undefined),
      );
    });
    sent.on('error', () => resolve(undefined));
    if (part < 1) sent.write(beginning(body, part), () => sent.destroy());
    else sent.end(body);
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

function describe(fault: Fault): string {
  const { kind, ...more } = fault;
  const answer = 'answer' in more && typeof more.answer === 'object' ? { answer: `${more.answer.status} ${more.answer.type} ${more.answer.body.slice(0, 40)}` } : {};
  return [kind, ...Object.entries({ ...more, ...answer }).map(([key, value]) => `${key} ${String(value)}`)].join(', ');
}
