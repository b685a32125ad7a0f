/**
 * Every version of the app, once, and which of them go together.
 *
 * - Support dates: the release calendar of docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
 *   (1.28, 1.35 and 1.36 by the copy of it that endoflife.date/amazon-eks keeps).
 * - kubectl and helm of a layer: asked of the binaries in its `layer.zip`, which are newer than its README says.
 * - Gloo: the support table of docs.solo.io. Vault: `kubeVersion` and `appVersion` of each chart's Chart.yaml.
 * - Digests of images: what several public repositories that know nothing of each other pin the tag to. A row has none
 *   where there were fewer: its image is named by its tag alone.
 */
import coerce from 'semver/functions/coerce';
import gte from 'semver/functions/gte';
import { joinOr } from './environment/words';

/** The day the dates below were last compared with their sources. Synth never reads the clock. */
export const reviewedOn = '2026-11-23';

/** How many days ahead of a version's end of standard support there is a warning. */
const WARN_DAYS = 92;

/**
 * The charts as they are installed unless an environment says otherwise. `sha256` is that of the package: `npm run versions`
 * compares it with the repository's. Helm itself asks for none, so a deployment does not.
 */
export const charts = {
  vault: { repository: 'https://helm.releases.hashicorp.com', chart: 'vault', version: '0.34.1', sha256: 'c18b98c776a1ef4551403b972b75ef3b9ec629750370b55c608619c73dae9c3d' },
  gloo: { repository: 'https://storage.googleapis.com/solo-public-helm', chart: 'gloo', version: '1.22.1', sha256: '6a00b312196efb9ce49155b7f03979b8bc898624e71d74e831618321c02665b9' },
} as const;

/** By minor version. */
export const kubernetes = {
  '1.28': { standardUntil: '2024-11-26', extendedUntil: '2025-11-26', layer: '2.2.1', kubectl: '1.28.3', helm: '3.16.4' },
  '1.29': { standardUntil: '2025-03-23', extendedUntil: '2026-03-23', layer: '2.1.1', kubectl: '1.29.4', helm: '3.17.1' },
  '1.30': { standardUntil: '2025-07-23', extendedUntil: '2026-07-23', layer: '2.0.4', kubectl: '1.30.0', helm: '3.17.1' },
  '1.31': { standardUntil: '2025-11-26', extendedUntil: '2026-11-26', layer: '2.1.0', kubectl: '1.31.9', helm: '3.17.3' },
  '1.32': { standardUntil: '2026-03-23', extendedUntil: '2027-03-23', layer: '2.1.0', kubectl: '1.32.3', helm: '3.17.2' },
  '1.33': { standardUntil: '2026-07-29', extendedUntil: '2027-07-29', layer: '2.2.2', kubectl: '1.33.9', helm: '4.1.4' },
  '1.34': { standardUntil: '2026-12-02', extendedUntil: '2027-12-02', layer: '2.2.2', kubectl: '1.34.5', helm: '4.1.4' },
  '1.35': { standardUntil: '2027-03-27', extendedUntil: '2028-03-27', layer: '2.2.2', kubectl: '1.35.2', helm: '4.1.4' },
  '1.36': { standardUntil: '2027-08-02', extendedUntil: '2028-08-02', layer: '2.0.1', kubectl: '1.36.3', helm: '4.2.3' },
} as const;

/** By minor version of the chart: the Kubernetes versions from and to, and the oldest helm. */
export const gloo: Readonly<Record<string, { readonly kubernetes: readonly [KubernetesVersion, KubernetesVersion]; readonly helm: string }>> = {
  '1.19': { kubernetes: ['1.28', '1.32'], helm: '3.12' },
  '1.20': { kubernetes: ['1.29', '1.34'], helm: '3.12' },
  '1.21': { kubernetes: ['1.31', '1.35'], helm: '3.19' },
  '1.22': { kubernetes: ['1.31', '1.36'], helm: '3.19' },
};

/** Images of Gloo's chart that its pods and jobs run with these values, in quay.io/solo-io, tagged with the chart's version. */
export const glooImageNames = ['gloo', 'discovery', 'gloo-envoy-wrapper', 'kubectl', 'certgen'] as const;
export type GlooImageName = (typeof glooImageNames)[number];

/**
 * Their digests, by the chart's version. None is known: no public repository pins them, so that Solo.io's registry alone
 * can say them, to `npm run versions -- --write`.
 */
export const glooDigests: Readonly<Record<string, Readonly<Partial<Record<GlooImageName, string>>>>> = {};

