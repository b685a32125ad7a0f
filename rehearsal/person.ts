import type { Environment } from '../lib/environment/environment';
import type { AccessEntry } from './api-server/access-entries';
import type { IamStore } from './aws/iam';

/** A person who is no part of the templates: an IAM role that IAM Identity Center lets in. */
export interface Person {
  readonly roleName: string;
  /** `/` or `/a/b/`. */
  readonly path: string;
  readonly roleArn: string;
  /** Whether the environment names the person in `vault.operators`. */
  readonly named: boolean;
}

/** Whom a person's role lets in. */
export const IDENTITY_CENTER = 'sso.amazonaws.com';
const ADMIN = 'AmazonEKSClusterAdminPolicy';

/** The operator of a rehearsal: the first role of the account that the environment names, else one of the rehearsal's own. */
export function operatorOf({ vault, account, partition }: Environment): Person {
  const roles = `arn:${partition.name}:iam::${account}:role/`;
  const named = vault.operators.find((arn) => arn.startsWith(roles));
  const roleArn = named ?? `${roles}rehearsal/operator`;
  const [roleName = '', ...folders] = roleArn.slice(roles.length).split('/').reverse();
  return { roleName, path: folders.length === 0 ? '/' : `/${folders.reverse().join('/')}/`, roleArn, named: named !== undefined };
}

/** Lets a person sign in. @param statements what they may do in AWS. @default - nothing: a login needs no permission */
export function addPerson(iam: IamStore, { roleName, path }: Pick<Person, 'roleName' | 'path'>, statements: readonly unknown[] = []): void {
  iam.addRole(roleName, IDENTITY_CENTER, statements, path);
}

/**
 * The cluster's access entries, with the operator as cluster-admin: by the templates' own entry, which `adminArns` makes,
 * or as its administrator would make one by hand, for an imported cluster or where nobody was named.
 */
export function withOperator(entries: readonly AccessEntry[], { roleArn }: Person): readonly AccessEntry[] {
  if (entries.some(({ principalArn }) => principalArn === roleArn)) return entries;
  return [...entries, { principalArn: roleArn, kubernetesGroups: [], accessPolicies: [ADMIN] }];
}
