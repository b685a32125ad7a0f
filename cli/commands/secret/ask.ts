import type { Ask } from '../../gloo-secret/parts';
import type { Io } from '../../io';

/** Asks on a terminal, on stderr, so that stdout stays the result; undefined where there is none. */
export function askFor(io: Io): Ask | undefined {
  if (!io.stdin.isTTY) return undefined;
  return async (message, hidden) => {
    const { input, password } = await import('@inquirer/prompts');
    const context = { input: io.stdin, output: io.stderr, signal: io.interrupted };
    return hidden ? password({ message, validate: filled }, context) : input({ message, validate: filled }, context);
  };
}

/** Yes or no; undefined where nobody is there to say. */
export async function confirmed(io: Io, message: string): Promise<boolean | undefined> {
  if (!io.stdin.isTTY) return undefined;
  const { confirm } = await import('@inquirer/prompts');
  return confirm({ message, default: false }, { input: io.stdin, output: io.stderr, signal: io.interrupted });
}

const filled = (value: string): true | string => value !== '' || 'a value is needed';
