import type { Finding } from './findings';
import { folderFinding, inspect, strayFinding, type Inspected } from './inspect';
import type { SecretKey } from './key';
import type { SecretStore } from './store';

/** All that lies in Gloo's folder. */
export interface Survey {
  readonly secrets: readonly Inspected[];
  /** What lies there and is no secret in its place. */
  readonly misplaced: readonly Finding[];
}

/** Reads under way at once: the API server's proxy is not there for this alone. */
const AT_ONCE = 8;
/** Folders in folders that are looked into. */
const DEEPEST = 4;

/**
 * Looks at every secret of a namespace, or of all.
 * @param mountPath of the KV mount, for the commands that mend.
 */
export async function survey(store: Pick<SecretStore, 'keys' | 'read'>, mountPath: string, now: Date, namespace?: string): Promise<Survey> {
  const top = namespace === undefined ? await store.keys() : [`${namespace}/`];
  const namespaces = top.filter(isFolder).map((folder) => folder.slice(0, -1));
  const listed = await each(namespaces, async (folder) => ({ folder, keys: await store.keys(folder) }));
  const secrets: SecretKey[] = listed.flatMap(({ folder, keys }) => keys.filter((key) => !isFolder(key)).map((name) => ({ namespace: folder, name })));
  const inspected = await each(secrets, async (key) => {
    const entry = await store.read(key);
    // Removed since it was listed.
    return entry ? [inspect(mountPath, key, entry, now)] : [];
  });
  const folders = listed.flatMap(({ folder, keys }) => keys.filter(isFolder).map((key) => ({ namespace: folder, key, twin: keys.includes(key.slice(0, -1)) })));
  const inFolders = await each(folders, async ({ namespace, key, twin }) => folderFinding(namespace, key, await contentsOf(store, namespace, key, DEEPEST), twin));
  return { secrets: inspected.flat(), misplaced: [...top.filter((key) => !isFolder(key)).map((name) => strayFinding(mountPath, name)), ...inFolders] };
}

/** Paths below a namespace of what is in a folder. */
async function contentsOf(store: Pick<SecretStore, 'keys'>, namespace: string, folder: string, deeper: number): Promise<string[]> {
  const keys = await store.keys(`${namespace}/${folder.slice(0, -1)}`);
  const paths = keys.map((key) => `${folder}${key}`);
  return (await each(paths, async (path) => (isFolder(path) && deeper > 0 ? contentsOf(store, namespace, path, deeper - 1) : [path]))).flat();
}

async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

const isFolder = (key: string) => key.endsWith('/');