/** What a chart of Vault deploys. `digest` is that of the image's index, for all platforms. */
export const vaultCharts: Readonly<Record<string, { readonly vault: string; readonly digest?: string; readonly kubernetesFrom: string }>> = {
  '0.32.0': { vault: '1.21.2', kubernetesFrom: '1.20' },
  '0.33.0': { vault: '2.0.2', kubernetesFrom: '1.20' },
  '0.34.0': { vault: '2.0.3', digest: 'sha256:a296a888b118615dc01d5f1a6846e6d4a7277946caaed5b447008fff5fe06b54', kubernetesFrom: '1.20' },
  '0.34.1': { vault: '2.0.4', digest: 'sha256:5be49781ecf78bfe775c5309c6a4d9f4e9e040b6c885c99eb2b12fb69855e1a2', kubernetesFrom: '1.20' },
};

/** The oldest versions of add-ons that do what this app asks of them. */
export const leastAddonVersions = {
  'vpc-cni': { version: '1.14.0', reason: 'older ones enforce no NetworkPolicy' },
  'aws-ebs-csi-driver': { version: '1.19.0', reason: 'older ones do not find their node without the instance metadata service, which pods are kept from' },
  'cert-manager': { version: '1.15.0', reason: 'older ones do not know every field of the certificates here' },
} as const;

/** The oldest Kubernetes for a Vault of mode `raft`. */
export const leastKubernetesForRaft = {
  version: '1.31',
  reason: 'the certificates are guarded by a ValidatingAdmissionPolicy (1.30), and cert-manager supports none before 1.31',
} as const;

/** The oldest Kubernetes that has ValidatingAdmissionPolicies by itself. */
export const leastKubernetesForAdmissionPolicies = '1.30';

/** A Kubernetes minor version that this app knows. */
export type KubernetesVersion = keyof typeof kubernetes;

/** The Kubernetes version of a new cluster that names none. */
export const defaultKubernetesVersion = '1.35' satisfies KubernetesVersion;

const kubernetesVersions = Object.keys(kubernetes) as readonly KubernetesVersion[];

/** Kubernetes versions of imported clusters: all that this app knows, oldest first. */
export const importable: readonly KubernetesVersion[] = kubernetesVersions;

/** Kubernetes versions that EKS still creates clusters with: until their extended support ends, oldest first. */
export const creatable: readonly KubernetesVersion[] = kubernetesVersions.filter(
  (version) => kubernetes[version].extendedUntil > reviewedOn,
);

/** A Lambda layer with kubectl and helm, as an npm package. */
export interface KubectlLayer {
  /** `@aws-cdk/lambda-layer-kubectl-v35`. */
  readonly packageName: string;
  /** The construct that the package exports, `KubectlV35Layer`. */
  readonly className: string;
  /** Version of the package that the two below were read from. */
  readonly packageVersion: string;
  readonly kubectl: string;
  readonly helm: string;
}

/** Whether a package can be required from here. The one look at the disk in this file. */
export function isInstalled(packageName: string): boolean {
  try {
    require.resolve(packageName);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return false;
    throw error;
  }
}

/**
 * What to say of a Kubernetes version's EKS support, if anything. One sentence with its dates.
 * @param today `2026-11-23`. @default - the day of the last review, so that a synth of another day is the same
 */
export function supportWarning(version: KubernetesVersion, today: string = reviewedOn): string | undefined {
  const { standardUntil, extendedUntil } = kubernetes[version];
  const soon = new Date(Date.parse(today) + WARN_DAYS * 86_400_000).toISOString().slice(0, 10);
  if (extendedUntil <= today) {
    return (
      `Kubernetes ${version} left extended support on ${extendedUntil} and EKS upgrades such clusters by itself: ` +
      'compare with `aws eks describe-cluster --query cluster.version`.'
    );
  }
  if (standardUntil <= today) {
    return `Kubernetes ${version} left standard support on ${standardUntil}; EKS charges for extended support, which ends on ${extendedUntil}.`;
  }
  if (standardUntil < soon) {
    return `Kubernetes ${version} leaves standard support on ${standardUntil}; EKS then charges for extended support, until ${extendedUntil}.`;
  }
  return undefined;
}

/** What is wrong with a Gloo chart version by itself, if anything. */
export function glooChartFault(chart: string): string | undefined {
  if (/^\d+\.\d+\.\d+$/.test(chart) && glooRow(chart) !== undefined) return undefined;
  return `is not a Gloo version whose support this app knows; allowed: ${joinOr(Object.keys(gloo).map((minor) => `${minor}.x`))}, written in full (${charts.gloo.version}).`;
}

/** Why a Gloo chart (one that {@link glooChartFault} has nothing against) and a Kubernetes version do not go together, if so. */
export function glooPairFault(chart: string, version: KubernetesVersion): string | undefined {
  const row = glooRow(chart);
  if (row === undefined || within(version, row.kubernetes)) return undefined;
  return (
    `Gloo ${chart} does not go with Kubernetes ${version}; Gloo ${minorOf(chart)}.x takes Kubernetes ${range(row.kubernetes)}, ` +
    `and Kubernetes ${version} takes Gloo ${joinOr(glooMinorsFor(version))}.`
  );
}

