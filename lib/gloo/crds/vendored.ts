import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { quote } from '../../environment/words';
import { SOURCE_FILE } from './crd-files';

/** Folder with a folder of CRDs a version of Gloo's chart, as `npm run gloo-crds` writes them. */
export const VENDORED = join(__dirname, '..', '..', '..', 'cdk8s', 'gloo-crds');

/** Folder with the CRDs of that version of Gloo's chart, undefined where nobody has added it. */
export function vendoredCrds(chartVersion: string): string | undefined {
  const folder = join(VENDORED, chartVersion);
  return existsSync(join(folder, SOURCE_FILE)) ? folder : undefined;
}

/** Versions of Gloo's chart whose CRDs are here. */
export function vendoredVersions(): readonly string[] {
  return readdirSync(VENDORED).filter((version) => vendoredCrds(version) !== undefined);
}

/** What is wrong with a version of Gloo's chart whose CRDs are not here; undefined where they are. */
export function crdsFault(chartVersion: string): string | undefined {
  if (vendoredCrds(chartVersion) !== undefined) return undefined;
  const here = vendoredVersions();
  return (
    `${quote(chartVersion)} has no CRDs in cdk8s/gloo-crds${here.length === 0 ? '' : `, which has those of ${here.join(', ')}`}: Helm installs the chart's own where there are none, ` +
    `and an upgrade leaves them as they are. This adds them: npm run gloo-crds -- ${chartVersion}`
  );
}
