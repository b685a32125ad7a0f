import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnGuard } from '../vault/running-vault';

export interface ServerOptions {
  /** For the reader: `etcd`. */
  readonly title: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Goes when this process dies with the server running. */
  readonly folder: string;
  /** Asks for what says that it is ready; rejects until then. */
  readonly ready: () => Promise<unknown>;
  /** Milliseconds until it has to be ready. */
  readonly limit: number;
}

/** A server's process from the moment it is ready. */
export interface Server {
  /** SIGKILL; resolves when it is gone. */
  end(): Promise<void>;
}

const POLL = 100;
const LAST_LINES = 10;

/**
 * Starts a server and waits until it is ready. However this process ends, the server ends with it.
 * @throws when it ends or is not ready in time, with the last lines of its log.
 */
export async function runServer({ title, program, args, folder, ready, limit }: ServerOptions): Promise<Server> {
  const child = spawn(program, [...args], { env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line);
    lastLines.splice(0, lastLines.length - LAST_LINES);
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', (error) => reject(new Error(`${title} does not start: ${error.message}`)));
  });
  const guard = spawnGuard(folder, ['kill', '-KILL', String(pid)]);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      guard.kill('SIGKILL');
      resolve();
    });
  });
  const server: Server = {
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
  let last = '';
  for (const deadline = Date.now() + limit; Date.now() < deadline; await sleep(POLL)) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${title} ended (${child.signalCode ?? `exit code ${child.exitCode}`}) before it was ready; its last lines: ${lastLines.join(' | ')}`);
    }
    try {
      await ready();
      return server;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
  }
  await server.end();
  throw new Error(`${title} is not ready in ${limit / 1000} s (${last}); its last lines: ${lastLines.join(' | ')}`);
}
