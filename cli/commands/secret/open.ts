import type { Command } from 'commander';
import type { Mask } from '../../../lib/vault/client/errors';
import type { SecretStore } from '../../gloo-secret/store';
import type { Io } from '../../io';
import type { GlobalOptions } from '../../options';

/** Gloo's secrets, as an operator's login reaches them. */
export interface Secrets {
  readonly store: SecretStore;
  /** Of the KV mount. */
  readonly mountPath: string;
  /** Gloo's own namespace. */
  readonly namespace: string;
}

/** Opens the way to the secrets, works, and gives it back however the work ends. */
export type OpenSecrets = <T>(io: Io, mask: Mask, options: GlobalOptions, work: (secrets: Secrets) => Promise<T>) => Promise<T>;

/** What the commands share. */
export interface Context {
  readonly io: Io;
  readonly mask: Mask;
  readonly open: OpenSecrets;
}

export interface NamespaceOption extends GlobalOptions {
  readonly namespace?: string;
}

/** With the operator's own login, whose token is revoked at the end. */
export const openSecrets: OpenSecrets = async (io, mask, options, work) => {
  const [{ withAccess }, { SecretStore }] = await Promise.all([import('../../access'), import('../../gloo-secret/store')]);
  return withAccess(io, mask, options, async (access) => {
    const { vault, gloo } = access.guest ?? access.environment;
    const { token } = await access.logIn();
    return work({ store: new SecretStore(access.vault, vault.kv.mountPath, token), mountPath: vault.kv.mountPath, namespace: gloo.namespace });
  });
};

export function withSecrets<T>({ io, mask, open }: Context, command: Command, work: (secrets: Secrets) => Promise<T>): Promise<T> {
  return open(io, mask, command.optsWithGlobals<GlobalOptions>(), work);
}
