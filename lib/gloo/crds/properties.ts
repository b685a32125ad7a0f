import * as z from 'zod/mini';
import { clusterProperties, text } from '../../vault/client/properties';

const schema = z.object({
  cluster: clusterProperties,
  /** Of Gloo's chart, `1.22.1`. */
  chartVersion: text,
  /** Of the CRDs, which lie beside the handler. */
  digest: text,
});

/** Properties of `Custom::GlooCrds`, for the construct that writes them and the handler that reads them. Nothing in them is secret. */
export type GlooCrdsProperties = z.infer<typeof schema>;

/** The custom resource's type in templates and events. */
export const RESOURCE_TYPE = 'Custom::GlooCrds';

/** Folder of the CRDs in the function's asset, beside its `index.js`. */
export const CRDS_FOLDER = 'crds';

/**
 * Properties of an event, checked.
 * @throws with every property that is missing or malformed, by its path; values are not repeated.
 */
export function decodeProperties(raw: unknown): GlooCrdsProperties {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, code }) => `${path.join('.') || 'ResourceProperties'} (${code.replaceAll('_', ' ')})`);
  throw new Error(
    `The event's properties do not say which CRDs to apply: ${faults.join(', ')}. ` +
      'They are written by the GlooCrds construct: deploy the construct and its handler from one commit.',
  );
}

/** Version of Gloo's chart in the properties of an earlier deployment; undefined where there are none that say it. */
export function earlierVersion(raw: unknown): string | undefined {
  return schema.safeParse(raw).data?.chartVersion;
}
