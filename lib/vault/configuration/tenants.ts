import { glooPolicyPaths } from '../policy';
import type { VaultConfigurationProperties } from './properties';
import type { WantedConfiguration } from './wanted';

type Own = Pick<VaultConfigurationProperties, 'secretsEngine' | 'policy' | 'roles' | 'session'>;

/** One Gloo that reads from a Vault: what there is in Vault once for each. None reaches what is another's. */
export interface Tenant extends Own {
  /** Whether its roles are of Vault's own account, so that Vault may read them and bind their unique ids. */
  readonly ids: boolean;
  /**
   * Description of its KV mount, by which a mount that is there already shows to be its own.
   * @default - a mount that is there is taken as it is
   */
  readonly sign?: string;
}

type Guest = NonNullable<VaultConfigurationProperties['guests']>[number];

/** The environment's own Gloo first, then those of other clusters. */
export function tenantsOf(props: WantedConfiguration): readonly [Tenant, ...Tenant[]] {
  const [, partition = '', , , account = ''] = props.provisioner.principalArn.split(':');
  const { secretsEngine, policy, roles, session, guests = [] } = props;
  return [{ secretsEngine, policy, roles, session, ids: true }, ...guests.map((guest) => tenant(guest, partition, account))];
}

/** The schedule's event has room for many guests only because what follows from the rest is not in it. */
function tenant({ cluster, account, mountPath, maxVersions, policy, roles, session }: Guest, partition: string, ownAccount: string): Tenant {
  const paths = glooPolicyPaths({ kv: { mountPath }, policy: { form: 'smallest' } });
  return {
    secretsEngine: { mountPath, maxVersions },
    policy: { name: policy, paths: Object.fromEntries(Object.entries(paths).map(([path, capabilities]) => [path, [...capabilities]])) },
    roles: roles.map((name) => ({ name, principalArn: `arn:${partition}:iam::${account}:role/${name}` })),
    session,
    ids: account === ownAccount,
    sign: `Secrets of Gloo in ${cluster} (${account})`,
  };
}

/** ARNs of the roles whose unique ids Vault binds. */
export function rolesWithIds(props: WantedConfiguration): readonly string[] {
  return tenantsOf(props).flatMap(({ ids, roles }) => (ids ? roles.map(({ principalArn }) => principalArn) : []));
}
