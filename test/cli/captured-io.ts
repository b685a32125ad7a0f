import { Readable, Writable } from 'node:stream';
import type { Io, Output } from '../../cli/io';

export interface CapturedIo extends Io {
  /** What was written so far. */
  readonly written: { stdout: string; stderr: string };
  /** As Ctrl-C. */
  readonly interrupt: () => void;
}

/** An {@link Io} without a process: keeps what is written, and nobody's terminal. */
export function capturedIo({ env = {}, cwd = process.cwd(), stdin = '' }: { env?: NodeJS.ProcessEnv; cwd?: string; stdin?: string } = {}): CapturedIo {
  const written = { stdout: '', stderr: '' };
  const controller = new AbortController();
  const into = (name: keyof typeof written): Output =>
    new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        written[name] += chunk;
        done();
      },
    });
  return {
    stdout: into('stdout'),
    stderr: into('stderr'),
    stdin: Readable.from([Buffer.from(stdin)]),
    env,
    cwd,
    interrupted: controller.signal,
    interrupt: () => controller.abort(),
    written,
  };
}
