import * as http from 'node:http';
import * as https from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';

export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** A body that is read while it is sent. */
export interface StreamedBody {
  /** Bytes. */
  readonly size: number;
  /** Opens it at its first byte. */
  read(): Readable;
}

/** The answer did not come: refused, reset, timed out, too large, or a certificate that was not trusted. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

/** Whom a connection trusts, and as whom it shows itself, in node:tls's terms. */
export interface TlsSettings {
  /** PEM of the one authority that is trusted. @default - the well-known ones */
  readonly ca?: string | Buffer;
  /** PEM of the client's certificate and key. @default - none */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Name that the server's certificate has to be for. @default - the URL's host */
  readonly servername?: string;
  /** @default true */
  readonly rejectUnauthorized?: boolean;
}

const LARGEST_ANSWER = 4 * 1024 * 1024;
/** How long an upload waits for the server's word to go on. Some never give it (RFC 9110, 10.1.1). */
const CONTINUE_WAIT = 1000;

interface Exchange<T> {
  /** Milliseconds without a byte in either direction. @default - as long as the whole request may take */
  readonly idleMs?: number;
  /** Sends the body, if any. */
  readonly give: (sent: http.ClientRequest, fail: (error: Error) => void) => void;
  /** Reads the answer to its end. */
  readonly take: (received: http.IncomingMessage) => Promise<T>;
}

/**
 * Sends requests over connections that are kept until `close`: one instance a run, for a Lambda that sleeps between
 * two runs finds its old connections dead. Redirects are never followed: a standby's points at a pod's address.
 */
export class Http {
  private readonly plain: http.Agent;
  private readonly tls: https.Agent;

  /**
   * @param trust PEM of the one authority that is trusted, or all settings of TLS. @default - the well-known authorities
   * @param timeoutMs limit of one request, from its start to its last byte.
   */
  constructor(
    trust: string | TlsSettings | undefined,
    private readonly timeoutMs: number,
  ) {
    this.plain = new http.Agent({ keepAlive: true });
    this.tls = new https.Agent({ keepAlive: true, ...(typeof trust === 'string' ? { ca: trust } : trust) });
  }

  /** A request and an answer of some kilobytes. @throws NoAnswer */
  send(request: HttpRequest): Promise<HttpAnswer> {
    const length: Record<string, string> = request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(request.body)) };
    return this.exchange({ ...request, headers: { ...request.headers, ...length } }, { give: (sent) => sent.end(request.body), take: readAnswer });
  }

  /**
   * A request whose answer is of any size. With status 200 it goes to `receive` as it comes, and the body given back is empty;
   * any other is read as by {@link send}.
   * @param receive ends when it has read all; what it throws ends the request.
   * @param idleMs milliseconds without a byte after which it is given up.
   * @throws NoAnswer also when the answer is cut off.
   */
  download(request: HttpRequest, receive: (content: Readable) => Promise<void>, idleMs: number): Promise<HttpAnswer> {
    const take = async (received: http.IncomingMessage): Promise<HttpAnswer> => {
      if (received.statusCode !== 200) return readAnswer(received);
      let lost: Error | undefined;
      received.on('error', (error) => (lost = error));
      await receive(received).catch((error: unknown) => {
        received.destroy();
        throw lost ? noAnswer(lost) : error;
      });
      return answerOf(received, '');
    };
    return this.exchange(request, { idleMs, give: (sent) => sent.end(request.body), take });
  }

  /**
   * A request with a body of any size, which is held back until the server has agreed to the headers: a refusal costs no transfer.
   * @param idleMs milliseconds without a byte after which it is given up.
   * @returns the answer with its headers, in lower case.
   * @throws NoAnswer
   */
  upload(request: Omit<HttpRequest, 'body'>, content: StreamedBody, idleMs: number): Promise<HttpAnswer & { readonly headers: http.IncomingHttpHeaders }> {
    const give = (sent: http.ClientRequest, fail: (error: Error) => void) => {
      let begun = false;
      const begin = () => {
        clearTimeout(late);
        if (!begun && !sent.destroyed) pipeline(content.read(), sent).catch(fail);
        begun = true;
      };
      const late = setTimeout(begin, CONTINUE_WAIT);
      sent.on('continue', begin);
      for (const end of ['response', 'close']) sent.on(end, () => ((begun = true), clearTimeout(late)));
      sent.flushHeaders();
    };
    const take = async (received: http.IncomingMessage) => ({ ...(await readAnswer(received)), headers: received.headers });
    return this.exchange({ ...request, headers: { ...request.headers, expect: '100-continue', 'content-length': String(content.size) } }, { idleMs, give, take });
  }

  close(): void {
    this.plain.destroy();
    this.tls.destroy();
  }

  private exchange<T>(request: HttpRequest, { idleMs, give, take }: Exchange<T>): Promise<T> {
    const url = new URL(request.url);
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const sent = (secure ? https : http).request(url, { method: request.method, agent: secure ? this.tls : this.plain, headers: request.headers });
      const giveUp = (message: string) => sent.destroy(new NoAnswer(message, 'ETIMEDOUT'));
      const limit = setTimeout(() => giveUp(`no answer within ${this.timeoutMs} ms`), this.timeoutMs);
      if (idleMs !== undefined) sent.setTimeout(idleMs, () => giveUp(`not a byte for ${idleMs} ms`));
      let failed: Error | undefined;
      let answered = false;
      const end = (settle: () => void) => {
        clearTimeout(limit);
        settle();
      };
      const fail = (error: Error) => {
        failed ??= error;
        // An answer that has begun is read to its end or its break: nobody is still at it when this has ended.
        if (!answered) end(() => reject(noAnswer(error)));
      };
      sent.on('error', fail);
      sent.on('response', (received) => {
        answered = true;
        take(received).then(
          (answer) => {
            if (!sent.writableFinished) sent.destroy();
            end(() => resolve(answer));
          },
          (error: Error) => end(() => reject(error instanceof NoAnswer && failed ? noAnswer(failed) : error)),
        );
      });
      give(sent, fail);
    });
  }
}

async function readAnswer(received: http.IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of received as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > LARGEST_ANSWER) throw new NoAnswer(`an answer of over ${LARGEST_ANSWER} bytes`, 'E2BIG');
      chunks.push(chunk);
    }
  } catch (error) {
    throw noAnswer(error as Error);
  }
  return answerOf(received, Buffer.concat(chunks).toString('utf8'));
}

function answerOf({ statusCode, headers }: http.IncomingMessage, body: string): HttpAnswer {
  return { status: statusCode ?? 0, contentType: headers['content-type'] ?? '', body };
}

function noAnswer(error: Error & { code?: string }): NoAnswer {
  return error instanceof NoAnswer ? error : new NoAnswer(error.message, error.code ?? 'EUNKNOWN');
}
