import coerce from 'semver/functions/coerce';
import gt from 'semver/functions/gt';
import prerelease from 'semver/functions/prerelease';
import rcompare from 'semver/functions/rcompare';
import valid from 'semver/functions/valid';
import type { charts, gloo, GlooImageName, glooDigests, vaultCharts } from '../../lib/versions';
import type { Change } from './edit';
import type { ChartVersion, EksRelease } from './sources';

/** What lib/versions.ts says. */
export interface Pinned {
  readonly charts: { readonly [Name in keyof typeof charts]: Readonly<Record<'repository' | 'chart' | 'version' | 'sha256', string>> };
  readonly vaultCharts: typeof vaultCharts;
  readonly gloo: typeof gloo;
  readonly glooDigests: typeof glooDigests;
  readonly kubernetes: Readonly<Record<string, Readonly<Record<'standardUntil' | 'extendedUntil' | 'layer', string>>>>;
}

/** What is published. */
export interface Found {
  readonly vault: readonly ChartVersion[];
  readonly gloo: readonly ChartVersion[];
  /** Digest by tag: of Vault's image, and of Gloo's images of the chart that is taken. */
  readonly vaultDigests: Readonly<Record<string, string>>;
  readonly glooDigests: Readonly<Partial<Record<GlooImageName, string>>>;
  readonly eks: readonly EksRelease[];
  /** By the Kubernetes version that it is for. */
  readonly layers: Readonly<Record<string, string>>;
}

/** A line of the answer. */
export interface Proposal {
  readonly what: string;
  readonly now: string;
  readonly published: string;
  /**
   * `newer`: what `--write` takes over. `by hand`: what has to be read by a person first.
   * `other`: what is pinned is published with another content: nobody may take that over unread.
   */
  readonly kind: 'newer' | 'by hand' | 'other';
  readonly changes: readonly Change[];
  readonly note?: string;
}

const text = (value: string) => `'${value.replace(/[\\']/g, '\\$&')}'`;

/** The newest released version, of those that `taken` takes. */
export function newest(versions: readonly ChartVersion[], taken: (version: string) => boolean = () => true): ChartVersion | undefined {
  return versions.filter(({ version }) => valid(version) !== null && prerelease(version) === null && taken(version)).sort((a, b) => rcompare(a.version, b.version))[0];
}

/** Whether a version of Gloo's chart is of a minor version whose support is in the table. */
export const supportedGloo = (pinned: Pick<Pinned, 'gloo'>) => (version: string) => Object.hasOwn(pinned.gloo, version.split('.').slice(0, 2).join('.'));

/** What a chart says now that was pinned before. */
function repacked(name: string, { version, sha256 }: Readonly<Record<'version' | 'sha256', string>>, published: readonly ChartVersion[]): readonly Proposal[] {
  const found = published.find((each) => each.version === version);
  if (found?.sha256 === sha256) return [];
  return [{ what: `chart ${name} ${version}`, now: sha256, published: found ? (found.sha256 ?? 'no digest') : 'nothing', kind: 'other', changes: [], note: found ? 'another package under the same version: ask its owner before you deploy' : 'the repository does not have it any more' }];
}

/** The chart of Vault, its rows and their images' digests. */
export function proposeVault(pinned: Pinned, found: Pick<Found, 'vault' | 'vaultDigests'>): readonly Proposal[] {
  const { vault } = pinned.charts;
  const chart = newest(found.vault);
  const proposals: Proposal[] = [...repacked('vault', vault, found.vault)];
  if (chart && gt(chart.version, vault.version)) {
    const digest = chart.appVersion === undefined ? undefined : found.vaultDigests[chart.appVersion];
    const from = coerce(chart.kubeVersion);
    const complete = chart.appVersion !== undefined && from !== null && chart.sha256 !== undefined;
    const row = `${text(chart.version)}: { vault: ${text(chart.appVersion ?? '')}, ${digest === undefined ? '' : `digest: ${text(digest)}, `}kubernetesFrom: ${text(`${from?.major}.${from?.minor}`)} }`;
    proposals.push({
      what: 'chart vault',
      now: vault.version,
      published: chart.version,
      kind: complete ? 'newer' : 'by hand',
      changes: complete
        ? [
            { at: ['charts', 'vault', 'version'], to: text(chart.version) },
            { at: ['charts', 'vault', 'sha256'], to: text(chart.sha256) },
            ...(Object.hasOwn(pinned.vaultCharts, chart.version) ? [] : [{ at: ['vaultCharts'] as const, to: row }]),
          ]
        : [],
      note: complete ? `Vault ${chart.appVersion}` : 'its index names no Vault, Kubernetes or digest',
    });
  }
  for (const [version, row] of Object.entries(pinned.vaultCharts)) {
    const digest = found.vaultDigests[row.vault];
    if (digest === undefined || digest === row.digest) continue;
    const what = `image hashicorp/vault:${row.vault}`;
    if (row.digest === undefined) proposals.push({ what, now: 'no digest', published: digest, kind: 'newer', changes: [{ at: ['vaultCharts', version, 'digest'], to: text(digest) }] });
    else proposals.push({ what, now: row.digest, published: digest, kind: 'other', changes: [], note: 'the tag was moved to another image: read why before you take it over' });
  }
  return proposals;
}

