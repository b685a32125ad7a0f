import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { createInterface } from 'node:readline';
import { runProgram } from '../run-program';
import { isAlive, withLock } from './build-lock';

/** A program that is built from a pinned Go module. */
export interface GoProgram {
  /** For the reader: `Vault`. */
  readonly title: string;
  /** Name of the program, and how the name of its folder in the cache begins. */
  readonly name: string;
  /** Module whose version counts as the program's. */
  readonly module: string;
  /** Package that is built. */
  readonly package: string;
  /** Folder with `go.mod` and `go.sum`. */
  readonly directory: string;
  /** Files of {@link directory} that decide about the result, beside `go.mod` and `go.sum`. @default - none */
  readonly patches?: readonly string[];
  /** Build tags. @default - none */
  readonly tags?: string;
  /** Values for the linker to put into string variables of packages. @default - none */
  readonly variables?: Readonly<Record<string, string>>;
  /** Changes what is compiled, in the scratch folder. @default - the modules as they were published */
  readonly prepare?: (bench: Workbench) => Promise<void>;
}

/** What {@link GoProgram.prepare} works with. */
export interface Workbench {
  /** Folder of this build; `go.mod` and `go.sum` are in it. */
  readonly scratch: string;
  /** Runs Go there; minutes at most. @returns its output. */
  readonly go: (...args: readonly string[]) => Promise<string>;
  /** Says what is under way. */
  readonly step: (words: string) => void;
}

export interface BuildOptions {
  /** Go's environment; `XDG_CACHE_HOME` and `HOME` say where the result is kept. */
  readonly env: NodeJS.ProcessEnv;
  /** One line a step, and one every 15 s while compiling. */
  readonly onProgress: (line: string) => void;
}

const LIMIT = 10 * 60_000;
const PROGRESS_EVERY = 15_000;
const SCRATCH = /^building-(\d+)-/;

/** What the program's go.mod pins: its own version, without the `v`, and the oldest Go that builds it. */
export function pinnedVersions({ directory, module }: GoProgram): { version: string; go: string } {
  const file = join(directory, 'go.mod');
  const text = readFileSync(file, 'utf8');
  const version = text.split('\n').map((line) => line.trim().split(' ')).find(([name]) => name === module)?.[1]?.replace(/^v/, '');
  const go = /^go (\S+)$/m.exec(text)?.[1];
  if (!version || !go) {
    throw new Error(`${file}: it must have a "go" line and require ${module}`);
  }
  return { version, go };
}

/** Where the built program is kept, outside the checkout: one folder for each state of what decides about it. */
export function builtPath({ name, directory, patches = [], variables }: GoProgram, env: NodeJS.ProcessEnv): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', ...patches]) {
    hash.update(`${file}\n`).update(readFileSync(join(directory, file)));
  }
  if (variables) {
    hash.update(JSON.stringify(variables));
  }
  return join(cacheFolder(env), `${name}-${hash.digest('hex').slice(0, 16)}`, name);
}

/** Path of the program that an earlier build has finished, if there is one. */
export function builtProgram(program: GoProgram, env: NodeJS.ProcessEnv): string | undefined {
  const path = builtPath(program, env);
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/**
 * Builds a program from its pinned module and keeps it: minutes the first time, nothing afterwards.
 * The result appears under its final name complete or not at all.
 * @returns path of the program.
 * @throws when Go is missing, older than go.mod asks for, or does not build it.
 */
export async function buildProgram(program: GoProgram, options: BuildOptions): Promise<string> {
  const { env, onProgress } = options;
  const path = builtPath(program, env);
  if (builtProgram(program, env)) {
    return path;
  }
  const onWait = (pid: number): void => onProgress(`${program.title} is being built by process ${pid}; waiting for it`);
  return withLock(`${join(path, '..')}.lock`, { onWait }, async () => {
    if (!builtProgram(program, env)) {
      await buildInto(path, program, options);
    }
    return path;
  });
}

async function buildInto(path: string, program: GoProgram, { env, onProgress }: BuildOptions): Promise<void> {
  const cache = cacheFolder(env);
  await removeLeftovers(cache);
  const scratch = await mkdtemp(join(cache, `building-${process.pid}-`));
  const goEnv = { ...env, CGO_ENABLED: '0', GOWORK: 'off' };
  const pinned = pinnedVersions(program);
  const began = Date.now();
  const bench: Workbench = {
    scratch,
    go: (...args) => runProgram('go', args, { env: goEnv, cwd: scratch, timeout: LIMIT }),
    step: (words) => onProgress(`${program.title} ${pinned.version}: ${words} (${elapsed(Date.now() - began)})`),
  };
  try {
    await copyFile(join(program.directory, 'go.mod'), join(scratch, 'go.mod'));
    await copyFile(join(program.directory, 'go.sum'), join(scratch, 'go.sum'));
    checkGo(await bench.go('env', 'GOVERSION'), pinned.go, program.title);
    await program.prepare?.(bench);

    bench.step('downloading what it is built from');
    const tags = program.tags === undefined ? [] : ['-tags', program.tags];
    const packages = (await bench.go('list', '-deps', ...tags, program.package)).split('\n').length;
    const linker = ['-s', '-w', ...Object.entries(program.variables ?? {}).flatMap(([name, value]) => ['-X', `${name}=${value}`])].join(' ');
    const args = ['build', '-v', ...tags, '-trimpath', '-buildvcs=false', '-ldflags', linker, '-o', program.name, program.package];
    await compile(args, goEnv, packages, bench);
    await mkdir(join(path, '..'), { recursive: true });
    await rename(join(scratch, program.name), path);
    bench.step(`built, kept as ${path}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** @throws when `found` (`go1.26.8`) is older than `needed` (`1.25.3`). */
export function checkGo(found: string, needed: string, title: string): void {
  const numbers = (version: string): number[] => version.replace(/^go/, '').split(/[^0-9]+/).map(Number);
  const [have, want] = [numbers(found), numbers(needed)];
  const at = want.findIndex((number, index) => (have[index] ?? 0) !== number);
  if (at >= 0 && !((have[at] ?? 0) > (want[at] ?? 0))) {
    throw new Error(`Go is ${found}, but building ${title} needs ${needed} or newer; install it, or let go fetch it (GOTOOLCHAIN=auto)`);
  }
}

async function compile(args: readonly string[], env: NodeJS.ProcessEnv, packages: number, { scratch, step }: Workbench): Promise<void> {
  step('compiling');
  const child = spawn('go', args, { cwd: scratch, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let compiled = 0;
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    // "go build -v" names each package on a line of its own; everything else is a message.
    if (/^[\w.~/-]+$/.test(line)) {
      compiled++;
    } else {
      errors.push(line);
    }
  });
  const ticker = setInterval(() => step(`compiling, ${compiled} of at most ${packages} packages`), PROGRESS_EVERY);
  try {
    const code = await new Promise<number | string | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit, signal) => resolve(signal ?? exit));
    });
    if (code !== 0) {
      throw new Error(`go build of ${args.at(-1) ?? ''} failed (${code}): ${errors.slice(-5).join(' | ')}`);
    }
  } finally {
    clearInterval(ticker);
  }
}

/** Removes the scratch folders of builds that were killed. */
async function removeLeftovers(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const pid = SCRATCH.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      await rm(join(cache, name), { recursive: true, force: true });
    }
  }
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  const xdg = env.XDG_CACHE_HOME;
  // The XDG specification has relative paths ignored.
  const base = xdg && isAbsolute(xdg) ? xdg : join(env.HOME ?? homedir(), '.cache');
  return join(base, 'gloo-vault-irsa');
}

function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