/** Why a Vault chart and a Kubernetes version do not go together, if so. */
export function vaultPairFault(chart: string, version: string): string | undefined {
  const from = vaultCharts[chart]?.kubernetesFrom;
  if (from === undefined || atLeast(version, from)) return undefined;
  return `Vault chart ${chart} does not go with Kubernetes ${version}; it takes Kubernetes ${from} and later.`;
}

/** What to say at synth of a Vault chart that is none of the table's, if it is none. */
export function vaultChartWarning(chart: string): string | undefined {
  if (vaultCharts[chart] !== undefined) return undefined;
  return `Vault chart ${chart} is not in lib/versions.ts (${Object.keys(vaultCharts).join(', ')}): whether it goes with this cluster was not checked.`;
}

/** Vault charts that this app knows, oldest first. */
export const vaultChartVersions: readonly string[] = Object.keys(vaultCharts);

/** The Vault that a chart deploys, where the table has it: `2.0.4`. */
export function vaultVersion(chart: string): string | undefined {
  return vaultCharts[chart]?.vault;
}

/** A container image, as a chart's values name it. */
export interface Image {
  /** `hashicorp/vault`. */
  readonly repository: string;
  /** `2.0.4@sha256:…`, by which nobody can put another image in its place; `2.0.4` where no digest is known. */
  readonly tag: string;
}

/** The image of Vault that a chart deploys, where the table has it. Its chart has no value for a digest but the tag. */
export function vaultImage(chart: string): Image | undefined {
  const row = vaultCharts[chart];
  return row && { repository: 'hashicorp/vault', tag: row.digest === undefined ? row.vault : `${row.vault}@${row.digest}` };
}

/**
 * The layer whose kubectl and helm serve a cluster and a Gloo chart. kubectl may be one minor version off the
 * server: the exact one if it is installed, else the next newer, else the next older.
 * @returns the layer, or the fault with its mend: which package to install, or which versions to take.
 */
export function chooseKubectlLayer(
  version: KubernetesVersion,
  glooChart: string,
  installed: (packageName: string) => boolean,
): { readonly layer: KubectlLayer } | { readonly fault: string } {
  const helm = glooRow(glooChart)?.helm ?? '0';
  const near = neighbours(version);
  const fitting = near.filter((layer) => atLeast(layer.helm, helm));
  const layer = fitting.find(({ packageName }) => installed(packageName));
  if (layer !== undefined) return { layer };
  const [wanted] = fitting;
  if (wanted === undefined) {
    const has = near.map((each) => `${each.packageName} has ${each.helm}`).join(', ');
    return {
      fault:
        `Gloo ${glooChart} needs helm ${helm} or later, and no kubectl layer for Kubernetes ${version} holds it (${has}); ` +
        `use Gloo ${joinOr(glooMinorsFor(version).filter((minor) => near.some((each) => atLeast(each.helm, glooRow(minor)?.helm ?? '0'))))}, ` +
        `or Kubernetes ${joinOr(importable.filter((each) => glooPairFault(glooChart, each) === undefined && neighbours(each).some((l) => atLeast(l.helm, helm))))}.`,
    };
  }
  return {
    fault:
      `Kubernetes ${version} with Gloo ${glooChart} needs the kubectl layer ${wanted.packageName} ` +
      `(kubectl ${wanted.kubectl}, helm ${wanted.helm}), which is not installed; run: npm install ${wanted.packageName}@^${wanted.packageVersion}`,
  };
}

function neighbours(version: KubernetesVersion): readonly KubectlLayer[] {
  const at = kubernetesVersions.indexOf(version);
  return [version, kubernetesVersions[at + 1], kubernetesVersions[at - 1]]
    .filter((each) => each !== undefined)
    .map((each) => {
      const { layer, kubectl, helm } = kubernetes[each];
      const number = each.replace('1.', '');
      return {
        packageName: `@aws-cdk/lambda-layer-kubectl-v${number}`,
        className: `KubectlV${number}Layer`,
        packageVersion: layer,
        kubectl,
        helm,
      };
    });
}

function glooRow(chart: string) {
  return Object.hasOwn(gloo, minorOf(chart)) ? gloo[minorOf(chart)] : undefined;
}

function glooMinorsFor(version: KubernetesVersion): readonly string[] {
  return Object.entries(gloo)
    .filter(([, row]) => within(version, row.kubernetes))
    .map(([minor]) => `${minor}.x`);
}

function within(version: string, [from, to]: readonly [string, string]): boolean {
  return atLeast(version, from) && atLeast(to, version);
}

/** Whether a dotted version is another or a later one. Missing parts count as 0. */
export function atLeast(version: string, other: string): boolean {
  const [mine, theirs] = [coerce(version), coerce(other)];
  if (!mine || !theirs) throw new Error(`"${mine ? other : version}" is no version.`);
  return gte(mine, theirs);
}

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function range([from, to]: readonly [string, string]): string {
  return `${from} … ${to}`;
}
