import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { Environment } from './environment';
import { EnvironmentError } from './faults';
import { isMapping } from './fields';
import type { GuestInput } from './guest-input';
import type { EnvironmentInput } from './input';
import { parseEnvironments, type ParseContext } from './parse';
import { quote } from './words';

/**
 * The environments to synthesize: those of the file that `-c environments=FILE` names (JSON or YAML, relative to the
 * working directory) in place of the built-in ones, or else those.
 * @param contextValue the CDK context's `environments`
 * @throws EnvironmentError with all that is wrong with the file or the environments in it.
 */
export function loadEnvironments(
  contextValue: unknown,
  builtIn: Readonly<Record<string, EnvironmentInput | GuestInput>>,
  readFile: (path: string) => string = (path) => readFileSync(resolve(path), 'utf8'),
  context: ParseContext = {},
): readonly Environment[] {
  if (contextValue === undefined) return parseEnvironments(builtIn, context);
  if (typeof contextValue !== 'string' || contextValue.trim() === '') {
    throw new EnvironmentError('The context', [
      `environments: ${quote(contextValue)} is not a file's name; write -c environments=FILE, a YAML or JSON file.`,
    ]);
  }
  return parseEnvironments(readMapping(contextValue, readFile), { ...context, source: contextValue });
}

function readMapping(path: string, readFile: (path: string) => string): Readonly<Record<string, unknown>> {
  const fail = (...faults: readonly string[]) => new EnvironmentError(path, faults);
  const lines = new LineCounter();
  // JSON is YAML too. The messages of `prettyErrors` would repeat the file's text.
  const document = parseDocument(read(path, readFile), { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    throw fail(
      ...faults.map(({ code, message, pos }) => {
        const { line, col } = lines.linePos(pos[0]);
        const mend = code === 'DUPLICATE_KEY' ? 'a key stands twice in one mapping; leave one out.' : `${message}.`;
        return `line ${line}, column ${col}: ${mend}`;
      }),
    );
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // An alias without its anchor, or one that expands without end.
    throw fail(`${error instanceof Error ? error.message : String(error)}.`);
  }
  if (!isMapping(value)) throw fail(`${quote(value)} is not a mapping of environments; begin with a name: dev: …`);
  return value;
}

function read(path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new EnvironmentError(path, [
      `cannot be read (${code}); -c environments=FILE is looked for from the working directory, ${process.cwd()}.`,
    ]);
  }
}
