import { parse, parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { isMapping } from '../../environment/fields';
import { quote } from '../../environment/words';

/** Name of the chart and of its release. */
export const CRDS_CHART = 'gloo-crds';

/** Folder of the CRDs in the chart: not `crds`, which Helm installs once and never upgrades. */
const FOLDER = 'files';

/** What a file of Gloo's chart looks like before its CRD's first annotation, with and without any. */
const METADATA = '\nmetadata:\n';
const ANNOTATIONS = '\nmetadata:\n  annotations:\n';
const KEPT = `${ANNOTATIONS}    helm.sh/resource-policy: keep\n`;

/**
 * As they are, but for one annotation, without which an uninstall would delete every resource of users. By `.Files`, for
 * descriptions of fields may hold braces, which Helm would take for a template's.
 */
const TEMPLATE = `{{- range $path, $_ := .Files.Glob "${FOLDER}/*.yaml" }}
{{- $crd := $.Files.Get $path }}
{{- $annotations := "\\nmetadata:\\n  annotations:\\n" }}
---
{{ $crd | replace (ternary $annotations "\\nmetadata:\\n" (contains $annotations $crd)) (printf "%s    helm.sh/resource-policy: keep\\n" $annotations) }}
{{- end }}
`;

/** A chart of Gloo, unpacked: by path below its folder, its `Chart.yaml` and the files of its `crds`. */
export type GlooChart = ReadonlyMap<string, string>;

const chartMetadata = z.object({ name: z.string(), version: z.string() });
const crd = z.object({ apiVersion: z.literal('apiextensions.k8s.io/v1'), kind: z.literal('CustomResourceDefinition'), metadata: z.object({ name: z.string() }) });

/**
 * The chart that holds just the CRDs of a chart of Gloo, byte for byte.
 * @param version that it has to be of.
 * @param from where it was read, for errors.
 * @param source where everybody finds it, for its `Chart.yaml`.
 * @returns by path, what its files hold.
 * @throws for another chart or version, and for files that are no CRDs such as {@link TEMPLATE} can mark.
 */
export function crdChart(chart: GlooChart, version: string, from: string, source: string): ReadonlyMap<string, string> {
  const found = chartMetadata.safeParse(parse(chart.get('Chart.yaml') ?? ''));
  if (!found.success) throw new Error(`${from} is no Helm chart: it has no Chart.yaml with name and version.`);
  const { name, version: its } = found.data;
  if (name !== 'gloo' || its !== version) throw new Error(`${from} is chart ${quote(name)}, version ${quote(its)}; wanted is "gloo", version ${quote(version)}.`);
  const crds = [...chart].filter(([path]) => path.startsWith('crds/'));
  if (crds.length === 0) throw new Error(`${from} has no file in crds/.`);
  const names = new Map<string, string>();
  for (const [path, text] of crds) {
    const is = crdName(path, text);
    const other = names.get(is);
    if (other !== undefined) throw new Error(`${path} and ${other} both define ${is}.`);
    names.set(is, path);
  }
  const metadata = {
    apiVersion: 'v2',
    name: CRDS_CHART,
    version,
    description: `The CustomResourceDefinitions of Gloo's chart ${version}, unchanged.`,
    sources: [source, 'https://github.com/solo-io/gloo'],
    annotations: { licenses: 'Apache-2.0' },
  };
  return new Map([['Chart.yaml', stringify(metadata, { lineWidth: 0 })], ['templates/crds.yaml', TEMPLATE], ...crds.map(([path, text]): [string, string] => [path.replace('crds/', `${FOLDER}/`), text])]);
}

/** Name of the CRD that a file holds. @throws where it is not one CRD, or not the same one once it is marked. */
function crdName(path: string, text: string): string {
  const [document, ...others] = parseAllDocuments(text);
  const value = document?.toJS() as unknown;
  const is = crd.safeParse(value);
  if (!is.success || others.length > 0) throw new Error(`${path} does not hold one CustomResourceDefinition of apiextensions.k8s.io/v1.`);
  const marked = kept(text);
  const annotated = parseAllDocuments(marked).map((each) => (each.errors.length > 0 ? undefined : (each.toJS() as unknown)));
  if (text.split(METADATA).length !== 2 || JSON.stringify(annotated.map(withoutPolicy)) !== JSON.stringify([withoutPolicy(value)])) {
    throw new Error(`${path}: its metadata does not begin with its annotations, or has other indents than two spaces: the chart's template cannot mark it.`);
  }
  return is.data.metadata.name;
}

/** What {@link TEMPLATE} makes of a file. */
export function kept(text: string): string {
  return text.replace(text.includes(ANNOTATIONS) ? ANNOTATIONS : METADATA, KEPT);
}

/** The same without what marks it, and without the order of keys. */
function withoutPolicy(value: unknown): unknown {
  if (!isMapping(value) || !isMapping(value.metadata)) return undefined;
  const annotations = Object.entries(isMapping(value.metadata.annotations) ? value.metadata.annotations : {}).filter(([key]) => key !== 'helm.sh/resource-policy');
  return { ...value, metadata: Object.entries({ ...value.metadata, annotations }).sort(([a], [b]) => a.localeCompare(b)) };
}
