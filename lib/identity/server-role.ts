import { ManagedPolicy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { names, roleArn } from './names';
import { serviceAccountTrust, type ServiceAccountTrustProps } from './web-identity';

export interface ServerRoleProps extends ServiceAccountTrustProps {
  readonly clusterName: string;
  /** Names of the roles of Gloo's that Vault binds. */
  readonly authRoles: readonly string[];
}

/**
 * The role of Vault's own pods. Vault, not Gloo, calls `iam:GetRole` when Gloo's role is written in it, so the
 * troubleshooting step of the guide (row 19) is here from the start.
 */
export class ServerRole extends Construct {
  constructor(scope: Construct, id: string, props: ServerRoleProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      roleName: names.serverRole(props.clusterName),
      description: 'Vault resolves the auth role of Gloo as this role',
      assumedBy: serviceAccountTrust(this, 'Trust', props),
    });
    new ManagedPolicy(this, 'GetRolePolicy', {
      managedPolicyName: names.getRolePolicy(props.clusterName),
      description: 'Vault reads the unique id of the auth role of Gloo',
      roles: [role],
      statements: [new PolicyStatement({ actions: ['iam:GetRole'], resources: props.authRoles.map((name) => roleArn(this, name)) })],
    });
  }
}
