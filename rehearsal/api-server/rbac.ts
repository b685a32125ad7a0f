import { z } from 'zod';

/** Whom Kubernetes sees. */
export interface Subject {
  readonly user: string;
  readonly groups: readonly string[];
}

/** What it wants. Empty strings where something does not apply. */
export interface ResourceAttributes {
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly namespace: string;
}

/** A Kubernetes object as `kubectl apply` would send it. */
export type Manifest = Readonly<Record<string, unknown>>;

/** `reason`: the roles that bindings of the subject name and that do not exist, in Kubernetes' words. */
export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reason?: string };

const GROUP = 'rbac.authorization.k8s.io';
const metadata = z.looseObject({ name: z.string().min(1), namespace: z.string().optional() });
const names = z.array(z.string());

const rule = z
  .strictObject({
    verbs: names.min(1),
    apiGroups: names.optional(),
    resources: names.optional(),
    resourceNames: names.optional(),
    nonResourceURLs: names.optional(),
  })
  .refine(({ resources, apiGroups, nonResourceURLs }) => nonResourceURLs !== undefined || (resources?.length && apiGroups?.length), {
    message: 'a rule needs apiGroups and resources, each with an entry',
  });

const subject = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('User'), name: z.string(), apiGroup: z.literal(GROUP).optional() }),
  z.strictObject({ kind: z.literal('Group'), name: z.string(), apiGroup: z.literal(GROUP).optional() }),
  z.strictObject({ kind: z.literal('ServiceAccount'), name: z.string(), namespace: z.string(), apiGroup: z.literal('').optional() }),
]);

const apiVersion = z.literal(`${GROUP}/v1`);
const roleRef = z.strictObject({ apiGroup: z.literal(GROUP), kind: z.enum(['Role', 'ClusterRole']), name: z.string() });
const role = z.strictObject({ apiVersion, kind: z.enum(['Role', 'ClusterRole']), metadata, rules: z.array(rule).nullish() });
const binding = z.strictObject({
  apiVersion,
  kind: z.enum(['RoleBinding', 'ClusterRoleBinding']),
  metadata,
  roleRef,
  subjects: z.array(subject).nullish(),
});

type Role = z.infer<typeof role>;
type Rule = z.infer<typeof rule>;
type Binding = z.infer<typeof binding>;

/** The RBAC objects of a cluster, checked. */
export interface RbacObjects {
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
}

/**
 * Takes the RBAC objects out of manifests of any kind.
 * @throws for one that the API server would refuse, or that uses what this stand-in does not know (aggregation rules).
 */
export function rbacObjects(manifests: readonly Manifest[]): RbacObjects {
  const roles: Role[] = [];
  const bindings: Binding[] = [];
  for (const manifest of manifests) {
    const { kind } = manifest;
    if (kind === 'Role' || kind === 'ClusterRole') {
      roles.push(inScope(parse(role, manifest)));
    } else if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') {
      const parsed = inScope(parse(binding, manifest));
      if (parsed.kind === 'ClusterRoleBinding' && parsed.roleRef.kind === 'Role') {
        throw new Error(`ClusterRoleBinding ${parsed.metadata.name}: roleRef.kind is "Role", only "ClusterRole" is allowed`);
      }
      bindings.push(parsed);
    }
  }
  return { roles, bindings };
}

/** Whether RBAC lets the subject do it. Everything that no rule allows is refused. */
export function authorize(who: Subject, what: ResourceAttributes, { roles, bindings }: RbacObjects): Decision {
  const missing = new Set<string>();
  for (const one of bindings) {
    const everywhere = one.kind === 'ClusterRoleBinding';
    if (!everywhere && one.metadata.namespace !== what.namespace) {
      continue;
    }
    if (!one.subjects?.some((candidate) => isSubject(candidate, who))) {
      continue;
    }
    const found = roles.find(
      ({ kind, metadata: { name, namespace } }) =>
        kind === one.roleRef.kind && name === one.roleRef.name && (kind === 'ClusterRole' || namespace === one.metadata.namespace),
    );
    if (!found) {
      missing.add(`${one.roleRef.kind.toLowerCase()}.${GROUP} ${JSON.stringify(one.roleRef.name)} not found`);
    } else if (found.rules?.some((candidate) => ruleAllows(candidate, what))) {
      return { allowed: true };
    }
  }
  if (missing.size === 0) {
    return { allowed: false };
  }
  const reasons = [...missing];
  return { allowed: false, reason: `RBAC: ${reasons.length === 1 ? reasons[0] : `[${reasons.join(', ')}]`}` };
}

function isSubject(candidate: z.infer<typeof subject>, who: Subject): boolean {
  switch (candidate.kind) {
    case 'User':
      return candidate.name === who.user;
    case 'Group':
      return who.groups.includes(candidate.name);
    case 'ServiceAccount':
      return who.user === `system:serviceaccount:${candidate.namespace}:${candidate.name}`;
  }
}

function ruleAllows({ verbs, apiGroups = [], resources = [], resourceNames = [] }: Rule, what: ResourceAttributes): boolean {
  const full = what.subresource === '' ? what.resource : `${what.resource}/${what.subresource}`;
  const anyOf = what.subresource === '' ? undefined : `*/${what.subresource}`;
  return (
    verbs.some((verb) => verb === '*' || verb === what.verb) &&
    apiGroups.some((group) => group === '*' || group === what.apiGroup) &&
    resources.some((resource) => resource === '*' || resource === full || resource === anyOf) &&
    (resourceNames.length === 0 || resourceNames.includes(what.name))
  );
}

function inScope<T extends Role | Binding>(object: T): T {
  const { kind, metadata: meta } = object;
  const clusterWide = kind.startsWith('Cluster');
  if (clusterWide && meta.namespace !== undefined) {
    throw new Error(`${kind} ${meta.name}: it has the namespace "${meta.namespace}", but belongs to no namespace`);
  }
  if (!clusterWide && meta.namespace === undefined) {
    throw new Error(`${kind} ${meta.name}: it has no namespace; set metadata.namespace`);
  }
  return object;
}

function parse<T>(schema: z.ZodType<T>, manifest: Manifest): T {
  const result = schema.safeParse(manifest);
  if (result.success) {
    return result.data;
  }
  const meta = metadata.safeParse(manifest.metadata);
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.') || 'object'}: ${message}`);
  throw new Error(`${String(manifest.kind)} ${meta.data?.name ?? '(no name)'}: ${issues.join('; ')}`);
}
