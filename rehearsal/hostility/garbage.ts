import type { Passage } from './passage';

/** An answer that is not the one of whom was asked. */
export interface Garbage {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Repeats what the request had in its headers and body, as pages for developers and STS's refusals do. */
  readonly echo?: true;
  /** Sends the body as a gzip stream. */
  readonly gzip?: true;
}

const json = 'application/json';
const html = 'text/html';
const xml = 'text/xml';

const page = (status: number, title: string): Garbage => ({ status, type: html, body: `<html><head><title>${status} ${title}</title></head><body>${title}</body></html>` });
const kubernetes = (code: number, reason: string, message: string): Garbage => ({ status: code, type: json, body: JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }) });
const vault = (status: number, ...errors: string[]): Garbage => ({ status, type: json, body: JSON.stringify({ errors }) });

const ANYBODY: readonly Garbage[] = [
  page(429, 'Too Many Requests'),
  page(500, 'Internal Server Error'),
  page(502, 'Bad Gateway'),
  page(504, 'Gateway Timeout'),
  page(200, 'Welcome'),
  { status: 500, type: 'text/plain', body: '', echo: true },
  { status: 502, type: html, body: '', echo: true },
  { status: 200, type: json, body: '' },
  { status: 200, type: '', body: '[]' },
  { status: 200, type: json, body: 'null' },
  { status: 200, type: 'application/octet-stream', body: '\u0000\u0001\ufffd\u001b[31m\r\n\u2028' },
  { status: 200, type: json, body: `{"data": ${'['.repeat(5000)}` },
  { status: 500, type: html, body: `<title>${'x'.repeat(100_000)}</title>` },
  { status: 302, type: html, body: '' },
];

const PROXY: readonly Garbage[] = [
  kubernetes(401, 'Unauthorized', 'Unauthorized'),
  kubernetes(403, 'Forbidden', 'services "http:vault:8200" is forbidden'),
  kubernetes(404, 'NotFound', 'services "vault" not found'),
  kubernetes(429, 'TooManyRequests', 'the server has received too many requests'),
  kubernetes(500, 'InternalError', 'etcdserver: leader changed'),
  kubernetes(503, 'ServiceUnavailable', 'no endpoints available for service "http:vault:8200"'),
  vault(412, 'required index state not present'),
  vault(429, 'request path kv: rate limit quota exceeded'),
  vault(472),
  vault(473),
  vault(500, 'internal error'),
  vault(500, '1 error occurred:\n\t* context canceled\n\n'),
  vault(503, 'Vault is sealed'),
  { status: 307, type: '', body: '' },
  { status: 500, type: json, body: '{"errors":"none"}' },
  { status: 500, type: json, body: '{"errors":[null,{},[1]]}' },
  { status: 500, type: json, body: '{"errors":', echo: true },
];

/** To what is only read: a write that is answered so would be a lie, which nobody can tell from the truth. */
const READ: readonly Garbage[] = [
  { status: 200, type: json, body: '{}' },
  { status: 200, type: json, body: '{"data":null}' },
  { status: 200, type: json, body: '{"data":[],"auth":7}' },
  vault(404),
];

const error = (status: number, code: string): Garbage => ({
  status,
  type: xml,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>for a while</Message></Error><RequestId>0</RequestId></ErrorResponse>`,
});
const amazon = (status: number, type: string): Garbage => ({ status, type: 'application/x-amz-json-1.1', body: JSON.stringify({ __type: type, message: 'for a while' }) });

const AWS: readonly Garbage[] = [error(400, 'Throttling'), error(403, 'AccessDenied'), error(404, 'NoSuchEntity'), error(500, 'ServiceFailure'), amazon(400, 'ThrottlingException'), amazon(500, 'InternalServiceError'), amazon(403, 'AccessDeniedException')];

/** What is a whole gzip stream, and no snapshot: as often as all the rest, for nothing else is so like one. */
const SNAPSHOT: readonly Garbage[] = [
  { ...page(200, 'Sign in'), gzip: true },
  { status: 200, type: 'application/gzip', body: '', gzip: true },
  { status: 200, type: 'application/gzip', body: '\0'.repeat(1024), gzip: true },
];

const s3 = (status: number, code: string): Garbage => ({ status, type: 'application/xml', body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>for a while</Message><RequestId>0</RequestId></Error>` });

const PUT_OBJECT: readonly Garbage[] = [
  s3(503, 'SlowDown'),
  s3(500, 'InternalError'),
  s3(400, 'RequestTimeout'),
  s3(400, 'XAmzContentSHA256Mismatch'),
  s3(403, 'AccessDenied'),
  s3(307, 'TemporaryRedirect'),
];

/** What may be answered to a request in the place of the truth. */
export function garbage(to: Passage['to'], what: string): [Garbage, ...Garbage[]] {
  const others = to === 'AWS' ? (what === 'PutObject' ? PUT_OBJECT : AWS) : [...PROXY, ...(what.startsWith('GET ') ? READ : []), ...(what === 'GET sys/storage/raft/snapshot' ? Array<readonly Garbage[]>(12).fill(SNAPSHOT).flat() : [])];
  return [...ANYBODY, ...others] as [Garbage, ...Garbage[]];
}
