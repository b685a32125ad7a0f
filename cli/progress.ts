import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { Io } from './io';

/** A piece of work with a name. */
export interface Task<T> {
  readonly title: string;
  readonly run: () => Promise<T>;
  /** What to say of it once it is done. */
  readonly done: (result: T) => string;
}

/** Whether there is a terminal has been asked of the stream that is written to; listr2 asks the process's. */
export class OwnTerminal extends DefaultRenderer {
  static override nonTTY = true;
}

/**
 * One task after the other, the first that fails is the last: on a terminal a list that ticks off, else a line each.
 * @param silent says nothing.
 * @throws what a task throws.
 */
export async function carryOut<T>(tasks: readonly Task<T>[], { stdout }: Pick<Io, 'stdout'>, silent: boolean): Promise<readonly T[]> {
  const results: T[] = [];
  if (silent || stdout.isTTY !== true) {
    for (const { run, done } of tasks) {
      const result = await run();
      results.push(result);
      if (!silent) stdout.write(`✔ ${done(result)}\n`);
    }
    return results;
  }
  const list = new Listr(
    tasks.map(({ title, run, done }) => ({
      title,
      task: async (_: unknown, task: { title?: string | undefined }) => {
        const result = await run();
        results.push(result);
        task.title = done(result);
      },
    })),
    { renderer: OwnTerminal, rendererOptions: { showErrorMessage: false, logger: loggerOf(stdout) } },
  );
  await list.run();
  return results;
}

/** Writes to that stream, and to no other. */
export function loggerOf(stdout: Io['stdout']): ListrLogger {
  const terminal = stdout as NodeJS.WriteStream;
  return new ListrLogger({ processOutput: new ProcessOutput(terminal, terminal) });
}
