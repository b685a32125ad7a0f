import { resolve } from 'node:path';
import type { Environment } from '../lib/environment/environment';
import { joinOr, quote, suggestion } from '../lib/environment/words';
import { WrongUse } from './failures';
import type { Io } from './io';
import type { GlobalOptions } from './options';

/**
 * The environment that a command works on.
 * @throws EnvironmentError where the file or an environment in it is faulty; WrongUse where none or several are meant.
 */
export async function chosenEnvironment(io: Pick<Io, 'cwd'>, options: GlobalOptions): Promise<Environment> {
  const [{ loadEnvironments }, { environments: builtIn }] = await Promise.all([import('../lib/environment/load'), import('../bin/environments')]);
  const file = options.environments === undefined ? undefined : resolve(io.cwd, options.environments);
  return choose(loadEnvironments(file, builtIn), options.environment);
}

function choose(environments: readonly Environment[], name: string | undefined): Environment {
  const names = environments.map((environment) => environment.name);
  if (name === undefined) {
    const [only, ...others] = environments;
    if (only !== undefined && others.length === 0) return only;
    throw new WrongUse(`There are ${names.length} environments: say which one is meant, --environment ${joinOr(names)}.`);
  }
  const found = environments.find((environment) => environment.name === name);
  if (found !== undefined) return found;
  throw new WrongUse(`--environment ${quote(name)}: there is no such environment; there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}.${suggestion(name, names)}`);
}
