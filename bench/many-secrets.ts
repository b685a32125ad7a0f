import pRetry from 'p-retry';
import { SECRETS, type SecretKey } from '../cli/gloo-secret/key';
import { createCertificateAuthority } from '../rehearsal/certificate-authority';
import type { GlooClient, GlooToken } from '../rehearsal/gloo/gloo-client';
import { withGoRetries } from '../rehearsal/gloo/go-retries';
import type { GlooSecret } from '../rehearsal/gloo/secret-list';
import { call } from '../rehearsal/http';
import type { Observer, Place } from '../rehearsal/observer';
import { eachSideBySide, withKeptConnections } from './kept-connections';

/** Writes at once; a Raft of replicas puts several into one entry of its log. */
const WRITES = 8;
/** Thousands of writes can cost replicas their leader for a moment, and a new mount takes none for one. */
const WRITE_RETRIES = { retries: 6, minTimeout: 500, maxTimeout: 5000 };
/** Of Vault's Go client: replicas that lose their leader cost time, and no run. */
export const DEFAULT_RETRIES = { max: 2, timeoutSeconds: 60 };

/** So many names in a namespace, in the order in which Vault lists them. */
export function secretKeys(count: number, namespace: string): SecretKey[] {
  const digits = String(count - 1).length;
  return Array.from({ length: count }, (_, index) => ({ namespace, name: `shop-${String(index).padStart(digits, '0')}` }));
}

/**
 * Writes TLS secrets as Gloo reads them: a server's certificate with its authority's, and the key.
 * @returns bytes of one, as it lies in Vault.
 */
export async function writeSecrets(observer: Observer, mountPath: string, keys: readonly SecretKey[]): Promise<number> {
  const authority = await createCertificateAuthority('shops');
  const { cert, key } = await authority.issue(['shop.example.com']);
  const tls = { certChain: `${cert}\n${authority.caPem}`, privateKey: key };
  const { address } = await observer.place();
  await withKeptConnections(address, WRITES, async (agent) => {
    const kept = observer.keeping(agent);
    await eachSideBySide(keys, WRITES, (secret) => pRetry(() => kept.write(dataPath(mountPath, secret), { data: { tls, metadata: secret } }), WRITE_RETRIES));
  });
  return Buffer.byteLength(JSON.stringify({ tls, metadata: keys[0] }));
}

export interface Timed<T> {
  readonly seconds: number;
  readonly result: T;
}

/** One list of Gloo's, all namespaces: two lists, then a read of each secret, one after the other on one connection. */
export function listAsGloo(client: GlooClient, token: GlooToken): Promise<Timed<readonly GlooSecret[]>> {
  return timed(() => client.secrets(token));
}

/**
 * The same requests, sent for their own sake: their answers are received and looked at no further.
 * @throws for an answer that is no success.
 */
export function sendRaw({ address, caPem }: Place, token: string, paths: readonly string[], sideBySide: number): Promise<Timed<void>> {
  return withKeptConnections(address, sideBySide, (agent) =>
    timed(() =>
      eachSideBySide(paths, sideBySide, async (path) => {
        const { status } = await withGoRetries(DEFAULT_RETRIES, (limit) => call({ method: 'GET', url: `${address}/v1/${path}`, headers: { 'x-vault-token': token }, ...(caPem === undefined ? {} : { ca: caPem }), agent, limit }));
        if (status !== 200) throw new Error(`Vault answered ${status} to GET ${path}`);
      }),
    ),
  );
}

/** What Gloo asks for in one list: its namespaces, the secrets of each, and every secret. */
export function pathsOfList(mountPath: string, keys: readonly SecretKey[]): string[] {
  const folder = `${mountPath}/metadata/${SECRETS}`;
  const namespaces = [...new Set(keys.map(({ namespace }) => namespace))];
  return [`${folder}?list=true`, ...namespaces.flatMap((namespace) => [`${folder}/${namespace}?list=true`, ...keys.filter((key) => key.namespace === namespace).map((key) => dataPath(mountPath, key))])];
}

const dataPath = (mountPath: string, { namespace, name }: SecretKey) => `${mountPath}/data/${SECRETS}/${namespace}/${name}`;

async function timed<T>(action: () => Promise<T>): Promise<Timed<T>> {
  const started = performance.now();
  const result = await action();
  return { seconds: (performance.now() - started) / 1000, result };
}
