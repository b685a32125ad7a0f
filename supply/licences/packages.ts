import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { judgeLicence } from './policy';

const lockfile = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), license: z.string().optional(), dev: z.boolean().optional() })),
});

/** A package that an installation has. */
export interface Package {
  /** Its folder, `node_modules/zod`. */
  readonly folder: string;
  /** `zod`. */
  readonly name: string;
  readonly version: string;
  /** SPDX expression, as the package names it. */
  readonly licence: string | undefined;
  /** For development alone: `npm ci --omit=dev` leaves it out. */
  readonly dev: boolean;
}

/** Every package of a lockfile, those for other platforms too. */
export function lockedPackages(lock: unknown): readonly Package[] {
  return Object.entries(lockfile.parse(lock).packages)
    .filter(([folder]) => folder !== '')
    .map(([folder, { version = '', license, dev = false }]) => ({ folder, name: folder.replace(/^.*node_modules\//, ''), version, licence: license, dev }));
}

/** The package that a file belongs to, undefined for one of the app's own. */
export function packageOf(packages: readonly Package[], file: string): Package | undefined {
  const folder = /(?:^|\/)(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
  if (folder === undefined) return undefined;
  const found = packages.find((each) => each.folder === folder);
  if (!found) throw new Error(`${file} is in no package of package-lock.json; run: npm ci`);
  return found;
}

/** What keeps a package from shipping, undefined for nothing. */
export function licenceFault({ name, version, licence }: Package): string | undefined {
  const verdict = judgeLicence(licence);
  if (verdict === 'permissive') return undefined;
  const what = licence === undefined ? 'names no licence' : `has the licence ${JSON.stringify(licence)}, which is ${verdict === 'copyleft' ? 'copyleft' : 'not among those that may ship'}`;
  return `${name}@${version} ${what}: use another package, or, once somebody has read it, add it to supply/licences/policy.ts with the reason.`;
}

/** What a package says of its licence where it is installed, if it says something else than the lockfile. */
export function licenceMismatch(root: string, { folder, name, version, licence }: Package): string | undefined {
  const file = join(root, folder, 'package.json');
  // One for another platform, or an optional one.
  if (!existsSync(file)) return undefined;
  const said = z.object({ license: z.union([z.string(), z.object({ type: z.string() }).transform(({ type }) => type)]).optional() }).parse(JSON.parse(readFileSync(file, 'utf8'))).license;
  return said === licence ? undefined : `${name}@${version} says ${JSON.stringify(said)} where it is installed, and package-lock.json ${JSON.stringify(licence)}; run: npm ci`;
}
