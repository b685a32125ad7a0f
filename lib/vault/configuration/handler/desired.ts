import { isDeepStrictEqual } from 'node:util';
import type { VaultConfigurationProperties } from '../properties';

type Data = Readonly<Record<string, unknown>>;

/** One thing that Vault shall hold: where it is read, what is written, and when the two differ. */
export interface VaultObject {
  /** For log lines and errors: "policy dev". */
  readonly name: string;
  readonly path: string;
  readonly payload: Data;
  /** Where the current state is read: a path of its own, or a key of a list. */
  readonly read: { readonly path: string; readonly key?: string };
  /** Path of the mount that it lives in: while that is absent, so is this. */
  readonly within?: string;
  /** Keys that we manage and that differ. Others are the operator's: they are left alone. */
  differences(current: Data): readonly string[];
  /** Why the current state can't be changed into the wanted one, with the mend. */
  conflict?(current: Data): string | undefined;
}

/** What a configured Vault holds, in the order in which it is written: a phase needs the ones before it. */
export interface DesiredState {
  readonly phases: readonly (readonly VaultObject[])[];
  /** Objects that go away with the resource. Mounts stay: they hold data, or other people's roles. */
  readonly removable: readonly VaultObject[];
}

/**
 * Guide rows 6–10, the audit device (17) and the provisioner.
 * @param authRoleId unique id (`AROA…`) of Gloo's IAM role, which Vault binds beside its ARN.
 * @param also properties of another state that the provisioner must still reach: the one before a rename.
 */
export function desiredState(props: VaultConfigurationProperties, authRoleId: string | undefined, also?: VaultConfigurationProperties): DesiredState {
  const provisionerPolicy = policy(props.provisioner.name, { ...(also ? provisionerPaths(also) : {}), ...provisionerPaths(props) });
  const glooPolicy = policy(props.policy.name, props.policy.paths);
  const gloo = glooRole(props, authRoleId);
  const provisioner = provisionerRole(props);
  return {
    phases: [
      [provisionerPolicy],
      props.auditDevice === 'none' ? [] : [auditDevice(props.auditDevice)],
      [authMount(props), secretsMount(props), glooPolicy],
      [clientConfig(props)],
      [gloo, provisioner],
    ],
    removable: [gloo, glooPolicy, provisioner, provisionerPolicy],
  };
}

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
  };
}

