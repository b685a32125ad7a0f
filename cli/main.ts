import { Command, CommanderError } from 'commander';
import { Mask } from '../lib/vault/client/errors';
import { version } from '../package.json';
import { register as destroyPlan } from './commands/destroy-plan';
import { register as doctor } from './commands/doctor';
import { register as importCluster } from './commands/import-cluster';
import { register as login } from './commands/login';
import { register as roll } from './commands/roll';
import { register as secret } from './commands/secret';
import { register as unlock } from './commands/unlock';
import { EXIT, EXIT_CODES, type ExitCode } from './exit-codes';
import { present } from './failures';
import { say, type Io } from './io';
import { addGlobalOptions } from './options';

/** Puts a command into the program; its file is `commands/<name>.ts`. What it needs that is heavy, its action imports. */
export type Register = (program: Command, io: Io, mask: Mask) => void;

const commands: readonly Register[] = [doctor, login, secret, roll, unlock, importCluster, destroyPlan];

/**
 * The command line.
 * @param mask takes in whatever must not be shown: errors pass through it.
 */
export function program(io: Io, mask: Mask): Command {
  const program = new Command('gloo-vault')
    .description('What an operator needs once Gloo reads its secrets from Vault. Acts with your own AWS identity and kubeconfig, and with a Vault token of some minutes, which it revokes.')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(withoutValue(text)),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    })
    .addHelpText('afterAll', `\nExit codes:\n${exitCodes()}\n`);
  addGlobalOptions(program);
  for (const register of commands) register(program, io, mask);
  return program;
}

/**
 * Runs one command to its end.
 * @param args as the shell gave them, without node's and the script's names.
 */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const mask = new Mask();
  try {
    await program(io, mask).parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // commander has said it already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { exitCode, message } = present(error, mask);
    say(io, message);
    return exitCode;
  }
}

/** commander repeats an option that it does not know as it was given, and what follows its `=` may be a secret. */
function withoutValue(said: string): string {
  return said.replace(/^(error: unknown (?:option|command) '[^=]*=).*'/s, "$1…'");
}

function exitCodes(): string {
  return Object.entries(EXIT_CODES)
    .map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`)
    .join('\n');
}
