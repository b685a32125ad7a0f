import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { tenantsOf, type Tenant } from '../tenants';
import type { WantedConfiguration } from '../wanted';
import { deploymentDigest, markPath } from './mark';
import { operatorPaths } from './operator-policy';
import { policy } from './policy-object';
import { RAFT_PEERS } from './raft-peers';
import { glooRoles, operatorRole, provisionerRole, snapshotRole, type UniqueIds } from './roles';
import { dataOf, differing, type Data, type VaultObject } from './vault-object';

/** What a configured Vault holds. */
export interface DesiredState {
  /** All that the provisioner's login rests on and more, in the order in which it is written: a phase needs the ones before it. */
  readonly phases: readonly (readonly VaultObject[])[];
  /** Gloos' roles: written when the way in is proven and the root token gone, so that their presence shows both. */
  readonly last: readonly VaultObject[];
}

/**
 * Guide rows 6–10, the audit device (17) and the provisioner.
 * @param uniqueIds of Gloos' IAM roles, which Vault binds beside their ARNs; one that is not known is not compared.
 * @param from properties of another state that the provisioner must still reach: the one before a rename.
 */
export function desiredState(props: WantedConfiguration, uniqueIds: UniqueIds, from?: WantedConfiguration): DesiredState {
  const tenants = tenantsOf(props);
  return {
    phases: [
      [provisionerPolicy(props.provisioner.name, props, from)],
      props.auditDevice === 'none' ? [] : [auditDevice(props.auditDevice)],
      [authMount(props), ...tenants.flatMap((tenant) => [secretsMount(tenant), glooPolicy(tenant)]), ...snapshotPolicy(props), ...operatorPolicy(props)],
      [clientConfig(props), ...tenants.map(secretsConfig), provisionerRole(props), ...snapshotRole(props), ...operatorRole(props)],
    ],
    last: glooRoles(props, uniqueIds),
  };
}

/** Digest of all that is written: another where this file gives Vault something else for the same properties. */
export function contentsDigest(props: WantedConfiguration): string {
  const { phases, last } = desiredState(props, {});
  const contents = [...phases.flat(), ...last].map(({ path, payload }) => [path, payload]);
  return createHash('sha256').update(JSON.stringify(contents)).digest('hex').slice(0, 12);
}

/**
 * Objects that go away with the resource, in this order: the provisioner's last, for without them nobody comes in to
 * remove the rest. Mounts stay: they hold data, or other people's roles. So does the audit device.
 */
export function removableObjects(props: WantedConfiguration): readonly VaultObject[] {
  return [
    ...glooRoles(props, {}),
    ...tenantsOf(props).map(glooPolicy),
    ...operatorRole(props),
    ...operatorPolicy(props),
    ...snapshotRole(props),
    ...snapshotPolicy(props),
    provisionerRole(props),
    provisionerPolicy(props.provisioner.name, props),
  ];
}

/** What the earlier properties made and the new ones do not name any more. */
export function obsoleteObjects(props: WantedConfiguration, previous: WantedConfiguration): readonly VaultObject[] {
  const kept = new Set([...removableObjects(props).map(({ path }) => path), `sys/audit/${props.auditDevice}`]);
  const audit = previous.auditDevice === 'none' ? [] : [auditDevice(previous.auditDevice)];
  return [...removableObjects(previous), ...audit].filter(({ path }) => !kept.has(path));
}

/** Whether the provisioner has other paths to reach in one state than in the other. */
export function reachDiffers(a: WantedConfiguration, b: WantedConfiguration): boolean {
  return !isDeepStrictEqual(provisionerPaths(a), provisionerPaths(b));
}

/**
 * What the function may do in Vault, as a policy of the given name, with the deployment's mark.
 * @param from as in {@link desiredState}.
 */
export function provisionerPolicy(name: string, props: WantedConfiguration, from?: WantedConfiguration): VaultObject {
  const mark = { [markPath(deploymentDigest(props))]: ['deny'] };
  if (from === undefined) return policy(name, { ...mark, ...provisionerPaths(props) });
  const audit = obsoleteObjects(props, from).filter(({ path }) => path.startsWith('sys/audit/'));
  return policy(name, {
    ...mark,
    ...provisionerPaths(from),
    ...provisionerPaths(props),
    ...Object.fromEntries(audit.map(({ path }) => [path, ['delete', 'sudo']])),
  });
}

const glooPolicy = ({ policy: { name, paths } }: Tenant) => policy(name, paths);

/** `vault audit enable -path=stdout file file_path=stdout`. Standard output cannot fill a disk, and a full one stops Vault. */
function auditDevice(path: string): VaultObject {
  const options = { file_path: 'stdout' };
  return {
    name: `audit device ${path}`,
    path: `sys/audit/${path}`,
    payload: { type: 'file', options },
    read: { path: 'sys/audit', key: `${path}/` },
    differences: () => [],
    conflict: (current) =>
      current.type === 'file' && isDeepStrictEqual(pick(current.options, options), options)
        ? undefined
        : `the audit device "${path}/" exists with type "${String(current.type)}" and other options; an audit device can't be changed: vault audit disable ${path}, then deploy again`,
    // A request to enable it that was cut off leaves a device that logs, and that Vault neither lists nor enables again (1.21.1).
    inForce: (reason) =>
      /backend already registered/i.test(reason) ? `audit device ${path} is in force; Vault lists it once it was restarted and configured again, for a run was cut off while it was made` : undefined,
  };
}

