import { request } from 'node:https';
import { connect } from 'node:tls';
import { z } from 'zod';

/** A Vault that is asked over TLS. */
export interface VaultPlace {
  /** `https://127.0.0.1:<port>`. */
  readonly address: string;
  /** What signed its certificate, PEM. */
  readonly caPem: string;
}

/** `sys/seal-status`, what matters of it. */
export interface SealStatus {
  /** `awskms` or `shamir`. */
  readonly type: string;
  readonly initialized: boolean;
  readonly sealed: boolean;
}

/** `sys/health`, what matters of it. */
export interface Health {
  readonly initialized: boolean;
  readonly sealed: boolean;
  /** Also of a sealed or uninitialised Vault. */
  readonly standby: boolean;
  /** `1.21.1`. */
  readonly version: string;
}

const sealStatus = z.object({ type: z.string(), initialized: z.boolean(), sealed: z.boolean() });
const health = z.object({ initialized: z.boolean(), sealed: z.boolean(), standby: z.boolean(), version: z.string() });

/** Asks a Vault about its seal; rejects without an answer within `limit` milliseconds. */
export async function askSealStatus(place: VaultPlace, limit: number): Promise<SealStatus> {
  return sealStatus.parse(await ask(place, 'sys/seal-status', limit));
}

/** Asks a Vault what it is; rejects without an answer within `limit` milliseconds. */
export async function askHealth(place: VaultPlace, limit: number): Promise<Health> {
  return health.parse(await ask(place, 'sys/health', limit));
}

/** Serial number, in hex, of the certificate that a new connection gets. */
export function servedSerial({ address, caPem }: VaultPlace, limit: number): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca: caPem, checkServerIdentity: () => undefined }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.once('error', reject);
    socket.setTimeout(limit, () => socket.destroy(new Error(`Vault at ${address} shows no certificate in ${limit} ms`)));
  });
}

/** The chain is verified, the name is not: who asks here is the rehearsal, which knows the port. */
function ask({ address, caPem }: VaultPlace, path: string, limit: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const url = `${address}/v1/${path}`;
    const options = { ca: caPem, checkServerIdentity: () => undefined, agent: false, signal: AbortSignal.timeout(limit) };
    const outgoing = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString()));
        } catch {
          reject(new Error(`${url} answers ${response.statusCode ?? 0} and no JSON: that is no Vault`));
        }
      });
    });
    outgoing.once('error', (error) => reject(error.name === 'AbortError' ? new Error(`Vault at ${address} gives no answer in ${limit} ms`) : error));
    outgoing.end();
  });
}
