import { Chart } from 'cdk8s';
import { Group, Role, RoleBinding } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

/** Something that a function may ask of the API server. */
export interface AccessRule {
  /** `create` is a request for a token, those of services and deployments are about the objects, the others pass through the proxy. */
  readonly verbs: readonly ('get' | 'create' | 'update' | 'patch' | 'delete')[];
  readonly resource: 'services' | 'services/proxy' | 'pods/proxy' | 'serviceaccounts/token' | 'deployments';
  /** As the function spells them in its URLs, `http:vault:8200`: RBAC compares the very same spelling. */
  readonly names: readonly string[];
}

export interface FunctionAccessProps {
  readonly namespace: string;
  /** Kubernetes group of the function's access entry, and the name of its Role and RoleBinding. */
  readonly group: string;
  readonly rules: readonly AccessRule[];
}

/** All that a function may do in a namespace: what is named here, and nothing else. */
export class FunctionAccessChart extends Chart {
  constructor(scope: Construct, id: string, props: FunctionAccessProps) {
    super(scope, id, { namespace: props.namespace });
    const metadata = { name: props.group };
    const role = new Role(this, 'Role', { metadata });
    for (const { verbs, resource, names } of props.rules) {
      role.allow([...verbs], ...names.map((resourceName) => ({ apiGroup: resource === 'deployments' ? 'apps' : 'core', resourceType: resource, resourceName })));
    }
    const binding = new RoleBinding(this, 'RoleBinding', { metadata, role });
    binding.addSubjects(Group.fromName(this, 'Group', props.group));
  }
}
