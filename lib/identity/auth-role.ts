import { ManagedPolicy, PolicyStatement, Role, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acceptAnyResource } from '../accepted-findings';
import { names, roleArn } from './names';
import { serviceAccountTrust, type ServiceAccountTrustProps } from './web-identity';

export interface AuthRoleProps extends ServiceAccountTrustProps {
  readonly clusterName: string;
  /** 1 has the guide's names. */
  readonly generation: number;
  /**
   * `guide`: row 3 as it stands. `narrow`: no policy, for `sts:GetCallerIdentity`, all that a login signs, needs no
   * permission, and it is Vault, not Gloo, that reads the role.
   */
  readonly policy: 'guide' | 'narrow';
}

/** Gloo's role: what its pods prove to Vault that they are (guide rows 2 and 3). Its name is a contract with Vault's role. */
export class AuthRole extends Construct {
  readonly role: IRole;

  constructor(scope: Construct, id: string, props: AuthRoleProps) {
    super(scope, id);
    const roleName = names.authRole(props.clusterName, props.generation);
    const role = new Role(this, 'Role', {
      roleName,
      description: 'Gloo logs in to Vault as this role',
      assumedBy: serviceAccountTrust(this, 'Trust', props),
    });
    this.role = role;
    if (props.policy === 'narrow') return;
    const policy = new ManagedPolicy(this, 'Policy', {
      managedPolicyName: names.authPolicy(props.clusterName, props.generation),
      description: 'As in the guide: reads of identities for the aws auth method',
      roles: [role],
      statements: [
        new PolicyStatement({
          sid: 'ReadIdentities',
          actions: ['iam:GetInstanceProfile', 'ec2:DescribeInstances', 'iam:GetUser', 'iam:GetRole'],
          resources: ['*'],
        }),
        new PolicyStatement({ sid: 'AssumeAuthRole', actions: ['sts:AssumeRole'], resources: [roleArn(this, roleName)] }),
      ],
    });
    acceptAnyResource(policy, 'The guide has these reads on every resource (row 3); identity.authPolicy "narrow" leaves the policy out.');
  }
}
