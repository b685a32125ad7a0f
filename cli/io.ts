import type { Readable, Writable } from 'node:stream';

/** A stream to a person or to a program. */
export interface Output extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** All that a command has of its process, so that tests run one without a process of its own. */
export interface Io {
  /** The command's result, and nothing else: a script reads it. */
  readonly stdout: Output;
  /** What is said to a person: progress, warnings, the one line of an error. */
  readonly stderr: Output;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  /** Directory that file names of options and arguments are relative to. */
  readonly cwd: string;
  /** Aborts at the first Ctrl-C: a command gives back what it holds (its token) before it ends. */
  readonly interrupted: AbortSignal;
}

/** The streams and signals of this process; a terminal that is closed counts as Ctrl-C. A second one ends it at once, as if nothing listened. */
export function processIo(): Io {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => controller.abort());
  const { stdout, stderr, stdin, env } = process;
  return { stdout, stderr, stdin, env, cwd: process.cwd(), interrupted: controller.signal };
}

/** Writes a line for a person. */
export function say(io: Pick<Io, 'stderr'>, line: string): void {
  io.stderr.write(`${line}\n`);
}
