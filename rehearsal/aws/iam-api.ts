import type { IamStore } from './iam';
import { AwsError, refuseOthers, required, type Xml } from './protocol';
import type { Session } from './sessions';

/**
 * IAM's `GetRole`. Permission is asked before existence, as IAM does: who may not look learns nothing.
 * @throws {AwsError} `AccessDenied` by the caller's policies or boundary, `NoSuchEntity`.
 */
export function getRole(iam: IamStore, parameters: URLSearchParams, caller: Session): Xml {
  refuseOthers(parameters, ['RoleName']);
  const roleName = required(parameters, 'RoleName');
  const role = iam.findRole(roleName);
  const resource = role?.arn ?? `arn:${iam.partition}:iam::${iam.account}:role/${roleName}`;
  const decision = iam.authorize(iam.role(caller.roleName), caller.sessionName, 'iam:GetRole', resource);
  if (!decision.allowed) {
    const kind = decision.byBoundary === true ? 'permissions boundary' : 'identity-based policy';
    const article = kind === 'identity-based policy' ? 'an' : 'a';
    const because = decision.explicit ? `with an explicit deny in ${article} ${kind}` : `because no ${kind} allows the iam:GetRole action`;
    throw new AwsError(
      'AccessDenied',
      403,
      `User: ${caller.arn} is not authorized to perform: iam:GetRole on resource: role ${roleName} ${because}`,
      `policies of ${caller.roleName}: ${decision.reason}`,
    );
  }
  if (role === undefined) {
    throw new AwsError('NoSuchEntity', 404, `The role with name ${roleName} cannot be found.`);
  }
  return {
    Role: {
      Path: role.path,
      RoleName: role.name,
      RoleId: role.id,
      Arn: role.arn,
      CreateDate: role.created.toISOString().replace(/\.\d+Z$/, 'Z'),
      AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(role.trustPolicy)),
      MaxSessionDuration: role.maxSessionDuration,
      RoleLastUsed: {},
    },
  };
}
