/** Which secret: a Kubernetes namespace, though in Vault nothing but a folder, and a name in it. */
export interface SecretKey {
  readonly namespace: string;
  readonly name: string;
}

/** Below the KV mount's `data/` and `metadata/`: solo-kit's root `gloo`, then group, version and kind of the resource. */
export const SECRETS = 'gloo/gloo.solo.io/v1/Secret';

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';

/** Why a name is none that Gloo's client writes (`resources.ValidateName` of solo-kit), undefined where it is one. */
export function nameFault(name: string): string | undefined {
  if (name.length <= 253 && new RegExp(`^${LABEL}(?:\\.${LABEL})*$`).test(name)) return undefined;
  return 'must be at most 253 lower-case letters, digits, - and ., beginning and ending with a letter or digit (a DNS-1123 subdomain)';
}

/** Why a name is none of a Kubernetes namespace, undefined where it is one. */
export function namespaceFault(namespace: string): string | undefined {
  if (namespace.length <= 63 && new RegExp(`^${LABEL}$`).test(namespace)) return undefined;
  return 'must be at most 63 lower-case letters, digits and -, beginning and ending with a letter or digit (a DNS-1123 label)';
}

/** Why a path below Gloo's folder is none of Vault's, undefined where it may be one: any names, for others write there as well. */
export function pathFault(path: string): string | undefined {
  if (path.split('/').every((name) => !['', '.', '..'].includes(name))) return undefined;
  return 'must be one or more names with single slashes between them, none of them . or ..';
}

/** Why a name is none of a single folder or secret, whoever made it, undefined where it may be one. */
export function segmentFault(name: string): string | undefined {
  return name.includes('/') || pathFault(name) !== undefined ? 'must be a single name, without /, and not . or ..' : undefined;
}

export const shown = ({ namespace, name }: SecretKey): string => `${namespace}/${name}`;
