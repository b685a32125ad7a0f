import { authorize } from './authorize';
import type { IamStore } from './iam';
import { AwsError } from './protocol';
import { refuseOthers, required } from './query-protocol';
import type { Session } from './sessions';
import type { Xml } from './xml';

/**
 * IAM's `GetRole`. Permission is asked before existence, as IAM does: who may not look learns nothing.
 * @throws {AwsError} `AccessDenied` by the caller's policies or boundary, `NoSuchEntity`.
 */
export function getRole(iam: IamStore, parameters: URLSearchParams, caller: Session): Xml {
  refuseOthers(parameters, ['RoleName']);
  const roleName = required(parameters, 'RoleName');
  const role = iam.findRole(roleName);
  const resource = role?.arn ?? `arn:${iam.partition}:iam::${iam.account}:role/${roleName}`;
  const verdict = authorize(iam, { caller, action: 'iam:GetRole', resource, context: {}, resourcePolicy: undefined, iamPolicies: 'full' });
  if (!verdict.allowed) {
    const message = `User: ${caller.arn} is not authorized to perform: iam:GetRole on resource: role ${roleName} ${verdict.because}`;
    throw new AwsError('AccessDenied', 403, message, verdict.detail);
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

/**
 * IAM's `ListOpenIDConnectProviders`. It knows no resources: a policy has to allow it on `*`.
 * @throws {AwsError} `AccessDenied`
 */
export function listOpenIdConnectProviders(iam: IamStore, parameters: URLSearchParams, caller: Session): Xml {
  refuseOthers(parameters, []);
  const action = 'iam:ListOpenIDConnectProviders';
  const verdict = authorize(iam, { caller, action, resource: '*', context: {}, resourcePolicy: undefined, iamPolicies: 'full' });
  if (!verdict.allowed) {
    const resource = `arn:${iam.partition}:iam::${iam.account}:oidc-provider/*`;
    throw new AwsError('AccessDenied', 403, `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${verdict.because}`, verdict.detail);
  }
  return { OpenIDConnectProviderList: { member: iam.oidcProviders.map(({ arn }) => ({ Arn: arn })) } };
}
