import { posix } from 'node:path';

/** A request to the proxy of a service or a pod, as the API server reads it. */
export interface ProxyRequest {
  readonly namespace: string;
  readonly resource: 'services' | 'pods';
  /** `scheme:name:port`, spelt as in the URL. */
  readonly name: string;
  /**
   * Path at the backend, percent-encoded: what followed `/proxy`, decoded, cleaned of `//` and `..`, encoded again.
   * Empty when nothing followed, not even a slash.
   */
  readonly path: string;
  /** Path of the request up to and including `/proxy`. */
  readonly prefix: string;
}

const VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** The RBAC verb of an HTTP method; empty for a method that has none, as Kubernetes has it. */
export function verbOf(method: string): string {
  return VERBS[method] ?? '';
}

/** Reads a decoded URL path; undefined when it is not the proxy of a service or pod. */
export function parseProxyPath(pathname: string): ProxyRequest | undefined {
  const parts = pathname.replace(/^\/+|\/+$/g, '').split('/');
  const [api, version, namespaces, namespace, resource, name, proxy, ...rest] = parts;
  const isProxy = api === 'api' && version === 'v1' && namespaces === 'namespaces' && proxy === 'proxy';
  if (!isProxy || !namespace || !name || (resource !== 'services' && resource !== 'pods')) {
    return undefined;
  }
  const cleaned = rest.length === 0 ? '' : `/${posix.normalize(rest.join('/'))}`;
  const slash = pathname.endsWith('/') && !cleaned.endsWith('/') ? '/' : '';
  return {
    namespace,
    resource,
    name,
    path: encodePath(cleaned + slash),
    prefix: `/api/v1/namespaces/${namespace}/${resource}/${name}/proxy`,
  };
}

/** A request to a subresource of a named object of the core API. */
export interface ResourceRequest {
  readonly namespace: string;
  /** `serviceaccounts` */
  readonly resource: string;
  readonly name: string;
  /** `token` */
  readonly subresource: string;
}

/** Reads a decoded URL path; undefined when it is of another form. */
export function parseSubresourcePath(pathname: string): ResourceRequest | undefined {
  const [api, version, namespaces, namespace, resource, name, subresource, ...rest] = pathname.replace(/^\/+|\/+$/g, '').split('/');
  if (api !== 'api' || version !== 'v1' || namespaces !== 'namespaces' || rest.length > 0) return undefined;
  return namespace && resource && name && subresource ? { namespace, resource, name, subresource } : undefined;
}

/** Percent-encodes a path as Go's net/url does, which is what arrives at the backend. */
function encodePath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
