import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { versionOf } from './patch';
import type { Manifest } from './rbac';
import { conflict, notFound, type Status } from './status';

/** A request for objects of one kind, or for one of them. */
export interface ObjectRequest {
  /** `` for the core API, `apps` */
  readonly apiGroup: string;
  readonly version: string;
  /** `deployments` */
  readonly resource: string;
  /** Empty for what belongs to none, and for all. */
  readonly namespace: string;
  /** Empty for a list. */
  readonly name: string;
}

/** How a list is asked for. */
export interface ListOptions {
  /** Labels that all have to be there, by name; of selectors only `a=b,c=d` is served. @default - any */
  readonly labels?: Readonly<Record<string, string>>;
  /** Metadata alone, as `PartialObjectMetadataList`. @default false */
  readonly metadataOnly?: boolean;
}

/** Reads a query and what a client accepts. */
export function listOptionsOf(query: string, accept = ''): ListOptions {
  const selector = new URLSearchParams(query).get('labelSelector');
  const labels = Object.fromEntries((selector?.split(',') ?? []).map((term) => term.split('=') as [string, string]));
  return { labels, metadataOnly: accept.includes('as=PartialObjectMetadataList') };
}

/** What `/version` says. */
export const VERSION = {
  major: '1',
  minor: '35',
  emulationMajor: '1',
  emulationMinor: '35',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '34',
  gitVersion: 'v1.35.2-eks-rehearsal',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.25.0',
  compiler: 'gc',
  platform: 'linux/amd64',
} as const;

/** Reads a decoded URL path; undefined where it is none of an object or a list. */
export function parseObjectPath(pathname: string): ObjectRequest | undefined {
  const parts = pathname.replace(/^\/+|\/+$/g, '').split('/');
  const core = parts[0] === 'api';
  const [apiGroup = '', version = '', ...rest] = core ? ['', ...parts.slice(1)] : parts[0] === 'apis' ? parts.slice(1) : [];
  if (version === '' || (!core && apiGroup === '')) return undefined;
  const namespaced = rest[0] === 'namespaces' && rest.length > 2;
  const [resource = '', name = '', ...others] = namespaced ? rest.slice(2) : rest;
  return resource === '' || others.length > 0 ? undefined : { apiGroup, version, resource, namespace: namespaced ? (rest[1] ?? '') : '', name };
}

/** The namespace whose Roles decide on a request: a Namespace is in itself. */
export function namespaceToAuthorize({ apiGroup, resource, namespace, name }: ObjectRequest): string {
  return apiGroup === '' && resource === 'namespaces' ? name : namespace;
}

/**
 * Answers for one object, or for all of a kind.
 * @param objects what was applied, with what controllers wrote into it.
 * @returns the answer's body, and the object that was asked for; `page` where no such kind is served, as for a CRD that is not installed.
 */
export function answerObject(request: ObjectRequest, objects: readonly Manifest[], { labels = {}, metadataOnly = false }: ListOptions = {}): { readonly body: unknown; readonly object?: Manifest } | { readonly status: Status } | 'page' {
  const { apiGroup, resource, name } = request;
  const { apiVersion, ofKind, found } = lookUp(request, objects);
  if (name !== '') {
    const one = found.find((object) => metadataOf(object).name === name);
    if (one !== undefined) return { body: stored(one), object: one };
    return ofKind.length === 0 && apiGroup.includes('.') && !apiGroup.endsWith('.k8s.io') ? 'page' : { status: notFound(apiGroup === '' ? resource : `${resource}.${apiGroup}`, name, { resource, apiGroup }) };
  }
  const selected = found.toSorted(inOrder).filter((object) => Object.entries(labels).every(([label, value]) => metadataOf(object).labels?.[label] === value)).map(stored);
  const metadata = { resourceVersion: '1' };
  if (metadataOnly) {
    const kind = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' };
    return { body: { ...kind, kind: `${kind.kind}List`, metadata, items: selected.map((object) => ({ ...kind, metadata: object.metadata })) } };
  }
  const items = selected.map((object) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== 'kind' && key !== 'apiVersion')));
  return { body: { kind: `${kindOf(ofKind[0]) || resource}List`, apiVersion, metadata, items } };
}

const preconditioned = z.object({ preconditions: z.object({ uid: z.string().optional(), resourceVersion: z.string().optional() }).default({}) });

/**
 * The object that a client may delete, or what the API server has against it: there is none of the name, or it is another than
 * the one that the client has seen.
 * @param options `DeleteOptions`, or nothing.
 */
export function deletable(request: ObjectRequest, objects: readonly Manifest[], options: unknown): { readonly object: Manifest } | { readonly status: Status } {
  const { apiGroup, resource, name } = request;
  const qualified = apiGroup === '' ? resource : `${resource}.${apiGroup}`;
  const one = lookUp(request, objects).found.find((object) => metadataOf(object).name === name);
  if (one === undefined) return { status: notFound(qualified, name, { resource, apiGroup }) };
  const { preconditions } = preconditioned.parse(options ?? {});
  const { uid, resourceVersion } = stored(one).metadata;
  const differs = (field: string, wanted: string | undefined, found: string) =>
    wanted === undefined || wanted === found ? [] : [`Precondition failed: ${field} in precondition: ${wanted}, ${field} in object meta: ${found}`];
  const [fault] = [...differs('UID', preconditions.uid, uid), ...differs('ResourceVersion', preconditions.resourceVersion, resourceVersion)];
  return fault === undefined ? { object: one } : { status: conflict(`${qualified} ${JSON.stringify(name)}`, fault) };
}

function lookUp({ apiGroup, version, resource, namespace }: ObjectRequest, objects: readonly Manifest[]) {
  const apiVersion = apiGroup === '' ? version : `${apiGroup}/${version}`;
  const ofKind = objects.filter((object) => object.apiVersion === apiVersion && pluralOf(kindOf(object)) === resource);
  return { apiVersion, ofKind, found: ofKind.filter((object) => namespace === '' || metadataOf(object).namespace === namespace) };
}

/** What the API server gives each object: an identity for as long as its metadata is the same one. */
const identities = new WeakMap<object, { readonly uid: string; readonly creationTimestamp: string }>();

function stored(object: Manifest): Manifest & { readonly metadata: { readonly uid: string; readonly resourceVersion: string } } {
  const metadata = metadataOf(object);
  const identity = identities.get(metadata) ?? { uid: randomUUID(), creationTimestamp: new Date().toISOString() };
  identities.set(metadata, identity);
  return { ...object, metadata: { ...identity, resourceVersion: versionOf(object), ...metadata } };
}

const kindOf = (object: Manifest | undefined) => (typeof object?.kind === 'string' ? object.kind : '');

const metadataOf = (object: Manifest) => (object.metadata ?? {}) as { readonly name?: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };

/** As etcd has them. */
const inOrder = (a: Manifest, b: Manifest): number => Buffer.compare(keyOf(a), keyOf(b));

function keyOf(object: Manifest): Buffer {
  const { namespace = '', name = '' } = metadataOf(object);
  return Buffer.from(`${namespace}/${name}`);
}

/** `networkpolicies` of `NetworkPolicy`. */
function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  if (word.endsWith('y')) return `${word.slice(0, -1)}ies`;
  return word.endsWith('s') ? `${word}es` : `${word}s`;
}
