import { isMapping } from './fields';

/** A place in Gloo's Helm values and what is wrong there. Values are never repeated: they may be secret. */
export interface ValuesFault {
  readonly path: readonly string[];
  readonly message: string;
}

const deployments = ['gloo', 'discovery'];
/** Variables that decide how Gloo logs in, by their prefix, with who sets them. */
const variableOwners = {
  VAULT_: "this app sets Gloo's VAULT_* variables",
  AWS_: "Gloo's AWS identity is its service account's, which EKS gives its pods by AWS_* variables",
};
/** Annotations of their service accounts that the app sets, each with what it takes it from. */
const annotations = {
  'eks.amazonaws.com/role-arn': "is set by this app, from Gloo's auth role; leave it out.",
  'eks.amazonaws.com/sts-regional-endpoints': "is set by this app, from Gloo's auth role; leave it out.",
  'helm.sh/resource-policy': 'is set by this app, which makes the service account before the chart; leave it out.',
};

/** The annotation of their pods that the app sets. */
const podAnnotation = 'gloo-vault/auth-role';

/** Helm values that the app sets itself, each with where it is said instead. */
const taken: readonly (readonly [path: readonly string[], instead: string])[] = [
  [['settings', 'secretOptions'], 'vault'],
  // Without its Settings, or with others, Gloo would not know of Vault.
  [['settings', 'create'], 'vault'],
  [['settings', 'kubeResourceOverride'], 'vault'],
  [['discovery', 'enabled'], 'gloo.discovery'],
];

/** What a user's Helm values for Gloo must not hold: what the app sets, and what is no JSON. */
export function glooValuesFaults(values: unknown): readonly ValuesFault[] {
  return [...collisions(values), ...notJson(values, [], [])];
}

function collisions(values: unknown): readonly ValuesFault[] {
  const faults: ValuesFault[] = [];
  for (const [path, instead] of taken) {
    if (at(values, path) !== undefined) faults.push({ path, message: `is set by this app; use the environment's ${instead} instead.` });
  }
  for (const deployment of deployments) {
    for (const [annotation, message] of Object.entries(annotations)) {
      const path = [deployment, 'serviceAccount', 'extraAnnotations', annotation];
      if (at(values, path) !== undefined) faults.push({ path, message });
    }
    const annotated = [deployment, 'deployment', deployment === 'gloo' ? 'extraGlooAnnotations' : 'extraDiscoveryAnnotations', podAnnotation];
    if (at(values, annotated) !== undefined) faults.push({ path: annotated, message: 'is set by this app, which has the pods replaced by it when they are to have another role; leave it out.' });
    const path = [deployment, 'deployment', 'customEnv'];
    const variables = at(values, path);
    if (!Array.isArray(variables)) continue;
    for (const variable of variables as readonly unknown[]) {
      const name = isMapping(variable) ? variable.name : undefined;
      const own = typeof name === 'string' ? Object.entries(variableOwners).find(([prefix]) => name.startsWith(prefix)) : undefined;
      if (own) faults.push({ path, message: `sets ${/^\w{1,60}$/.test(String(name)) ? String(name) : `a ${own[0]}* variable`}, and ${own[1]}; leave it out.` });
    }
  }
  return faults;
}

function notJson(value: unknown, path: readonly string[], above: readonly unknown[]): readonly ValuesFault[] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return [];
  if (typeof value === 'number' && Number.isFinite(value)) return [];
  if (typeof value !== 'object') return [{ path, message: `is a ${typeof value} that JSON cannot hold; Helm values are JSON.` }];
  if (above.includes(value)) return [{ path, message: 'contains itself; Helm values are JSON.' }];
  if (above.length > 50) return [{ path, message: 'is nested more than 50 deep.' }];
  if (!Array.isArray(value) && ![Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)) {
    return [{ path, message: 'is an object of a class; Helm values are JSON.' }];
  }
  return Object.entries(value).flatMap(([key, inside]) => notJson(inside, [...path, key], [...above, value]));
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inside, key) => (isMapping(inside) && Object.hasOwn(inside, key) ? inside[key] : undefined), value);
}
