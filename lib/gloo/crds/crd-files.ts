import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { quote } from '../../environment/words';

/** Says where the CRDs beside it are from. */
export const SOURCE_FILE = 'SOURCE.md';

/** A chart of Gloo, unpacked: by path below its folder, its `Chart.yaml` and the files of its `crds`. */
export type GlooChart = ReadonlyMap<string, string>;

const chartMetadata = z.object({ name: z.string(), version: z.string() });
const crd = z.object({ apiVersion: z.literal('apiextensions.k8s.io/v1'), kind: z.literal('CustomResourceDefinition'), metadata: z.object({ name: z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/) }) });

/**
 * The CRDs of a chart of Gloo, byte for byte, each in a file of its name.
 * @param version that it has to be of.
 * @param from where it was read, for errors.
 * @param source where everybody finds it.
 * @returns by name of the file, what it holds; {@link SOURCE_FILE} is one of them.
 * @throws for another chart or version, and for files that hold no CRD.
 */
export function crdFiles(chart: GlooChart, version: string, from: string, source: string): ReadonlyMap<string, string> {
  const found = chartMetadata.safeParse(parse(chart.get('Chart.yaml') ?? ''));
  if (!found.success) throw new Error(`${from} is no Helm chart: it has no Chart.yaml with name and version.`);
  const { name, version: its } = found.data;
  if (name !== 'gloo' || its !== version) throw new Error(`${from} is chart ${quote(name)}, version ${quote(its)}; wanted is "gloo", version ${quote(version)}.`);
  const crds = [...chart].filter(([path]) => path.startsWith('crds/'));
  if (crds.length === 0) throw new Error(`${from} has no file in crds/.`);
  const paths = new Map<string, string>();
  const files = new Map([[SOURCE_FILE, sourceText(version, source)]]);
  for (const [path, text] of crds) {
    const is = crdName(path, text);
    const other = paths.get(is);
    if (other !== undefined) throw new Error(`${path} and ${other} both define ${is}.`);
    paths.set(is, path);
    files.set(`${is}.yaml`, text);
  }
  return files;
}

function sourceText(version: string, source: string): string {
  return `The CustomResourceDefinitions of Gloo's chart ${version}, unchanged, each in a file of its name.\n\n- Chart: ${source}\n- Project: https://github.com/solo-io/gloo, Apache-2.0\n`;
}

/** @throws where a file does not hold one CRD. */
function crdName(path: string, text: string): string {
  const [document, ...others] = parseAllDocuments(text);
  const is = crd.safeParse(document?.toJS());
  if (!is.success || others.length > 0) throw new Error(`${path} does not hold one CustomResourceDefinition of apiextensions.k8s.io/v1.`);
  return is.data.metadata.name;
}
