import { createHash } from 'node:crypto';
import type { Manifest } from './rbac';
import { badRequest, conflict, unsupportedMediaType, type Status } from './status';

type Mapping = Readonly<Record<string, unknown>>;

/** Of these, a strategic merge is a merge wherever no list is in the patch. */
const MERGE = ['application/merge-patch+json', 'application/strategic-merge-patch+json'];

/** A Deployment as the API server answers with it: which version and which generation of it this is. */
export function versioned(object: Manifest): Manifest {
  const metadata = metadataOf(object);
  return { ...object, metadata: { ...metadata, generation: metadata.generation ?? 1, resourceVersion: versionOf(object) } };
}

/**
 * A merge patch (RFC 7386) of an object, as the API server carries it out.
 * @param name of the object with its kind, as the words have it: `deployments.apps "gloo"`.
 * @throws {Error} for a kind of patch that is not known here.
 */
export function patched(object: Manifest, patch: { readonly contentType: string; readonly text: string }, name: string): { readonly object: Manifest } | { readonly status: Status } {
  const contentType = patch.contentType.split(';')[0]?.trim() ?? '';
  if (contentType === 'application/json-patch+json' || contentType === 'application/apply-patch+yaml') throw new Error(`a patch of type ${contentType} is not known here`);
  if (!MERGE.includes(contentType)) return { status: unsupportedMediaType() };
  const changes = parse(patch.text);
  if (!changes) return { status: badRequest('error decoding patch: the body is no JSON object') };
  const { resourceVersion: wanted, ...metadata } = metadataOf(changes);
  if (wanted !== undefined && wanted !== versionOf(object)) return { status: conflict(name) };
  if (JSON.stringify(changes).includes('[')) throw new Error('a patch with a list is not known here');
  const merged = merge(object, { ...changes, ...('metadata' in changes ? { metadata } : {}) }) as Manifest;
  if (shaping(merged) === shaping(object)) return { object: merged };
  const generation = Number(metadataOf(object).generation ?? 1) + 1;
  return { object: { ...merged, metadata: { ...metadataOf(merged), generation } } };
}

/** What of a Deployment makes another generation: its annotations too, which its ReplicaSets get. */
const shaping = (object: Manifest) => JSON.stringify([object.spec, metadataOf(object).annotations ?? {}]);

const metadataOf = (object: Mapping): Mapping => (object.metadata ?? {}) as Mapping;

/** Opaque to clients: any other object has another one. */
export const versionOf = (object: Manifest) => String(parseInt(createHash('sha256').update(JSON.stringify(object)).digest('hex').slice(0, 12), 16));

function merge(target: unknown, patch: unknown): unknown {
  if (!isMapping(patch)) return patch;
  const merged: Record<string, unknown> = isMapping(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

const isMapping = (value: unknown): value is Mapping => typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(text: string): Mapping | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
