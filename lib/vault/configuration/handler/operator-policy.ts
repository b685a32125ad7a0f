import type { PolicyPaths } from '../../policy';
import { tenantsOf, type Tenant } from '../tenants';
import type { WantedConfiguration } from '../wanted';
import { RAFT_PEERS } from './raft-peers';

/**
 * What an operator may do in Vault: write and check Gloo's secrets, those of guests too, whose people come by no other way, and read how Vault is configured. No policy, role or
 * mount can be changed with it, and no other secret read.
 */
export function operatorPaths(props: WantedConfiguration): PolicyPaths {
  const { authMethod, provisioner, snapshots, operators } = props;
  const tenants = tenantsOf(props);
  const auth = `auth/${authMethod.mountPath}`;
  const named = (names: readonly (string | undefined)[], path: (name: string) => string): PolicyPaths =>
    Object.fromEntries(names.flatMap((name) => (name === undefined ? [] : [[path(name), ['read']] as const])));
  return {
    ...each(tenants, ({ secretsEngine: { mountPath } }) => ({
      // `read` as well: a secret that can't be read back can't be checked, and one that is malformed fails Gloo's whole list.
      [`${mountPath}/data/gloo/gloo.solo.io/v1/Secret/*`]: ['create', 'read', 'update'],
      // `delete` takes a secret with all its versions: what `vault kv delete` leaves behind crashes Gloo's client.
      [`${mountPath}/metadata/gloo/gloo.solo.io/v1/Secret/*`]: ['list', 'read', 'delete'],
    })),
    // Whether the configuration still is what was deployed. The two lists have mounts' names and types, and nothing in them.
    'sys/auth': ['read'],
    'sys/mounts': ['read'],
    [`${auth}/config/client`]: ['read'],
    ...each(tenants, ({ secretsEngine: { mountPath } }) => ({ [`${mountPath}/config`]: ['read'] })),
    ...named([...tenants.map(({ policy }) => policy.name), provisioner.name, snapshots?.name, operators?.name], (name) => `sys/policies/acl/${name}`),
    ...named([...tenants.flatMap(({ roles }) => roles.map(({ name }) => name)), provisioner.name, snapshots?.name, operators?.name], (name) => `${auth}/role/${name}`),
    // What there is that the app did not make, by name: `doctor` lists it, and no policy or role of others can be read.
    'sys/policies/acl/': ['list'],
    [`${auth}/roles/`]: ['list'],
    // Whether there is an audit device: Vault shows it to nobody without `sudo`.
    'sys/audit': ['read', 'sudo'],
    // Whether all replicas vote: their names and addresses, which are those of the pods.
    ...(props.initialisation ? { [RAFT_PEERS]: ['read'] } : {}),
    // Whether a root token is left: among all tokens, whose accessors Vault lists to nobody without `sudo`. An accessor gives
    // no token, and without revoke-accessor nothing can be done with it but to look up whose it is.
    'auth/token/accessors/': ['list', 'sudo'],
    'auth/token/lookup-accessor': ['update'],
    // A command ends with the end of its token. Vault's policy "default" allows it as well, as long as nobody edits that.
    'auth/token/revoke-self': ['update'],
  };
}

const each = (tenants: readonly Tenant[], paths: (tenant: Tenant) => PolicyPaths): PolicyPaths => Object.assign({}, ...tenants.map(paths)) as PolicyPaths;
