import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL = 5;
const LIMIT = 20_000;
/** Of a thread that runs no more, in `/proc/<pid>/stat`: stopped, a zombie, dead. Source: proc_pid_stat(5). */
const AT_REST = ['T', 'Z', 'X'];

/**
 * Waits until a process that was sent SIGSTOP has stopped: a signal reaches one of its threads, once that gets its turn, and by
 * it the others, which run on until then, long on a busy machine. Where there is no `/proc` to tell, it waits for nothing.
 * @throws when a thread still runs after 20 s.
 */
export async function stopped(pid: number): Promise<void> {
  for (const deadline = Date.now() + LIMIT; Date.now() < deadline; await sleep(POLL)) {
    if ((await threadStates(pid)).every((state) => AT_REST.includes(state))) return;
  }
  throw new Error(`process ${pid} still runs ${LIMIT / 1000} s after SIGSTOP`);
}

/** The state of each thread, a letter; none where there is no such process or no `/proc`. */
export async function threadStates(pid: number): Promise<string[]> {
  const missing = (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  };
  const threads = (await readdir(`/proc/${pid}/task`).catch(missing)) ?? [];
  const stats = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(missing)));
  // The second field is a name in brackets, which may hold anything.
  return stats.flatMap((stat) => (stat === undefined ? [] : [stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '']));
}
