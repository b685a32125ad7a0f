import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LockOptions {
  /** Called once if another process holds the lock, with its id. */
  readonly onWait: (pid: number) => void;
  /** Milliseconds between two looks. @default 1000 */
  readonly poll?: number;
  /** Looks before giving up. @default 3600 */
  readonly polls?: number;
}

/**
 * Runs `work` while holding the lock file at `path`, which carries this process's id.
 * A lock whose process is gone is taken over. Two processes that take over the same dead lock at once may both work:
 * the lock saves time, what it guards must be safe without it.
 * @throws when another process still holds the lock after all looks, naming it and the file.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const { poll = 1000, polls = 3600 } = options;
  await mkdir(dirname(path), { recursive: true });
  for (let look = 0; look < polls; look++) {
    if (await take(path)) {
      try {
        return await work();
      } finally {
        await rm(path, { force: true });
      }
    }
    const holder = await holderOf(path);
    if (holder === undefined || !isAlive(holder)) {
      await rm(path, { force: true });
      continue;
    }
    if (look === 0) {
      options.onWait(holder);
    }
    await sleep(poll);
  }
  const holder = await holderOf(path);
  throw new Error(`${path} is still held by process ${holder ?? 'unknown'} after ${(poll * polls) / 1000} s; end that process or remove the file`);
}

/** Whether a process with this id runs on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function take(path: string): Promise<boolean> {
  // Linking makes the name and the content appear at once: nobody ever reads a lock without its id.
  const own = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(own, String(process.pid));
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

async function holderOf(path: string): Promise<number | undefined> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}
