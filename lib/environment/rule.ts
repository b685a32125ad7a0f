import { partitionOf } from './aws';
import { isMapping } from './fields';
import type { CommonFields, Fields } from './schema';

/** Where a field stands in an environment. */
export type Path = readonly (string | number)[];

/** What fields say together: reports a fault at a path when the fields that it reads are sound. */
export type Rule<Read = Fields> = (
  environment: Read,
  sound: (...paths: readonly Path[]) => boolean,
  report: (path: Path, message: string | undefined) => void,
  installed: (packageName: string) => boolean,
) => void;

type Cluster = NonNullable<CommonFields['cluster']['create'] | CommonFields['cluster']['import']>;

/** The one cluster of an environment whose `cluster` is sound. */
export function clusterOf({ create, import: imported }: CommonFields['cluster']): Cluster {
  const cluster = create ?? imported;
  if (cluster === undefined) throw new Error('An environment without a cluster passed its schema.');
  return cluster;
}

/** Command that reads an imported cluster, up to its `--query`. */
export function describe(environment: unknown): string {
  const name = valueAt(environment, ['cluster', 'import', 'name']);
  const shown = typeof name === 'string' && /^[\w-]{1,100}$/.test(name) ? name : 'NAME';
  return `aws eks describe-cluster --name ${shown} --region ${regionWord(environment)} --query`;
}

/** The region for a command, or a word in its place. */
export function regionWord(environment: unknown): string {
  const region = valueAt(environment, ['region']);
  return typeof region === 'string' && partitionOf(region) !== undefined ? region : 'REGION';
}

/** What stands at a path of anything, undefined where there is nothing. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, key) => {
    if (Array.isArray(inside)) return (inside as readonly unknown[])[Number(key)];
    return isMapping(inside) ? inside[key] : undefined;
  }, value);
}