/** `vault auth enable -path=<mount> aws` (row 6). */
function authMount(props: WantedConfiguration): VaultObject {
  const { mountPath } = props.authMethod;
  return {
    name: `auth method ${mountPath}`,
    path: `sys/auth/${mountPath}`,
    payload: { type: 'aws' },
    read: { path: 'sys/auth', key: `${mountPath}/` },
    differences: () => [],
    conflict: (current) =>
      current.type === 'aws'
        ? undefined
        : `the auth mount "${mountPath}/" exists with type "${String(current.type)}", not "aws"; choose another vault.auth.mountPath, or vault auth disable ${mountPath}`,
  };
}

/** `vault secrets enable -path=<mount> -version=2 kv` (row 7). */
function secretsMount({ secretsEngine: { mountPath }, sign }: Tenant): VaultObject {
  return {
    name: `secrets engine ${mountPath}`,
    path: `sys/mounts/${mountPath}`,
    payload: { type: 'kv', options: { version: '2' }, ...(sign === undefined ? {} : { description: sign }) },
    read: { path: 'sys/mounts', key: `${mountPath}/` },
    differences: () => [],
    conflict: (current) => {
      if (current.type !== 'kv') return `the mount "${mountPath}/" exists with type "${String(current.type)}", not "kv"; choose another vault.kv.mountPath`;
      const version = (current.options as Data | null)?.version ?? '1';
      // What a guest leaves in its mount is not for the next one.
      if (sign !== undefined && current.description !== sign) {
        return `the mount "${mountPath}/" exists, and by its description it is not that of ${sign.replace(/^.* in /, '')}; choose another vault.kv.mountPath for that guest, or let it have what is in there: vault secrets tune -description='${sign}' ${mountPath}`;
      }
      return version === '2'
        ? undefined
        : `the mount "${mountPath}/" holds KV version ${JSON.stringify(version)}, and Gloo reads version 2; vault kv enable-versioning ${mountPath} converts it, or choose another vault.kv.mountPath`;
    },
  };
}

/** `vault write <mount>/config max_versions=…`. */
function secretsConfig({ secretsEngine: { mountPath, maxVersions } }: Tenant): VaultObject {
  const path = `${mountPath}/config`;
  const managed = { max_versions: Number(maxVersions) };
  return {
    name: `configuration of secrets engine ${mountPath}`,
    path,
    payload: managed,
    read: { path },
    within: `sys/mounts/${mountPath}`,
    initial: { max_versions: 0 },
    differences: (current) => differing(dataOf(current), managed),
  };
}

/**
 * `vault write auth/<mount>/config/client iam_server_id_header_value=… sts_endpoint=… sts_region=…` (row 9), and no
 * static credential. Written only when it differs, for a write drops Vault's cached AWS clients.
 */
function clientConfig(props: WantedConfiguration): VaultObject {
  const { mountPath, serverIdHeader, stsEndpoint, stsRegion } = props.authMethod;
  const path = `auth/${mountPath}/config/client`;
  const managed = { iam_server_id_header_value: serverIdHeader, sts_endpoint: stsEndpoint, sts_region: stsRegion, access_key: '' };
  return {
    name: `AWS client of auth method ${mountPath}`,
    path,
    payload: { ...managed, secret_key: '' },
    read: { path },
    within: `sys/auth/${mountPath}`,
    // Whose key it is, is nobody's business but its owner's.
    differences: (current) => differing(dataOf(current), managed).map((each) => (each.key === 'access_key' ? { ...each, found: 'set' } : each)),
  };
}

/** A snapshot holds all of Vault, encrypted by a key that only the seal opens: who has one needs KMS as well. */
const snapshotPolicy = ({ snapshots }: WantedConfiguration): VaultObject[] => (snapshots ? [policy(snapshots.name, { 'sys/storage/raft/snapshot': ['read'] })] : []);

const operatorPolicy = (props: WantedConfiguration): VaultObject[] => (props.operators ? [policy(props.operators.name, operatorPaths(props))] : []);

/**
 * Just the paths that this file writes. Who may write a policy is root-equivalent in Vault; what guards this one is the
 * IAM trust of a role that only the configuration function can assume.
 */
function provisionerPaths(props: WantedConfiguration): Record<string, readonly string[]> {
  const auth = props.authMethod.mountPath;
  const entry = ['create', 'read', 'update', 'delete'];
  return {
    'sys/mounts': ['read'],
    'sys/auth': ['read'],
    [`sys/auth/${auth}`]: ['update', 'sudo'],
    ...(props.auditDevice === 'none' ? {} : { 'sys/audit': ['read', 'sudo'], [`sys/audit/${props.auditDevice}`]: ['update', 'sudo'] }),
    [`sys/policies/acl/${props.provisioner.name}`]: ['read', 'update', 'delete'],
    [`auth/${auth}/config/client`]: ['create', 'read', 'update'],
    ...Object.fromEntries(
      tenantsOf(props).flatMap(({ secretsEngine: { mountPath }, policy: { name }, roles }): [string, readonly string[]][] => [
        [`sys/mounts/${mountPath}`, ['update']],
        // How many versions it keeps: no path with a secret in it.
        [`${mountPath}/config`, ['read', 'update']],
        [`sys/policies/acl/${name}`, ['read', 'update', 'delete']],
        ...roles.map((role): [string, readonly string[]] => [`auth/${auth}/role/${role.name}`, entry]),
      ]),
    ),
    [`auth/${auth}/role/${props.provisioner.name}`]: entry,
    ...(props.initialisation ? { [RAFT_PEERS]: ['read'] } : {}),
    ...[props.snapshots, props.operators].reduce((all, own) => (own ? { ...all, [`sys/policies/acl/${own.name}`]: ['read', 'update', 'delete'], [`auth/${auth}/role/${own.name}`]: entry } : all), {}),
  };
}

function pick(from: unknown, like: Data): Data {
  return Object.fromEntries(Object.keys(like).map((key) => [key, (from as Data | null)?.[key]]));
}
