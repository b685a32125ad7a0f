import * as z from 'zod';
import { valueAt } from '../../lib/environment/rule';

/** A Kubernetes object of a template, by name. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** @default - its kind belongs to none */
  readonly namespace?: string;
  /** The Secret that a Certificate fills, and which outlives it. */
  readonly secretName?: string;
}

const objects = z.array(z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }), spec: z.looseObject({ secretName: z.string().optional() }).optional() }));

/** The objects of a manifest, with a word where the template has a reference. @throws for one that is no JSON of objects. */
export function manifestObjects(manifest: unknown): readonly ManifestObject[] {
  const parts = valueAt(manifest, ['Fn::Join', 1]);
  const text = Array.isArray(parts) ? parts.map((part) => (typeof part === 'string' ? part : 'REFERENCE')).join('') : String(manifest);
  return objects.parse(JSON.parse(text)).map(({ apiVersion, kind, metadata: { name, namespace }, spec }) => ({
    apiVersion,
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(kind === 'Certificate' && spec?.secretName !== undefined ? { secretName: spec.secretName } : {}),
  }));
}
