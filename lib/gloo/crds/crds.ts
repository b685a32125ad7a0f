import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A CustomResourceDefinition, as Gloo's chart has it. */
export interface Crd {
  /** `upstreams.gloo.solo.io`. */
  readonly name: string;
  /** YAML. */
  readonly text: string;
}

const EXTENSION = '.yaml';

/** Names of the CRDs in a folder, which has a file of the name for each. */
export function crdNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();
}

export function readCrds(folder: string): Crd[] {
  return crdNames(folder).map((name) => ({ name, text: readFileSync(join(folder, `${name}${EXTENSION}`), 'utf8') }));
}

/** The same for the same CRDs, and for no others. */
export function digestOf(crds: readonly Crd[]): string {
  const hash = createHash('sha256');
  for (const { name, text } of crds) hash.update(`${name} ${Buffer.byteLength(text)}\n${text}`);
  return hash.digest('hex').slice(0, 16);
}
