import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface CommandOptions {
  readonly cwd: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the command and all that it started is killed. */
  readonly timeout: number;
}

export interface CommandResult {
  readonly ok: boolean;
  /** Wall seconds. */
  readonly seconds: number;
  /**
   * User and system seconds of the command and of every process below it that was waited for, as the shell's `times`
   * gives them. One that is left running is not among them.
   */
  readonly cpuSeconds: number;
  /** Standard output and standard error. */
  readonly output: string;
}

/** Runs a command line of `sh`, with the checkout's programs on PATH. Never rejects: a command that fails is a result. */
export async function runCommand(command: string, { cwd, env = {}, timeout }: CommandOptions): Promise<CommandResult> {
  const started = performance.now();
  const child = spawn('sh', ['-c', `{ ${command}\n} >&2; status=$?; times; exit $status`], {
    cwd,
    env: { ...process.env, ...env, PATH: [join(cwd, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what it started can be ended with it.
    detached: true,
  });
  const limit = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), timeout);
  const code = new Promise<number | null>((resolve) => child.once('error', () => resolve(null)).once('close', resolve));
  const [times, output, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), code]);
  clearTimeout(limit);
  return { ok: exitCode === 0, seconds: (performance.now() - started) / 1000, cpuSeconds: childSeconds(times), output };
}

/**
 * User and system time of a shell's children, in seconds, out of what `times` prints: a line for the shell, one for
 * its children, each `0m1.150000s 0m0.190000s`. 0 where there is no such line.
 */
export function childSeconds(times: string): number {
  const [, children = ''] = times.trim().split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/** The last line that says something, for a reason in one line. */
export function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.trim().slice(0, 300) ?? '';
}
