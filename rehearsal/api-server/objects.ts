import type { Manifest } from './rbac';
import { notFound, type Status } from './status';

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
 * @returns `page` where no such kind is served, as for a CRD that is not installed.
 */
export function answerObject(request: ObjectRequest, objects: readonly Manifest[]): { readonly body: unknown } | { readonly status: Status } | 'page' {
  const { apiGroup, version, resource, namespace, name } = request;
  const apiVersion = apiGroup === '' ? version : `${apiGroup}/${version}`;
  const ofKind = objects.filter((object) => object.apiVersion === apiVersion && pluralOf(kindOf(object)) === resource);
  const found = ofKind.filter((object) => namespace === '' || metadataOf(object).namespace === namespace);
  if (name !== '') {
    const one = found.find((object) => metadataOf(object).name === name);
    if (one !== undefined) return { body: one };
    return ofKind.length === 0 && apiGroup.includes('.') && !apiGroup.endsWith('.k8s.io') ? 'page' : { status: notFound(apiGroup === '' ? resource : `${resource}.${apiGroup}`, name, { resource, apiGroup }) };
  }
  const items = found.toSorted(inOrder).map((object) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== 'kind' && key !== 'apiVersion')));
  return { body: { kind: `${kindOf(ofKind[0]) || resource}List`, apiVersion, metadata: { resourceVersion: '1' }, items } };
}

const kindOf = (object: Manifest | undefined) => (typeof object?.kind === 'string' ? object.kind : '');

const metadataOf = (object: Manifest) => (object.metadata ?? {}) as { readonly name?: string; readonly namespace?: string };

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
