import type { Observer } from '../observer';
import { DEV_ROOT_TOKEN } from '../vault/vault-process';

const KEPT_MOUNTS = ['cubbyhole/', 'identity/', 'secret/', 'sys/'];

/** Makes a dev-mode Vault what its chart starts, without the restart: mounts, policies and audit devices gone, root token valid. */
export async function emptyVault(observer: Observer): Promise<void> {
  const remove = async (at: string, kept: readonly string[]) => {
    const found = Object.keys((await observer.read(at)) ?? {}).filter((key) => key.endsWith('/') && !kept.includes(key));
    await Promise.all(found.map((key) => observer.delete(`${at}/${key.slice(0, -1)}`)));
  };
  await Promise.all([remove('sys/auth', ['token/']), remove('sys/mounts', KEPT_MOUNTS), remove('sys/audit', [])]);
  const policies = (await observer.list('sys/policies/acl')).filter((name) => !['default', 'root'].includes(name));
  await Promise.all(policies.map((name) => observer.delete(`sys/policies/acl/${name}`)));
  if (!(await observer.knows(DEV_ROOT_TOKEN))) await observer.write('auth/token/create-orphan', { id: DEV_ROOT_TOKEN, policies: ['root'], ttl: '30m' });
}
