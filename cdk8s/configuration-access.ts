import { Chart } from 'cdk8s';
import { Group, Role, RoleBinding } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

export interface ConfigurationAccessProps {
  readonly namespace: string;
  /** Kubernetes group of the configuration function's access entry. */
  readonly group: string;
  /** Services as the function spells them in its URLs: RBAC compares the very same spelling. */
  readonly services: readonly string[];
}

/**
 * All that the configuration function may do in the cluster: pass requests through the API server to Vault's Service.
 * get, update and delete, because it reads, writes by PUT and removes.
 */
export class ConfigurationAccessChart extends Chart {
  constructor(scope: Construct, id: string, props: ConfigurationAccessProps) {
    super(scope, id, { namespace: props.namespace });
    const role = new Role(this, 'Role', { metadata: { name: 'vault-configuration' } });
    role.allow(
      ['get', 'update', 'delete'],
      ...props.services.map((resourceName) => ({ apiGroup: 'core', resourceType: 'services/proxy', resourceName })),
    );
    const binding = new RoleBinding(this, 'RoleBinding', { metadata: { name: 'vault-configuration' }, role });
    binding.addSubjects(Group.fromName(this, 'Group', props.group));
  }
}
