import type { z } from 'zod';
import { quote } from './words';

/** One thing wrong with the environments. */
export interface Fault {
  /** Where, from the environment's own key on: `['dev', 'cluster', 'create', 'name']`. */
  readonly path: readonly PropertyKey[];
  /** The value, what is wrong with it, what is allowed and the mend, in one line. */
  readonly message: string;
}

/**
 * All that is wrong with the environments, one line each. Thrown before any template is written.
 * It has no stack, for its cause is in a file of the user's and not in this code.
 */
export class EnvironmentError extends Error {
  readonly #source: string;
  readonly #faults: readonly string[];

  /**
   * @param source file that holds the environments
   * @param faults complete lines, in the order of the file
   */
  constructor(source: string, faults: readonly string[]) {
    super(
      `${source} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}, so no template was written:\n` +
        faults.map((fault) => `  ${fault}`).join('\n'),
    );
    this.name = 'EnvironmentError';
    this.stack = `${this.name}: ${this.message}`;
    this.#source = source;
    this.#faults = faults;
  }

  get source(): string {
    return this.#source;
  }

  get faults(): readonly string[] {
    return this.#faults;
  }
}

/** How a message of {@link MISSING} begins: the value was not given at all. */
export const MISSING = 'missing; ';

/**
 * `environments.dev.cluster.create.name: "" is not …`
 * @param root the key that the paths begin below.
 */
export function line({ path, message }: Fault, root = 'environments'): string {
  return `${keyOf([root, ...path])}: ${message}`;
}

/** The faults that zod found in one environment, whose messages the schema has already put into words. */
export function faultsOf(issues: readonly z.core.$ZodIssue[], path: readonly PropertyKey[]): readonly Fault[] {
  return issues.flatMap((issue): readonly Fault[] => {
    const at = [...path, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const messages = issue.message.split('\n');
      return issue.keys.map((key, index) => ({ path: [...at, key], message: messages[index] ?? issue.message }));
    }
    if (issue.code === 'invalid_union') {
      // The branch that recognised the value's shape has faults inside it.
      const inside = issue.errors.find((each) => each.some((one) => one.path.length > 0 || one.code === 'unrecognized_keys'));
      if (inside !== undefined) return faultsOf(inside, at);
    }
    return [{ path: at, message: issue.message }];
  });
}

function keyOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const name = String(part);
      if (!/^[\w-]+$/.test(name)) return `[${quote(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}
