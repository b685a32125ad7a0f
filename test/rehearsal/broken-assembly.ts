import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One thing broken in one resource of the templates. */
export interface Breakage {
  readonly stack: 'Cluster' | 'Identity' | 'Vault' | 'Gloo';
  /** Its logical id, without CDK's hash at the end. */
  readonly resource: string;
  /** In the resource's JSON, each occurrence. A text inside a text (a manifest, Helm values) has its quotes escaped. */
  readonly from: string;
  readonly to: string;
}

/** A copy of a cloud assembly, with links for its assets, in which one environment is broken. The caller removes it. */
export function breakAssembly(assemblyDir: string, environment: string, breakage: Breakage): string {
  const copy = mkdtempSync(join(tmpdir(), 'broken-'));
  try {
    for (const name of readdirSync(assemblyDir)) {
      if (name.startsWith('asset.')) symlinkSync(join(assemblyDir, name), join(copy, name));
      else cpSync(join(assemblyDir, name), join(copy, name), { recursive: true });
    }
    breakTemplate(join(copy, `assembly-${environment}`), breakage);
    return copy;
  } catch (error) {
    rmSync(copy, { recursive: true });
    throw error;
  }
}

function breakTemplate(directory: string, { stack, resource, from, to }: Breakage): void {
  const file = join(directory, only(readdirSync(directory), (name) => name.includes(stack) && name.endsWith('.template.json'), `template of ${stack}`));
  const template = JSON.parse(readFileSync(file, 'utf8')) as { Resources: Record<string, unknown> };
  const logicalId = only(Object.keys(template.Resources), (id) => id.replace(/[0-9A-F]{8}$/, '') === resource, `resource ${resource}`);
  const text = JSON.stringify(template.Resources[logicalId]);
  if (!text.includes(from)) throw new Error(`${logicalId} has no ${from} to break: ${text}`);
  template.Resources[logicalId] = JSON.parse(text.replaceAll(from, to));
  writeFileSync(file, JSON.stringify(template, undefined, 1));
}

function only(names: readonly string[], matches: (name: string) => boolean, what: string): string {
  const [found, ...others] = names.filter(matches);
  if (found === undefined || others.length > 0) throw new Error(`There are ${others.length + (found === undefined ? 0 : 1)} of ${what}, not one.`);
  return found;
}
