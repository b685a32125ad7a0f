import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as tlsConnect } from 'node:tls';
import type { Socket } from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../../../rehearsal/aws/sessions';
import { Sha256 } from '../../../rehearsal/aws/sha256';

export interface Answered {
  readonly status: number;
  readonly body: string;
}

export interface Call {
  readonly host: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
}

/** What to sign with; scope and date are those of the call unless told otherwise. */
export interface Signing {
  readonly credentials: Credentials;
  readonly service: string;
  readonly region: string;
  readonly signingDate?: Date;
}

type Keys = Pick<Credentials, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>;

export function signer({ credentials, service, region }: Signing): SignatureV4 {
  const { accessKeyId, secretAccessKey, sessionToken }: Keys = credentials;
  // S3 takes a path as it is escaped once, the others escape it again.
  return new SignatureV4({ service, region, credentials: { accessKeyId, secretAccessKey, sessionToken }, sha256: Sha256, uriEscapePath: service !== 's3' });
}

/** The headers and body of a query-protocol call, signed unless `signing` is left out. */
export async function prepare(call: Call, signing?: Signing): Promise<{ path: string; headers: Record<string, string>; body: string }> {
  const { host, parameters, method = 'POST' } = call;
  const form = new URLSearchParams(parameters).toString();
  const request = {
    method,
    protocol: 'https:',
    hostname: host,
    path: '/',
    query: method === 'GET' ? { ...parameters } : {},
    headers: { host, ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' } : {}), ...call.headers },
    body: method === 'POST' ? form : undefined,
  };
  const signed = signing === undefined ? request : await signer(signing).sign(request, signing.signingDate ? { signingDate: signing.signingDate } : {});
  return { path: method === 'GET' ? `/?${form}` : '/', headers: signed.headers, body: method === 'POST' ? form : '' };
}

/** A presigned `GET https://<host>/?Action=GetCallerIdentity` as in an EKS token. */
export async function presign(
  host: string,
  signing: Signing,
  { cluster = 'prod-1', expiresIn = 60, query = {} } = {},
): Promise<string> {
  const signed = await signer(signing).presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15', ...query },
      headers: { host, 'x-k8s-aws-id': cluster },
    },
    { expiresIn, ...(signing.signingDate ? { signingDate: signing.signingDate } : {}) },
  );
  return `https://${host}/?${new URLSearchParams(signed.query as Record<string, string>).toString()}`;
}

/** Sends a prepared call through the forward proxy, as Vault does with HTTPS_PROXY and SSL_CERT_FILE. */
export async function sendThroughProxy(proxyUrl: string, ca: string, call: Call, signing?: Signing): Promise<Answered> {
  const { path, headers, body } = await prepare(call, signing);
  return exchangeThroughProxy(proxyUrl, ca, call.host, { path, method: call.method ?? 'POST', headers }, body);
}

export async function exchangeThroughProxy(
  proxyUrl: string,
  ca: string,
  host: string,
  options: { path: string; method: string; headers: Record<string, string> },
  body: string,
): Promise<Answered> {
  const tunnel = await openTunnel(proxyUrl, `${host}:443`);
  const socket = tlsConnect({ socket: tunnel, servername: host, ca });
  try {
    return await exchange(httpsRequest({ ...options, host, createConnection: () => socket }), body);
  } finally {
    socket.destroy();
  }
}

/** Sends a prepared call in plain HTTP; the signed host is the URL's. */
export async function sendPlain(url: string, call: Omit<Call, 'host'>, signing?: Signing): Promise<Answered> {
  const { host } = new URL(url);
  const { path, headers, body } = await prepare({ ...call, host }, signing);
  return exchange(httpRequest(new URL(path, url), { method: call.method ?? 'POST', headers }), body);
}

/** @throws with the proxy's status when it refuses. */
export function openTunnel(proxyUrl: string, target: string): Promise<Socket> {
  const { hostname, port } = new URL(proxyUrl);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method: 'CONNECT', path: target, agent: false });
    request.once('connect', (response, socket: Socket) => {
      if (response.statusCode === 200) {
        resolve(socket);
      } else {
        socket.destroy();
        reject(new Error(`CONNECT ${target}: ${response.statusCode}`));
      }
    });
    request.once('error', reject);
    request.end();
  });
}

export function field(name: string, { body }: Answered): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? '';
}

function exchange(request: ReturnType<typeof httpRequest>, body: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
    });
    request.end(body);
  });
}
