import { tenantsOf } from '../tenants';
import type { WantedConfiguration } from '../wanted';
import { dataOf, differing, type Data, type VaultObject } from './vault-object';

/** In the place of the unique id of a role that IAM has no more. */
export const GONE = 'gone';

/** Unique id (`AROA…`) of an IAM role by its ARN, as far as it is known, or that it is gone. */
export type UniqueIds = Readonly<Record<string, string>>;

/**
 * `vault write auth/<mount>/role/<name> auth_type=iam bound_iam_principal_arn=… policies=… max_ttl=…` (rows 10, 15), one
 * for each IAM role that a Gloo may log in as. Vault binds none that is gone. One of another account it binds by ARN alone,
 * as operators: it may not read roles there.
 */
export function glooRoles(props: WantedConfiguration, uniqueIds: UniqueIds): VaultObject[] {
  return tenantsOf(props).flatMap(({ roles, policy, session, ids }) => {
    const there = roles.filter(({ principalArn }) => uniqueIds[principalArn] !== GONE);
    return there.map(({ name, principalArn }) => {
      const id = uniqueIds[principalArn];
      return role(
        props,
        name,
        {
          bound_iam_principal_arn: [principalArn],
          resolve_aws_unique_ids: ids,
          token_policies: [policy.name],
          token_max_ttl: Number(session.maxTtl),
          token_period: Number(session.period),
        },
        id === undefined ? {} : { bound_iam_principal_id: [id] },
      );
    });
  });
}

/**
 * The role that the Lambda logs in to. Bound by ARN alone: by unique id, a Lambda role made again would be locked out
 * for good, the root token being revoked. A batch token, for it is stored nowhere and ends by itself.
 */
export const provisionerRole = (props: WantedConfiguration): VaultObject => functionRole(props, props.provisioner);

/** The role that the snapshot function logs in to, in the same manner. */
export const snapshotRole = (props: WantedConfiguration): VaultObject[] => (props.snapshots ? [functionRole(props, props.snapshots)] : []);

/**
 * The role that people log in to. Bound by ARN alone, so that Vault needs no iam:GetRole on them, which other accounts
 * would not give it anyway; then it compares ARNs without a path, for a session's has none (`canonicalArn` in its aws
 * auth method), and a role of IAM Identity Center, which has one, would never match: the properties have none either.
 */
export function operatorRole(props: WantedConfiguration): VaultObject[] {
  if (!props.operators) return [];
  const { name, principalArns } = props.operators;
  return [
    role(props, name, {
      bound_iam_principal_arn: principalArns,
      resolve_aws_unique_ids: false,
      token_policies: [name],
      token_ttl: 1800,
      token_max_ttl: 3600,
    }),
  ];
}

function functionRole(props: WantedConfiguration, { name, principalArn }: { name: string; principalArn: string }): VaultObject {
  return role(props, name, {
    bound_iam_principal_arn: [principalArn],
    resolve_aws_unique_ids: false,
    token_policies: [name],
    token_no_default_policy: true,
    token_type: 'batch',
    token_max_ttl: 900,
  });
}

function role(props: WantedConfiguration, name: string, managed: Data, derived: Data = {}): VaultObject {
  const { mountPath } = props.authMethod;
  const path = `auth/${mountPath}/role/${name}`;
  return {
    name: `role ${name}`,
    path,
    payload: { auth_type: 'iam', ...managed },
    read: { path },
    within: `sys/auth/${mountPath}`,
    differences: (current) => differing(dataOf(current), { ...managed, ...derived }),
    // "changing resolve_aws_unique_ids from true to false is not allowed"
    anew: (current) => dataOf(current).resolve_aws_unique_ids === true && managed.resolve_aws_unique_ids === false,
    conflict: (current) => {
      const { auth_type: type } = dataOf(current);
      return type === 'iam' ? undefined : `the role "${name}" exists with auth_type "${String(type)}", which can't be changed to "iam"; vault delete ${path}, then deploy again`;
    },
  };
}
