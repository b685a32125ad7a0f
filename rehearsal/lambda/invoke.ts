import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';

/** A Lambda function as its template declares it, with the credentials of its execution role. */
export interface LambdaFunction {
  /** Unpacked asset in cdk.out. */
  readonly assetDirectory: string;
  /** `index.handler`. */
  readonly handler: string;
  /** The template's variables and those that Lambda adds: region, credentials. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where names of the network lead to, by `name:port`. @default - as everywhere on this machine */
  readonly hosts?: Hosts;
}

/** Ports of this machine that stand for ports of the network. */
export type Hosts = Readonly<Record<string, { readonly host: string; readonly port: number }>>;

export interface Invocation {
  /** What the handler returned; absent where it threw. */
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly stack: string };
  /** Lines that went to the function's log. */
  readonly log: readonly string[];
  /** Milliseconds to load the bundle. */
  readonly loadMs: number;
}

/**
 * Invokes the function's very bytes in a fresh process.
 * @param timeoutMs what `getRemainingTimeInMillis` starts from; the process is killed 5 s after it ran out.
 * @param signal kills the process at once, as a Lambda that is cut off.
 */
export async function invokeLambda(fn: LambdaFunction, event: unknown, timeoutMs: number, signal?: AbortSignal): Promise<Invocation> {
  const child = spawn(process.execPath, [join(__dirname, 'runtime.js'), fn.assetDirectory, fn.handler, String(timeoutMs)], {
    env: { ...fn.environment, ...(fn.hosts ? { REHEARSAL_HOSTS: JSON.stringify(fn.hosts) } : {}), PATH: process.env.PATH ?? '' },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    killSignal: 'SIGKILL',
    timeout: timeoutMs + 5000,
    ...(signal ? { signal } : {}),
  });
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, killed) => resolve(killed ? `killed by ${killed}` : `exit code ${code}`));
  });
  child.stdin.on('error', () => undefined); // A process that was killed before it read its event.
  child.stdin.end(JSON.stringify(event));
  const [answer, out, err, end] = await Promise.all([text(child.stdio[3] as Readable), text(child.stdout), text(child.stderr), ended]);
  const log = `${out}${err}`.split('\n').filter((line) => line !== '');
  if (answer === '') return { error: { name: 'Runtime.ExitError', message: `The function ended without an answer (${end}).`, stack: '' }, log, loadMs: 0 };
  return { ...(JSON.parse(answer) as Omit<Invocation, 'log'>), log };
}
