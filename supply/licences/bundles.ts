import { buildSync } from 'esbuild';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleOptions } from '../../lib/vault/handler-asset';
import { packageOf, type Package } from './packages';

/** Packages of which something is in the bundles of these entry points, by name. */
export function bundledPackages(entries: readonly string[], installed: readonly Package[]): readonly Package[] {
  const inputs = entries.flatMap((entry) => {
    const { metafile } = buildSync({ ...bundleOptions, entryPoints: [entry], outfile: 'index.js', write: false, metafile: true });
    return Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([input]) => input));
  });
  const packages = inputs.map((input) => packageOf(installed, input)).filter((each) => each !== undefined);
  return [...new Set(packages)].sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * What has to go along when bundles are handed on: name, version and the licence's own text of each package in them.
 * @throws for a package whose folder has no licence, which somebody has to ask for.
 */
export function notices(root: string, packages: readonly Package[]): string {
  const parts = packages.map(({ folder, name, version, licence }) => {
    const file = readdirSync(join(root, folder)).find((each) => /^(licen[cs]e|copying)/i.test(each));
    if (file === undefined) throw new Error(`${name}@${version} has no file with its licence in ${folder}: ask its owner for one.`);
    return `${name} ${version} (${licence ?? 'no licence named'})\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
  });
  return parts.join(`\n${'-'.repeat(80)}\n\n`);
}
