import { Listr } from 'listr2';
import type { Io } from '../io';
import { loggerOf, OwnTerminal } from '../progress';
import type { Diagnosis, Look } from './diagnose';
import { line, text } from './report';

/** The list that ticks off: on a terminal with what is under way, else a line each, in order. */
export async function show(looks: readonly Look[], io: Pick<Io, 'stdout'>): Promise<readonly Diagnosis[]> {
  if (io.stdout.isTTY !== true) {
    for (const { diagnosis } of looks) io.stdout.write(`${line(await diagnosis)}\n`);
  } else {
    await ticking(looks, io);
  }
  return Promise.all(looks.map(({ diagnosis }) => diagnosis));
}

async function ticking(looks: readonly Look[], { stdout }: Pick<Io, 'stdout'>): Promise<void> {
  const list = new Listr(
    looks.map(({ title, diagnosis }) => ({
      title,
      task: async (_: unknown, task: { title?: string | undefined; skip: (words: string) => void }) => {
        const found = await diagnosis;
        task.title = found.status === 'warning' ? `${text(found)} (warning)` : text(found);
        if (found.status === 'failure') throw new Error(text(found));
        if (found.status === 'unknown') task.skip(text(found));
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      renderer: OwnTerminal,
      rendererOptions: { showErrorMessage: false, showSkipMessage: false, logger: loggerOf(stdout) },
    },
  );
  await list.run();
}
