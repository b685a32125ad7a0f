import { resolve } from 'node:path';
import type { Environment, GuestEnvironment } from '../lib/environment/environment';
import { joinOr, quote, suggestion } from '../lib/environment/words';
import { WrongUse } from './failures';
import type { Io } from './io';
import type { GlobalOptions } from './options';

/** What a command works on: an environment with a Vault, or a guest of it. */
export interface Chosen {
  /** Whose Vault it is. */
  readonly owner: Environment;
  /** The one that is meant, where it reads from the owner's Vault. */
  readonly guest?: GuestEnvironment;
}

/**
 * The environment that a command works on, which has a Vault of its own.
 * @throws as {@link chosen}; WrongUse for a guest.
 */
export async function chosenEnvironment(io: Pick<Io, 'cwd'>, options: GlobalOptions): Promise<Environment> {
  const { owner, guest } = await chosen(io, options);
  if (guest) throw noVault(guest);
  return owner;
}

/** For a command that is about the Vault of a cluster, or all that is in it. */
export function noVault({ name, gloo, vault: { owner } }: GuestEnvironment): WrongUse {
  return new WrongUse(
    `"${name}" has no Vault of its own: it reads from that of "${owner}". This command is for -e ${owner}; secret and login take ${name} too, by the cluster of ${owner}. ` +
      `Whether Gloo of ${name} logs in, its own functions say: the proof when ${name}/Gloo is deployed, and the log of the one that heals it, every minute. Helm's records of it: kubectl get secrets -n ${gloo.namespace} -l owner=helm.`,
  );
}

/**
 * The environment that a command works on, a guest with the owner of its Vault.
 * @throws EnvironmentError where the file or an environment in it is faulty; WrongUse where none or several are meant.
 */
export async function chosen(io: Pick<Io, 'cwd'>, options: GlobalOptions): Promise<Chosen> {
  const [{ loadEnvironments }, { environments: builtIn }] = await Promise.all([import('../lib/environment/load'), import('../bin/environments')]);
  const file = options.environments === undefined ? undefined : resolve(io.cwd, options.environments);
  return choose(loadEnvironments(file, builtIn), options.environment);
}

function choose(environments: readonly Environment[], name: string | undefined): Chosen {
  const all = environments.flatMap((owner): readonly (Chosen & { readonly name: string })[] => [{ name: owner.name, owner }, ...owner.guests.map((guest) => ({ name: guest.name, owner, guest }))]);
  const names = all.map((each) => each.name);
  if (name === undefined) {
    const [only, ...others] = all;
    if (only !== undefined && others.length === 0) return only;
    throw new WrongUse(`There are ${names.length} environments: say which one is meant, --environment ${joinOr(names)}.`);
  }
  const found = all.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw new WrongUse(`--environment ${quote(name)}: there is no such environment; there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}.${suggestion(name, names)}`);
}
