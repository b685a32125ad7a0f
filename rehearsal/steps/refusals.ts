import { rbacObjects } from '../api-server/rbac';
import type { World } from '../world';

/** How many requests the stand-ins had got at some moment. */
export interface Mark {
  readonly aws: number;
  readonly apiServer: number;
}

export function markRequests({ aws, apiServer }: Pick<World, 'aws' | 'apiServer'>): Mark {
  return { aws: aws.requests.length, apiServer: apiServer.requests.length };
}

/**
 * Why AWS or EKS refused the last request since then: they keep it to themselves, and the stand-ins know it. Empty when
 * neither did.
 */
export function refusalSince({ aws, apiServer }: Pick<World, 'aws' | 'apiServer'>, mark: Mark): string {
  const token = apiServer.requests.slice(mark.apiServer).at(-1)?.refusal;
  if (token) return `EKS refused the token: ${token}`;
  const asked = aws.requests.slice(mark.aws).at(-1);
  return asked?.error ? `AWS refused ${asked.action}: ${asked.error}` : '';
}

/** What the templates let whom do in the cluster: the groups of access entries, and the rules that groups are bound to. */
export function accessInWords({ deployment, objects }: Pick<World, 'deployment' | 'objects'>): string {
  const { roles, bindings } = rbacObjects(objects.all);
  const entries = deployment
    .ofType('AWS::EKS::AccessEntry')
    .map(({ properties }) => `access entry ${properties.PrincipalArn as string}: groups ${list(properties.KubernetesGroups)}`);
  const bound = bindings.map(({ kind, metadata, roleRef, subjects }) => `${kind} ${metadata.name}: ${list(subjects?.map((subject) => `${subject.kind} ${subject.name}`))} to ${roleRef.kind} ${roleRef.name}`);
  const allowed = roles.flatMap(({ kind, metadata, rules }) =>
    (rules ?? []).map(({ verbs, resources, resourceNames }) => `${kind} ${metadata.name} in ${metadata.namespace ?? 'every namespace'}: ${list(verbs)} on ${list(resources)} ${list(resourceNames)}`),
  );
  return [...entries, ...bound, ...allowed].join('; ');
}

const list = (values: unknown): string => (Array.isArray(values) && values.length > 0 ? values.join(', ') : 'none');
