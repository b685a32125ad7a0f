import * as http from 'node:http';
import * as https from 'node:https';

export interface Call {
  readonly method: string;
  /** What is asked for, and by which name: `https://vault-active.vault:8200/v1/…`. */
  readonly url: string;
  /** Origin that the name leads to here. @default - the URL's own */
  readonly via?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is if it is bytes, else as JSON. */
  readonly body?: unknown;
  /** PEM of the one authority that is trusted; the name is verified too. @default - the well-known ones */
  readonly ca?: string;
  /** Certificate and key, PEM, that the caller shows. @default - none */
  readonly client?: { readonly cert: string; readonly key: string };
  /** Keeps connections for the next request. @default - one for this request alone */
  readonly agent?: http.Agent | undefined;
  /** Milliseconds. */
  readonly limit: number;
  /** Gives it up. */
  readonly signal?: AbortSignal | undefined;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly bytes: Buffer;
}

/** One request. Redirects are not followed. @throws without an answer in time. */
export function call({ method, url, via, headers, body, ca, client, agent, limit, signal }: Call): Promise<Reply> {
  const asked = new URL(url);
  const target = new URL(via ?? url);
  const secure = target.protocol === 'https:';
  const content = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = (secure ? https : http).request(
      {
        host: target.hostname,
        port: target.port,
        path: `${asked.pathname}${asked.search}`,
        method,
        headers: { host: asked.host, ...headers, ...(content === undefined ? {} : { 'content-length': String(Buffer.byteLength(content)) }) },
        agent: agent ?? false,
        ...(signal ? { signal } : {}),
        ...(secure ? { ca, ...client, ...(/^[\d.]+$/.test(asked.hostname) ? {} : { servername: asked.hostname }) } : {}),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', fail);
        answer.on('end', () => {
          clearTimeout(timer);
          const bytes = Buffer.concat(chunks);
          resolve({ status: answer.statusCode ?? 0, text: bytes.toString('utf8'), bytes });
        });
      },
    );
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    const timer = setTimeout(() => sent.destroy(new Error(`no answer from ${asked.host} in ${limit} ms`)), limit);
    sent.on('error', fail);
    sent.end(content);
  });
}
