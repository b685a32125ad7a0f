import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { quote } from '../../environment/words';
import { CRDS_CHART } from './crd-chart';

/**
 * Release of Gloo's CRDs. They belong to no namespace, so their release stays in one that is always there: in Gloo's own, another
 * `gloo.namespace` would be another release, to which Helm refuses what the first one owns.
 */
export const CRDS_RELEASE = { name: CRDS_CHART, namespace: 'default' } as const;

/** Folder with a chart of CRDs a version of Gloo's chart, as `npm run gloo-crds` writes them. */
export const VENDORED = join(__dirname, '..', '..', '..', 'cdk8s', 'gloo-crds');

/** Folder of the chart with the CRDs of that version of Gloo's chart, undefined where nobody has added it. */
export function vendoredCrds(chartVersion: string): string | undefined {
  const folder = join(VENDORED, chartVersion);
  return existsSync(join(folder, 'Chart.yaml')) ? folder : undefined;
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
