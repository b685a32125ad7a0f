import type { Observer } from '../observer';

type Data = Readonly<Record<string, unknown>>;

/** All that Vault holds beyond what it starts with, but for secrets. */
export interface Contents {
  /** Audit devices. */
  readonly audit: readonly string[];
  /** Secrets engines: `dev: kv 2`, `dev: kv 2, 3 versions`. */
  readonly engines: readonly string[];
  /** Auth methods: `aws: aws`. */
  readonly methods: readonly string[];
  /** By name, the paths of each. */
  readonly policies: Data;
  /** `auth/aws/config/client` and `auth/aws/role/…`, by path. */
  readonly auth: Readonly<Record<string, Data>>;
}

const BUILT_IN = { engines: ['cubbyhole', 'identity', 'secret', 'sys'], methods: ['token'], policies: ['default', 'root'] };

export async function contents(observer: Observer): Promise<Contents> {
  const [audit, mounts, methods, policies] = await Promise.all([
    observer.read('sys/audit'),
    observer.read('sys/mounts'),
    observer.read('sys/auth'),
    observer.list('sys/policies/acl'),
  ]);
  const awsMounts = mounted(methods, BUILT_IN.methods).filter(([, { type }]) => type === 'aws');
  const roles = await Promise.all(
    awsMounts.map(async ([mount]) => [`auth/${mount}/config/client`, ...(await observer.list(`auth/${mount}/role`)).map((role) => `auth/${mount}/role/${role}`)]),
  );
  return {
    audit: mounted(audit, []).map(([path]) => path),
    engines: await Promise.all(
      mounted(mounts, BUILT_IN.engines).map(async ([path, { type, options }]) => {
        const { version = '' } = (options ?? {}) as { version?: string };
        const versions = type === 'kv' ? Number((await observer.read(`${path}/config`))?.max_versions) : 0;
        return `${path}: ${String(type)} ${version}${versions > 0 ? `, ${versions} versions` : ''}`.trim();
      }),
    ),
    methods: mounted(methods, BUILT_IN.methods).map(([path, { type }]) => `${path}: ${String(type)}`),
    policies: await collect(
      policies.filter((name) => !BUILT_IN.policies.includes(name)),
      async (name) => policyPaths((await observer.read(`sys/policies/acl/${name}`))?.policy),
    ),
    auth: await collect(roles.flat(), async (path) => withoutIds(await observer.read(path))),
  };
}

function mounted(list: Data | undefined, builtIn: readonly string[]): [string, Data][] {
  return Object.entries(list ?? {})
    .filter(([path]) => path.endsWith('/'))
    .map(([path, value]): [string, Data] => [path.slice(0, -1), value as Data])
    .filter(([path]) => !builtIn.includes(path))
    .sort(([a], [b]) => a.localeCompare(b));
}

async function collect<T>(keys: readonly string[], read: (key: string) => Promise<T>): Promise<Record<string, T>> {
  return Object.fromEntries(await Promise.all([...keys].sort().map(async (key) => [key, await read(key)] as const)));
}

const policyPaths = (policy: unknown): unknown => (JSON.parse(String(policy)) as { path: unknown }).path;

function withoutIds(data: Data | undefined): Data {
  return Object.fromEntries(Object.entries(data ?? {}).filter(([key]) => key !== 'role_id'));
}