/** The chart of Gloo and its images' digests. */
export function proposeGloo(pinned: Pinned, found: Pick<Found, 'gloo' | 'glooDigests'>): readonly Proposal[] {
  const { gloo } = pinned.charts;
  const proposals: Proposal[] = [...repacked('gloo', gloo, found.gloo)];
  const [known, latest] = [newest(found.gloo, supportedGloo(pinned)), newest(found.gloo)];
  if (latest && gt(latest.version, gloo.version) && !supportedGloo(pinned)(latest.version)) {
    proposals.push({ what: 'chart gloo', now: gloo.version, published: latest.version, kind: 'by hand', changes: [], note: 'which Kubernetes and helm it takes stands in the support table of docs.solo.io: add its row to gloo' });
  }
  const taken = known && gt(known.version, gloo.version) && known.sha256 !== undefined ? known : undefined;
  if (taken?.sha256 !== undefined) {
    proposals.push({
      what: 'chart gloo',
      now: gloo.version,
      published: taken.version,
      kind: 'newer',
      changes: [
        { at: ['charts', 'gloo', 'version'], to: text(taken.version) },
        { at: ['charts', 'gloo', 'sha256'], to: text(taken.sha256) },
      ],
      note: `its CRDs: npm run gloo-crds -- ${taken.version}`,
    });
  }
  const version = taken?.version ?? gloo.version;
  const now = pinned.glooDigests[version];
  const names = Object.keys(found.glooDigests) as GlooImageName[];
  const moved = names.filter((name) => now?.[name] !== undefined && now[name] !== found.glooDigests[name]);
  for (const name of moved) proposals.push({ what: `image quay.io/solo-io/${name}:${version}`, now: now?.[name] ?? '', published: found.glooDigests[name] ?? '', kind: 'other', changes: [], note: 'the tag was moved to another image: read why before you take it over' });
  const missing = names.filter((name) => now?.[name] === undefined);
  if (missing.length > 0) {
    const all = { ...now, ...Object.fromEntries(missing.map((name) => [name, found.glooDigests[name]])) };
    const value = `{ ${Object.entries(all).map(([name, digest]) => `${/^\w+$/.test(name) ? name : text(name)}: ${text(digest ?? '')}`).join(', ')} }`;
    proposals.push({
      what: `images of Gloo ${version}`,
      now: `${Object.keys(now ?? {}).length} digests`,
      published: `${names.length} digests`,
      kind: 'newer',
      changes: [now === undefined ? { at: ['glooDigests'], to: `${text(version)}: ${value}` } : { at: ['glooDigests', version], to: value }],
      note: missing.join(', '),
    });
  }
  return proposals;
}

/** EKS's calendar. */
export function proposeKubernetes(pinned: Pick<Pinned, 'kubernetes'>, { eks, layers }: Pick<Found, 'eks' | 'layers'>): readonly Proposal[] {
  const dates = eks.flatMap(({ version, standardUntil, extendedUntil }): readonly Proposal[] => {
    const row = pinned.kubernetes[version];
    if (row === undefined) {
      const newer = Object.keys(pinned.kubernetes).every((each) => gt(coerce(version) ?? '0.0.0', coerce(each) ?? '0.0.0'));
      return newer ? [{ what: `Kubernetes ${version}`, now: 'not in the table', published: `until ${standardUntil}, ${extendedUntil}`, kind: 'by hand', changes: [], note: 'kubectl and helm are asked of the binaries in the layer for it; cdk8s, Gloo and the charts have to take it' }] : [];
    }
    const changes = (['standardUntil', 'extendedUntil'] as const)
      .filter((key) => row[key] !== { standardUntil, extendedUntil }[key])
      .map((key): Change => ({ at: ['kubernetes', version, key], to: text({ standardUntil, extendedUntil }[key]) }));
    return changes.length === 0 ? [] : [{ what: `Kubernetes ${version}`, now: `until ${row.standardUntil}, ${row.extendedUntil}`, published: `until ${standardUntil}, ${extendedUntil}`, kind: 'newer', changes }];
  });
  const newLayers = Object.entries(layers)
    .filter(([version, published]) => pinned.kubernetes[version] !== undefined && gt(published, pinned.kubernetes[version].layer))
    .map(([version, published]): Proposal => ({ what: `kubectl layer for ${version}`, now: pinned.kubernetes[version]?.layer ?? '', published, kind: 'by hand', changes: [], note: 'its kubectl and helm are asked of the binaries in its layer.zip' }));
  return [...dates, ...newLayers];
}
