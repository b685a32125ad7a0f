import { Chart } from 'cdk8s';
import { Group, Role, RoleBinding } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

/** Requests that may pass through the API server's proxy. */
export interface ProxyRule {
  readonly verbs: readonly ('get' | 'update' | 'delete')[];
  readonly kind: 'services' | 'pods';
  /** As the function spells them in its URLs, `http:vault:8200`: RBAC compares the very same spelling. */
  readonly names: readonly string[];
}

export interface ProxyAccessProps {
  readonly namespace: string;
  /** Kubernetes group of the function's access entry, and the name of its Role and RoleBinding. */
  readonly group: string;
  readonly rules: readonly ProxyRule[];
}

/** All that a function may do in the cluster: pass requests through the API server to what is named here, and nothing else. */
export class ProxyAccessChart extends Chart {
  constructor(scope: Construct, id: string, props: ProxyAccessProps) {
    super(scope, id, { namespace: props.namespace });
    const metadata = { name: props.group };
    const role = new Role(this, 'Role', { metadata });
    for (const { verbs, kind, names } of props.rules) {
      role.allow([...verbs], ...names.map((resourceName) => ({ apiGroup: 'core', resourceType: `${kind}/proxy`, resourceName })));
    }
    const binding = new RoleBinding(this, 'RoleBinding', { metadata, role });
    binding.addSubjects(Group.fromName(this, 'Group', props.group));
  }
}
