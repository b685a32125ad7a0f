import { Chart } from 'cdk8s';
import { ClusterRole, ClusterRoleBinding, Group } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

/** Something that a function may ask of the API server about objects that belong to no namespace. */
export interface ClusterAccessRule {
  readonly verbs: readonly ('get' | 'create' | 'patch')[];
  readonly apiGroup: 'apiextensions.k8s.io';
  readonly resource: 'customresourcedefinitions';
  readonly names: readonly string[];
}

export interface ClusterAccessProps {
  /** Kubernetes group of the function's access entry, and the name of its ClusterRole and ClusterRoleBinding. */
  readonly group: string;
  readonly rules: readonly ClusterAccessRule[];
}

/** All that a function may do outside of namespaces: what is named here, and nothing else. */
export class ClusterAccessChart extends Chart {
  constructor(scope: Construct, id: string, { group, rules }: ClusterAccessProps) {
    super(scope, id);
    const metadata = { name: group };
    const role = new ClusterRole(this, 'ClusterRole', { metadata });
    for (const { verbs, apiGroup, resource, names } of rules) {
      role.allow([...verbs], ...names.map((resourceName) => ({ asApiResource: () => ({ apiGroup, resourceType: resource, resourceName }), asNonApiResource: () => undefined })));
    }
    const binding = new ClusterRoleBinding(this, 'ClusterRoleBinding', { metadata, role });
    binding.addSubjects(Group.fromName(this, 'Group', group));
  }
}
