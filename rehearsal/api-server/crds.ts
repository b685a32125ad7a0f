import { parse } from 'yaml';
import { z } from 'zod';
import type { Manifest } from './rbac';
import { applyConflict, badRequest, notFound, storedVersionMissing, unsupportedMediaType, type Status } from './status';

const GROUP = 'apiextensions.k8s.io';
const RESOURCE = 'customresourcedefinitions';
export const CRDS_PATH = `/apis/${GROUP}/v1/${RESOURCE}/`;

const version = z.looseObject({ name: z.string(), served: z.boolean(), storage: z.boolean() });
const definition = z.looseObject({
  apiVersion: z.literal(`${GROUP}/v1`),
  kind: z.literal('CustomResourceDefinition'),
  metadata: z.looseObject({ name: z.string(), annotations: z.record(z.string(), z.string()).optional(), labels: z.record(z.string(), z.string()).optional() }),
  spec: z.looseObject({ versions: z.array(version).min(1) }),
});
type Definition = z.infer<typeof definition>;

interface Stored {
  readonly applied: Definition;
  readonly resourceVersion: number;
  readonly generation: number;
  readonly storedVersions: readonly string[];
  /** Who set `spec.versions`, a list that counts as one field. */
  readonly managers: readonly string[];
  readonly madeAt: number;
}

/** Milliseconds until the kinds of a new definition are served. */
const ESTABLISHING = 300;

/** CustomResourceDefinitions as an API server keeps them: server-side apply and GET, for one object. */
export class Crds {
  private readonly stored = new Map<string, Stored>();
  /** Gloo's are 2.7 MB of YAML, which take seconds. */
  private readonly parsed = new Map<string, Definition>();
  private changes = 0;

  has(name: string): boolean {
    return this.stored.has(name);
  }

  get(name: string): { readonly code: number; readonly body: unknown } {
    const found = this.stored.get(name);
    return found ? { code: 200, body: shown(found) } : refused(notFound(`${RESOURCE}.${GROUP}`, name, { resource: RESOURCE, apiGroup: GROUP }));
  }

  /**
   * @param query of the request, with its field manager.
   * @throws {Error} for a patch that is no apply, which is not known here.
   */
  apply(name: string, query: URLSearchParams, contentType: string, text: string): { readonly code: number; readonly body: unknown } {
    if (/json/.test(contentType)) throw new Error(`a patch of type ${contentType} is not known here`);
    if (contentType !== 'application/apply-patch+yaml') return refused(unsupportedMediaType());
    const manager = query.get('fieldManager') ?? '';
    if (manager === '') return refused(badRequest('PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'));
    const applied = this.parsed.get(text) ?? definition.parse(parse(text));
    this.parsed.set(text, applied);
    if (applied.metadata.name !== name) return refused(badRequest(`the name of the object (${applied.metadata.name}) does not match the name on the URL (${name})`));
    const before = this.stored.get(name);
    const same = before !== undefined && isSame(before.applied.spec, applied.spec);
    const others = before?.managers.filter((each) => each !== manager) ?? [];
    if (!same && others.length > 0 && query.get('force') !== 'true') return refused(applyConflict(others[0] ?? '', '.spec.versions'));
    const names = applied.spec.versions.map((each) => each.name);
    const lost = (before?.storedVersions ?? []).findIndex((each) => !names.includes(each));
    if (lost >= 0) return refused(storedVersionMissing(name, lost, before?.storedVersions[lost] ?? ''));
    const { metadata } = applied;
    const merged: Definition = {
      ...applied,
      metadata: { ...metadata, annotations: { ...before?.applied.metadata.annotations, ...metadata.annotations }, labels: { ...before?.applied.metadata.labels, ...metadata.labels } },
    };
    const managers = same ? [...new Set([...(before?.managers ?? []), manager])] : [manager];
    if (before && isSame([before.applied, before.managers], [merged, managers])) return { code: 200, body: shown(before) };
    const storage = applied.spec.versions.filter((each) => each.storage).map((each) => each.name);
    const stored: Stored = {
      applied: merged,
      resourceVersion: ++this.changes,
      generation: (before?.generation ?? 0) + (same ? 0 : 1),
      storedVersions: [...new Set([...(before?.storedVersions ?? []), ...storage])],
      managers,
      madeAt: before?.madeAt ?? Date.now(),
    };
    this.stored.set(name, stored);
    return { code: before ? 200 : 201, body: shown(stored) };
  }
}

/** As the API server answers with it: who manages what is left out. */
function shown({ applied, resourceVersion, generation, storedVersions, madeAt }: Stored): Manifest {
  const served = Date.now() - madeAt >= ESTABLISHING;
  const conditions = served ? [['NamesAccepted', 'no conflicts found'], ['Established', 'the initial names have been accepted']].map(([type, message]) => ({ type, status: 'True', message })) : null;
  return { ...applied, metadata: { ...applied.metadata, generation, resourceVersion: String(resourceVersion) }, status: { conditions, storedVersions } };
}

const refused = (status: Status) => ({ code: status.code, body: status });

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
