import { execFile } from 'node:child_process';

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds after which the program is killed. */
  readonly timeout: number;
}

/**
 * Runs a program to its end and returns what it wrote to stdout, trimmed.
 * @throws one line: the command, and the last line of its stderr, "not found" or the time it was given.
 */
export function runProgram(program: string, args: readonly string[], options: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { ...options, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) {
        reject(new Error(`${[program, ...args].join(' ')}: ${failure(error, stderr, options.timeout)}`));
      } else {
        resolve(stdout.trim());
      }
    });
  });
}

function failure(error: Error & { code?: string | number | null; killed?: boolean }, stderr: string, timeout: number): string {
  if (error.killed) {
    return `no answer in ${timeout / 1000} s`;
  }
  if (typeof error.code === 'string') {
    return error.code === 'ENOENT' ? 'not found' : error.code;
  }
  return stderr.trim().split('\n').at(-1) || `exit code ${String(error.code)}`;
}
