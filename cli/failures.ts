import { EnvironmentError } from '../lib/environment/faults';
import { toMessage, type Mask } from '../lib/vault/client/errors';
import { NotKnown } from './doctor/finding';
import { EXIT, type ExitCode } from './exit-codes';

/** A check found something, and the command's output says what. Ends with 1. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

/** The command was called or fed wrongly. Ends with 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** The person has had enough. Ends with 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('interrupted');
  }
}

/** How a failure is shown, and what the command ends with. */
export interface Presented {
  readonly exitCode: ExitCode;
  /** For stderr, masked: one line, but for environments, each of whose faults has its own. */
  readonly message: string;
}

/** Whatever is not known to be the caller's fault counts as "could not do it". */
export function present(error: unknown, mask: Mask): Presented {
  if (error instanceof EnvironmentError) {
    return { exitCode: EXIT.usage, message: mask.apply([`${error.source} can't be used:`, ...error.faults].join('\n  ')) };
  }
  const message = toMessage(error, mask);
  if (error instanceof CheckFailed) return { exitCode: EXIT.failed, message };
  if (error instanceof WrongUse) return { exitCode: EXIT.usage, message };
  if (error instanceof NotKnown) return { exitCode: EXIT.unable, message: mask.apply([message, ...error.mends].join('. ')) };
  if (error instanceof Interrupted || isPromptAbandoned(error)) return { exitCode: EXIT.interrupted, message: 'interrupted' };
  return { exitCode: EXIT.unable, message };
}

/** Ctrl-C at a prompt of @inquirer/prompts, which can't be imported for an `instanceof` without loading it. */
function isPromptAbandoned(error: unknown): boolean {
  return error instanceof Error && error.name === 'ExitPromptError';
}