/** `vault auth enable -path=<mount> aws` (row 6). */
function authMount(props: VaultConfigurationProperties): VaultObject {
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
function secretsMount(props: VaultConfigurationProperties): VaultObject {
  const { mountPath } = props.secretsEngine;
  return {
    name: `secrets engine ${mountPath}`,
    path: `sys/mounts/${mountPath}`,
    payload: { type: 'kv', options: { version: '2' } },
    read: { path: 'sys/mounts', key: `${mountPath}/` },
    differences: () => [],
    conflict: (current) => {
      if (current.type !== 'kv') return `the mount "${mountPath}/" exists with type "${String(current.type)}", not "kv"; choose another vault.kv.mountPath`;
      const version = (current.options as Data | null)?.version ?? '1';
      return version === '2'
        ? undefined
        : `the mount "${mountPath}/" holds KV version ${JSON.stringify(version)}, and Gloo reads version 2; vault kv enable-versioning ${mountPath} converts it, or choose another vault.kv.mountPath`;
    },
  };
}

/** `vault policy write <name>` (row 8), as JSON built from data: no text is pasted into HCL. */
function policy(name: string, paths: Readonly<Record<string, readonly string[]>>): VaultObject {
  const document = { path: Object.fromEntries(Object.entries(paths).map(([path, capabilities]) => [path, { capabilities }])) };
  const path = `sys/policies/acl/${name}`;
  return {
    name: `policy ${name}`,
    path,
    payload: { policy: JSON.stringify(document) },
    read: { path },
    differences: (current) => (isDeepStrictEqual(parsed(dataOf(current).policy), document) ? [] : ['policy']),
  };
}

/**
 * `vault write auth/<mount>/config/client iam_server_id_header_value=… sts_endpoint=… sts_region=…` (row 9), and no
 * static credential. Written only when it differs, for a write drops Vault's cached AWS clients.
 */
function clientConfig(props: VaultConfigurationProperties): VaultObject {
  const { mountPath, serverIdHeader, stsEndpoint, stsRegion } = props.authMethod;
  const path = `auth/${mountPath}/config/client`;
  const managed = { iam_server_id_header_value: serverIdHeader, sts_endpoint: stsEndpoint, sts_region: stsRegion, access_key: '' };
  return {
    name: `AWS client of auth method ${mountPath}`,
    path,
    payload: { ...managed, secret_key: '' },
    read: { path },
    within: `sys/auth/${mountPath}`,
    differences: (current) => differing(dataOf(current), managed),
  };
}

/** `vault write auth/<mount>/role/<name> auth_type=iam bound_iam_principal_arn=… policies=… max_ttl=…` (rows 10, 15). */
function glooRole(props: VaultConfigurationProperties, authRoleId: string | undefined): VaultObject {
  return role(
    props,
    props.role.name,
    {
      bound_iam_principal_arn: [props.role.principalArn],
      resolve_aws_unique_ids: true,
      token_policies: [props.policy.name],
      token_max_ttl: Number(props.role.maxTtl),
      token_period: Number(props.role.period),
    },
    authRoleId === undefined ? {} : { bound_iam_principal_id: [authRoleId] },
  );
}

/**
 * The role that the Lambda logs in to. Bound by ARN alone: by unique id, a Lambda role made again would be locked out
 * for good, the root token being revoked. A batch token, for it is stored nowhere and ends by itself.
 */
function provisionerRole(props: VaultConfigurationProperties): VaultObject {
  return role(props, props.provisioner.name, {
    bound_iam_principal_arn: [props.provisioner.principalArn],
    resolve_aws_unique_ids: false,
    token_policies: [props.provisioner.name],
    token_no_default_policy: true,
    token_type: 'batch',
    token_max_ttl: 900,
  });
}

function role(props: VaultConfigurationProperties, name: string, managed: Data, derived: Data = {}): VaultObject {
  const { mountPath } = props.authMethod;
  const path = `auth/${mountPath}/role/${name}`;
  return {
    name: `role ${name}`,
    path,
    payload: { auth_type: 'iam', ...managed },
    read: { path },
    within: `sys/auth/${mountPath}`,
    differences: (current) => differing(dataOf(current), { ...managed, ...derived }),
    conflict: (current) => {
      const { auth_type: type } = dataOf(current);
      return type === 'iam' ? undefined : `the role exists with auth_type "${String(type)}", which can't be changed to "iam"; vault delete ${path}, then deploy again`;
    },
  };
}

/**
 * Just the paths that this file writes. Who may write a policy is root-equivalent in Vault; what guards this one is the
 * IAM trust of a role that only the configuration function can assume.
 */
function provisionerPaths(props: VaultConfigurationProperties): Record<string, readonly string[]> {
  const auth = props.authMethod.mountPath;
  const entry = ['create', 'read', 'update', 'delete'];
  return {
    'sys/mounts': ['read'],
    [`sys/mounts/${props.secretsEngine.mountPath}`]: ['update'],
    'sys/auth': ['read'],
    [`sys/auth/${auth}`]: ['update', 'sudo'],
    ...(props.auditDevice === 'none' ? {} : { 'sys/audit': ['read', 'sudo'], [`sys/audit/${props.auditDevice}`]: ['update', 'sudo'] }),
    [`sys/policies/acl/${props.policy.name}`]: ['read', 'update', 'delete'],
    [`sys/policies/acl/${props.provisioner.name}`]: ['read', 'update', 'delete'],
    [`auth/${auth}/config/client`]: ['create', 'read', 'update'],
    [`auth/${auth}/role/${props.role.name}`]: entry,
    [`auth/${auth}/role/${props.provisioner.name}`]: entry,
  };
}

/** Vault wraps what it reads in `data`. */
function dataOf(answer: Data): Data {
  return (answer.data as Data | undefined) ?? answer;
}

function differing(current: Data, managed: Data): string[] {
  return Object.entries(managed)
    .filter(([key, value]) => !isDeepStrictEqual(sorted(current[key]), sorted(value)))
    .map(([key]) => key);
}

const sorted = (value: unknown): unknown => (Array.isArray(value) ? [...(value as unknown[])].sort() : value);

function pick(from: unknown, like: Data): Data {
  return Object.fromEntries(Object.keys(like).map((key) => [key, (from as Data | null)?.[key]]));
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // HCL that somebody wrote by hand: it differs.
    throw error;
  }
}
