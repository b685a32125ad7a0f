import type { Vault } from '../environment/environment';

/** Paths and capabilities of a Vault policy. */
export type PolicyPaths = Readonly<Record<string, readonly string[]>>;

/**
 * Gloo's policy in Vault.
 * `guide`: row 8 as it stands. `smallest`: what Gloo's client was seen to send, and no more: it lists and reads its own
 * kind of secret, and never asks for `sys/mounts`.
 */
export function glooPolicyPaths({ kv, policy }: { readonly kv: Pick<Vault['kv'], 'mountPath'>; readonly policy: Pick<Vault['policy'], 'form'> }): PolicyPaths {
  const mount = kv.mountPath;
  switch (policy.form) {
    case 'guide':
      return {
        [`${mount}/*`]: ['create', 'read', 'update', 'delete', 'list'],
        [`${mount}/`]: ['list'],
        'sys/mounts': ['read', 'list'],
      };
    case 'smallest':
      return {
        [`${mount}/metadata/gloo/gloo.solo.io/v1/Secret/*`]: ['list'],
        [`${mount}/data/gloo/gloo.solo.io/v1/Secret/*`]: ['read'],
      };
  }
}
