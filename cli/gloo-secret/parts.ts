import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { WrongUse } from '../failures';
import type { Io } from '../io';
import { checkParts, type Parts } from './build';
import type { Kind } from './kinds';

/** Where the parts of a secret come from. Values are in none of it, but for those that everybody may see. */
export interface Sources {
  /** `NAME=@FILE`, or `NAME`, which is asked for. */
  readonly arguments: readonly string[];
  /** `NAME=FILE`, or `FILE` where a kind has one part alone. */
  readonly files: readonly string[];
  /** Files of lines `NAME=VALUE`. */
  readonly envFiles: readonly string[];
  readonly literals: ReadonlyMap<string, string>;
}

/** Asks a person for a value. */
export type Ask = (message: string, hidden: boolean) => Promise<string>;

/** Bytes. Raft takes entries of 1 MiB, and base64 and JSON make a value longer. */
const LARGEST = 512 * 1024;

/**
 * Collects the parts, each from one place.
 * @param ask undefined where nobody is there to ask.
 * @throws WrongUse for a value on the command line, a file that can't be read, a name given twice, a part that is missing. What
 * stands alone in place of a name that the user chooses is not repeated.
 */
export async function collectParts(io: Pick<Io, 'stdin' | 'cwd'>, kind: Kind, sources: Sources, ask: Ask | undefined): Promise<Parts> {
  const parts = new Map<string, Buffer>();
  const asked: string[] = [];
  const add = (name: string, content: Buffer) => {
    if (name === '') throw new WrongUse('A value has no name: give NAME=@FILE.');
    if (parts.has(name)) throw new WrongUse(`There are two values for ${asked.includes(name) ? typed(kind, name).words : name}.`);
    parts.set(name, content);
  };
  checkParts(kind, sources.arguments.map((argument) => argument.split('=')[0] ?? ''));
  const read = reader(io);
  for (const [name, value] of sources.literals) add(name, Buffer.from(value));
  for (const argument of sources.arguments) {
    const from = fileOfArgument(kind, argument);
    if (from) add(from.name, trimmed(kind, await read(from.file)));
    else asked.push(argument);
  }
  for (const file of sources.files) {
    const from = fileOfOption(kind, file);
    add(from.name, trimmed(kind, await read(from.file)));
  }
  for (const file of sources.envFiles) for (const [name, value] of entriesOf(file, await read(file))) add(name, Buffer.from(value));
  for (const name of [...asked, ...unanswered(kind, parts, asked)]) {
    const { words, placeholder } = typed(kind, name);
    if (!ask) throw new WrongUse(`There is no value for ${words}, and nobody to ask: give --from-file ${placeholder}=FILE, or - for standard input.`);
    add(name, Buffer.from(await ask(`${kind.name}, ${name}:`, !kind.parts?.find((part) => part.name === name)?.public)));
  }
  if (parts.size === 0) throw new WrongUse(nothingGiven(kind));
  return parts;
}

/** `NAME=@FILE`; undefined for `NAME`. @throws WrongUse for a value, without repeating it. */
function fileOfArgument(kind: Kind, argument: string): { name: string; file: string } | undefined {
  const at = argument.indexOf('=');
  if (at < 0) return undefined;
  const [name, from] = [argument.slice(0, at), argument.slice(at + 1)];
  if (!from.startsWith('@')) throw new WrongUse(literalRefusal(typed(kind, name)));
  return { name, file: from.slice(1) };
}

/** How an error calls what was typed as a name. */
interface Typed {
  readonly words: string;
  /** In what to type instead. */
  readonly placeholder: string;
}

/** A part's name is one of few. One that the user chooses is not shown: who leaves it out types the value there, and base64 ends in =. */
function typed({ entries }: Kind, name: string): Typed {
  return entries ? { words: `a ${entries.of} (not shown, for it may be a value)`, placeholder: 'NAME' } : { words: name, placeholder: name };
}

/** Why a part's value is not taken from the command line. */
export function literalRefusal({ words, placeholder }: Typed): string {
  return `The value of ${words} stands on the command line, where the shell's history and the list of processes keep it, so it was not used: change it if it is real, and give ${placeholder}=@FILE, ${placeholder} alone to be asked, or --from-env-file - with lines NAME=VALUE on standard input.`;
}

function fileOfOption(kind: Kind, option: string): { name: string; file: string } {
  const at = option.indexOf('=');
  if (at > 0) return { name: option.slice(0, at), file: option.slice(at + 1) };
  const hidden = (kind.parts ?? []).filter((part) => !part.public && !part.optional);
  const [only, ...others] = hidden;
  if (only && others.length === 0) return { name: only.name, file: option };
  throw new WrongUse(`A --from-file (not shown, for it may be a value) has no name: which ${kind.entries?.of ?? 'part'} is it? Give --from-file NAME=FILE.`);
}

function reader({ stdin, cwd }: Pick<Io, 'stdin' | 'cwd'>): (file: string) => Promise<Buffer> {
  let used = false;
  return async (file) => {
    if (file === '-') {
      if (used) throw new WrongUse('Standard input can be read once only: name a file for the others.');
      used = true;
      return limited('standard input', await buffer(stdin));
    }
    return limited(file, await readFile(resolve(cwd, file)).catch((error: NodeJS.ErrnoException) => {
      throw new WrongUse(`The file ${JSON.stringify(file)} can't be read: ${error.code === 'ENOENT' ? 'there is none of that name' : (error.code ?? error.message)}.`);
    }));
  };
}

function limited(what: string, content: Buffer): Buffer {
  if (content.length === 0) throw new WrongUse(`There is nothing in ${what === 'standard input' ? what : JSON.stringify(what)}.`);
  if (content.length > LARGEST) throw new WrongUse(`${what} has ${content.length} bytes; Vault stores at most ${LARGEST} here.`);
  return content;
}

/** Editors end a file with a newline that belongs to no password. PEM is as it is. */
function trimmed(kind: Kind, content: Buffer): Buffer {
  return kind.field === 'tls' ? content : Buffer.from(content.toString('latin1').replace(/\r?\n$/, ''), 'latin1');
}

/** Lines `NAME=VALUE` as kubectl reads them: the value to the end of its line, quotes and all; # begins a comment. */
function entriesOf(file: string, content: Buffer): [string, string][] {
  return content
    .toString('utf8')
    .split(/\r?\n/)
    .flatMap((line, index): [string, string][] => {
      if (/^\s*(#|$)/.test(line)) return [];
      const at = line.indexOf('=');
      if (at < 1) throw new WrongUse(`Line ${index + 1} of ${file === '-' ? 'standard input' : JSON.stringify(file)} is no NAME=VALUE.`);
      return [[line.slice(0, at).trim(), line.slice(at + 1)]];
    });
}

function unanswered({ parts }: Kind, given: Parts, asked: readonly string[]): readonly string[] {
  return (parts ?? []).filter((part) => !part.optional && !given.has(part.name) && !asked.includes(part.name)).map(({ name }) => name);
}

function nothingGiven({ entries, name }: Kind): string {
  if (entries) return `There is nothing to put: give NAME=@FILE, --from-file NAME=FILE or --from-env-file FILE, where NAME is a ${entries.of}.`;
  return `There is nothing to put: see "gloo-vault secret put ${name} --help".`;
}
