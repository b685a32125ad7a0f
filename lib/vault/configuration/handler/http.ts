import * as http from 'node:http';
import * as https from 'node:https';

export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
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

const LARGEST_ANSWER = 4 * 1024 * 1024;

/**
 * Sends requests over connections that are kept until `close`: one instance a run, for a Lambda that sleeps between
 * two runs finds its old connections dead. Redirects are never followed: a standby's points at a pod's address.
 */
export class Http {
  private readonly plain: http.Agent;
  private readonly tls: https.Agent;

  /**
   * @param ca PEM that is trusted besides the well-known authorities.
   * @param timeoutMs limit of one request, from its start to its last byte.
   */
  constructor(
    ca: string | undefined,
    private readonly timeoutMs: number,
  ) {
    this.plain = new http.Agent({ keepAlive: true });
    this.tls = new https.Agent({ keepAlive: true, ca });
  }

  send(request: HttpRequest): Promise<HttpAnswer> {
    const url = new URL(request.url);
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const sent = (secure ? https : http).request(url, {
        method: request.method,
        agent: secure ? this.tls : this.plain,
        headers: {
          ...request.headers,
          ...(request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(request.body)) }),
        },
      });
      const limit = setTimeout(() => sent.destroy(new NoAnswer(`no answer within ${this.timeoutMs} ms`, 'ETIMEDOUT')), this.timeoutMs);
      const fail = (error: Error & { code?: string }) => {
        clearTimeout(limit);
        reject(error instanceof NoAnswer ? error : new NoAnswer(error.message, error.code ?? 'EUNKNOWN'));
      };
      sent.on('error', fail);
      sent.on('response', (received) => {
        const chunks: Buffer[] = [];
        let size = 0;
        received.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > LARGEST_ANSWER) sent.destroy(new NoAnswer(`an answer of over ${LARGEST_ANSWER} bytes`, 'E2BIG'));
          else chunks.push(chunk);
        });
        received.on('error', fail);
        received.on('end', () => {
          clearTimeout(limit);
          resolve({
            status: received.statusCode ?? 0,
            contentType: received.headers['content-type'] ?? '',
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
      });
      sent.end(request.body);
    });
  }

  close(): void {
    this.plain.destroy();
    this.tls.destroy();
  }
}
