import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ClusterEnvironment, Environment } from '../environment/environment';

/**
 * Names that stacks share, in place of exports: fixed by the guide (rows 2, 3, 19) or in its manner. Every role's
 * prefix is at most 13 characters long, which leaves a cluster's name 51 of IAM's 64.
 */
export const names = {
  /** Gloo's auth role, and by the same name its role in Vault: without `vaultRole` Gloo logs in by its IAM role's name. */
  authRole: (cluster: string, generation: number) => `dev-role-iam-${cluster}${generationSuffix(generation)}`,
  authPolicy: (cluster: string, generation: number) => `gloo-vault-auth-policy-${cluster}${generationSuffix(generation)}`,
  /** The role that Vault's own pods run as. */
  serverRole: (cluster: string) => `vault-server-${cluster}`,
  getRolePolicy: (cluster: string) => `gloo-vault-auth-get-role-policy-${cluster}`,
  /** The execution role of the function that configures Vault. */
  configurationRole: (cluster: string) => `vault-config-${cluster}`,
  /** The execution role of the function that takes snapshots, and by the same name its role in Vault. */
  snapshotRole: (cluster: string) => `vault-backup-${cluster}`,
  /** The operators' role in Vault, and by the same name their policy. No role of IAM. */
  operatorRole: (cluster: string) => `vault-operator-${cluster}`,
  /** The execution role of the function that proves Gloo's login. */
  proofRole: (cluster: string) => `gloo-proof-${cluster}`,
  /** The execution role of the function that guards the auth role that Gloo logs in by. */
  gateRole: (cluster: string) => `gloo-gate-${cluster}`,
  /** The execution role of the function that applies Gloo's CRDs. */
  crdsRole: (cluster: string) => `gloo-crds-${cluster}`,
  /** The execution role of the function that waits for Gloo's load balancers to go. */
  drainRole: (cluster: string) => `gloo-drain-${cluster}`,
  /** The same for the load balancer by which other clusters reach Vault. */
  vaultDrainRole: (cluster: string) => `vault-drain-${cluster}`,
  /** The execution role of the function that restarts a Gloo which has lost its login. */
  healingRole: (cluster: string) => `gloo-healing-${cluster}`,
  /** The execution role of the function that watches Vault. */
  watchRole: (cluster: string) => `vault-watch-${cluster}`,
} as const;

/** What a generation adds to the guide's names: nothing to those of the first. It also takes its part of {@link LONGEST_ROLE_NAME}. */
export function generationSuffix(generation: number): string {
  return generation === 1 ? '' : `-${generation}`;
}

/** IAM's limit. */
export const LONGEST_ROLE_NAME = 64;

type Generations = Pick<ClusterEnvironment, 'cluster' | 'identity'>;

/** Names of the roles that Gloo may log in as, one a generation. */
export function authRoles({ cluster, identity }: Generations): readonly string[] {
  return identity.generations.map((generation) => names.authRole(cluster.name, generation));
}

/** Roles that Vault of an environment reads and binds by their unique ids: of its own Gloo, and of guests in its account. */
export function boundRoles({ guests, ...own }: Environment): readonly string[] {
  return [own, ...guests.filter(({ account }) => account === own.account)].flatMap(authRoles);
}

/** Name of the role that Gloo's pods have: the last generation's. */
export function glooAuthRole({ cluster, identity }: Generations): string {
  return names.authRole(cluster.name, glooGeneration(identity));
}

/** The generation that Gloo logs in by: the last. */
export function glooGeneration({ generations }: ClusterEnvironment['identity']): number {
  return generations.at(-1) ?? 1;
}

/** ARN of a role of the environment's account and partition, in plain text. */
export function environmentRoleArn({ partition, account }: Pick<ClusterEnvironment, 'partition' | 'account'>, roleName: string): string {
  return `arn:${partition.name}:iam::${account}:role/${roleName}`;
}

/** The same in a template. */
export function roleArn(scope: Construct, roleName: string): string {
  return Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: roleName });
}

/** Service accounts whose tokens Gloo's auth role accepts: `discovery` only where it runs. */
export function glooServiceAccounts(gloo: ClusterEnvironment['gloo']): string[] {
  return gloo.discovery ? ['gloo', 'discovery'] : ['gloo'];
}
