import { environments } from '../environments';
import { EnvironmentError } from '../../lib/environment/faults';
import { parseEnvironments, type ParseContext } from '../../lib/environment/parse';

/** A built-in environment to change in a test. */
export function input(name: 'dev' | 'existing'): Record<string, unknown> {
  return structuredClone(environments[name]) as unknown as Record<string, unknown>;
}

/** The environment with a value put at a dotted path; undefined takes the key out. */
export function withValue(environment: Record<string, unknown>, path: string, value: unknown): Record<string, unknown> {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = environment;
  for (const key of keys) at = (at[key] ??= {}) as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return environment;
}

/** The lines of the error, none when the environments are accepted. */
export function faults(environments: Record<string, unknown>, context?: ParseContext): readonly string[] {
  try {
    parseEnvironments(environments, context);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.faults;
    throw error;
  }
}
