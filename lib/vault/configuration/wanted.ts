import type { Environment, GuestEnvironment, Raft, Vault } from '../../environment/environment';
import { authRoles, environmentRoleArn, names } from '../../identity/names';
import { withoutPath } from '../../identity/principal';
import { vaultAddresses } from '../addresses';
import { glooPolicyPaths } from '../policy';
import type { VaultConfigurationProperties } from './properties';

type Initialisation = NonNullable<VaultConfigurationProperties['initialisation']>;

/** What of `Custom::VaultConfiguration`'s properties the environment decides alone: all that says what Vault shall hold. */
export interface WantedConfiguration extends Omit<VaultConfigurationProperties, 'cluster' | 'initialisation'> {
  readonly initialisation?: Omit<Initialisation, 'secretArn'>;
}

/** The configuration of an environment's Vault, for the template and for whoever compares a Vault with it. */
export function vaultConfigurationProperties(environment: Environment): WantedConfiguration {
  const { vault, cluster, region, partition, guests } = environment;
  const named = (name: string) => ({ name, principalArn: environmentRoleArn(environment, name) });
  return {
    vault: { namespace: vault.namespace, service: vaultAddresses(vault).service, mode: vault.mode },
    ...(vault.raft ? { initialisation: initialisation(vault, vault.raft), snapshots: named(names.snapshotRole(cluster.name)) } : {}),
    ...(vault.operators.length > 0 ? { operators: { name: names.operatorRole(cluster.name), principalArns: vault.operators.map(withoutPath) } } : {}),
    auditDevice: vault.audit ? 'stdout' : 'none',
    authMethod: {
      mountPath: vault.auth.mountPath,
      serverIdHeader: vault.auth.serverIdHeader,
      stsEndpoint: `https://sts.${region}.${partition.dnsSuffix}`,
      stsRegion: region,
    },
    secretsEngine: { mountPath: vault.kv.mountPath, maxVersions: String(vault.kv.maxVersions) },
    policy: { name: vault.policy.name, paths: Object.fromEntries(Object.entries(glooPolicyPaths(vault)).map(([path, capabilities]) => [path, [...capabilities]])) },
    roles: authRoles(environment).map(named),
    session: sessionProperties(vault.auth.session),
    ...(guests.length > 0 ? { guests: guests.map(guest) } : {}),
    provisioner: named(names.configurationRole(cluster.name)),
  };
}

function guest(environment: GuestEnvironment): NonNullable<VaultConfigurationProperties['guests']>[number] {
  const { account, cluster, vault } = environment;
  return { cluster: cluster.name, account, mountPath: vault.kv.mountPath, maxVersions: String(vault.kv.maxVersions), policy: vault.policy.name, roles: [...authRoles(environment)], session: sessionProperties(vault.auth.session) };
}

function initialisation(vault: Vault, { replicas, recovery }: Raft): Omit<Initialisation, 'secretArn'> {
  const [pod = ''] = vaultAddresses(vault).pods;
  return { pod, replicas: String(replicas), recoveryShares: String(recovery.shares), recoveryThreshold: String(recovery.threshold) };
}

function sessionProperties(session: Vault['auth']['session']): VaultConfigurationProperties['session'] {
  return { maxTtl: String('maxTtl' in session ? session.maxTtl : 0), period: String('period' in session ? session.period : 0) };
}
