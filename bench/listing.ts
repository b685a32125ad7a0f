import type { GlooClient, GlooToken } from '../rehearsal/gloo/gloo-client';
import type { AuditedVault } from './audited-vault';
import type { Figure } from './figure';
import { listAsGloo, pathsOfList, secretKeys, sendRaw, writeSecrets } from './many-secrets';
import { changeIsSeen, firstSecrets, REFRESH_SECONDS } from './refresh';

/** How many secrets a Gloo lists. */
export const MANY = 10_000;
const ROUNDS = 3;

/** A Vault, and a Gloo that is logged in there. */
export interface ListedVault {
  /** In words, for the table: `dev`. */
  readonly name: string;
  readonly audited: AuditedVault;
  /** Keeps its connection. */
  readonly client: GlooClient;
  readonly token: GlooToken;
  readonly mountPath: string;
  readonly namespace: string;
}

/** Many secrets, listed as Gloo lists them and beside it the same requests sent raw, in turns. */
export async function listingFigures({ name, audited, client, token, mountPath, namespace }: ListedVault, count: number, rounds = ROUNDS): Promise<Figure[]> {
  const keys = secretKeys(count, namespace);
  const bytes = await writeSecrets(audited.observer, mountPath, keys);
  const paths = pathsOfList(mountPath, keys);
  const samples: Record<'gloo' | 'requests' | 'raw', number[]> = { gloo: [], requests: [], raw: [] };
  for (let round = 0; round < rounds; round++) {
    const requests = await audited.during(async () => {
      const { seconds, result } = await listAsGloo(client, token);
      if (result.length !== count) throw new Error(`Gloo's list has ${result.length} secrets of ${count}.`);
      samples.gloo.push(seconds);
    });
    samples.requests.push(requests.length);
    samples.raw.push((await sendRaw(await audited.observer.place(), token.token, paths, 1)).seconds);
  }
  const title = `${count.toLocaleString('en')} secrets (${name})`;
  return [
    { id: `listing.${name}.s`, title: `${title}, Gloo's list`, unit: 's', samples: samples.gloo, beside: { what: 'floor', samples: samples.raw }, note: `TLS secrets of ${(bytes / 1000).toFixed(1)} kB each; the floor is the same requests sent raw, as Gloo sends them: one after the other, on one connection that is kept. Each millisecond on the way to Vault adds ${(paths.length / 1000).toFixed(1)} s` },
    { id: `listing.${name}.requests`, title: `${title}, requests of a list`, unit: 'requests', samples: samples.requests, beside: { what: 'a read of each', samples: [count] }, note: 'the namespaces, the names, a read of each' },
    { id: `listing.${name}.start.s`, title: `${title}, start of Gloo to its secrets`, unit: 's', samples: samples.gloo.map(firstSecrets), beside: { what: 'floor', samples: samples.raw.map(firstSecrets) }, note: 'two lists, one after the other, before Gloo has anything for its proxies' },
    { id: `listing.${name}.seen.s`, title: `${title}, a change is seen in at most`, unit: 's', samples: samples.gloo.map(changeIsSeen), beside: { what: 'floor', samples: samples.raw.map(changeIsSeen) }, note: `a list that has just passed it, ${REFRESH_SECONDS} s, the next list` },
  ];
}
