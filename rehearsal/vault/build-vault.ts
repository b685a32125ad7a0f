import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { isAlive, withLock } from './build-lock';
import { runProgram } from './run-program';

const MODULE = 'github.com/hashicorp/vault';
const PINS = ['go.mod', 'go.sum', 'aws-auth.go.txt'] as const;
// Folders of the module that no Go package of this build embeds or imports.
const UNUSED = new Set(['ui', 'changelog', 'website', 'enos', 'scripts', 'terraform']);
const TAGS = 'minimal';

const QUICK = 60_000;
const DOWNLOAD = 10 * 60_000;
const PROGRESS_EVERY = 15_000;
const SCRATCH = /^building-(\d+)-/;

export interface BuildOptions {
  /** Go's environment; `XDG_CACHE_HOME` and `HOME` say where the result is kept. */
  readonly env: NodeJS.ProcessEnv;
  /** One line a step, and one every 15 s while compiling. */
  readonly onProgress: (line: string) => void;
}

/** The versions that `rehearsal/vault/go.mod` pins: Vault's, and the oldest Go that builds it. */
export function pinnedVersions(): { vault: string; go: string } {
  const text = readFileSync(join(__dirname, 'go.mod'), 'utf8');
  const vault = /^\s*github\.com\/hashicorp\/vault v(\S+)/m.exec(text)?.[1];
  const go = /^go (\S+)$/m.exec(text)?.[1];
  if (!vault || !go) {
    throw new Error(`rehearsal/vault/go.mod: it must have a "go" line and require ${MODULE}`);
  }
  return { vault, go };
}

/** Where a built Vault is kept, outside the checkout: one folder for each state of the pinned files. */
export function builtVaultPath(env: NodeJS.ProcessEnv): string {
  const hash = createHash('sha256');
  for (const file of PINS) {
    hash.update(`${file}\n`).update(readFileSync(join(__dirname, file)));
  }
  return join(cacheFolder(env), `vault-${hash.digest('hex').slice(0, 16)}`, 'vault');
}

/** Path of the Vault that an earlier build has finished, if there is one. */
export function builtVault(env: NodeJS.ProcessEnv): string | undefined {
  const path = builtVaultPath(env);
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/**
 * Builds Vault from the pinned Go module and keeps it: minutes the first time, nothing afterwards.
 * What is built is Vault's own minimal edition with Vault's own aws auth method added: half the time of the full one.
 * The result appears under its final name complete or not at all.
 * @returns path of the program.
 * @throws when Go is missing, older than go.mod asks for, or does not build it.
 */
export async function buildVault(options: BuildOptions): Promise<string> {
  const path = builtVaultPath(options.env);
  if (builtVault(options.env)) {
    return path;
  }
  const onWait = (pid: number): void => options.onProgress(`Vault is being built by process ${pid}; waiting for it`);
  return withLock(`${join(path, '..')}.lock`, { onWait }, async () => {
    if (!builtVault(options.env)) {
      await buildInto(path, options);
    }
    return path;
  });
}

async function buildInto(path: string, { env, onProgress }: BuildOptions): Promise<void> {
  const cache = cacheFolder(env);
  await removeLeftovers(cache);
  const scratch = await mkdtemp(join(cache, `building-${process.pid}-`));
  const goEnv = { ...env, CGO_ENABLED: '0', GOWORK: 'off' };
  const go = (args: string[], timeout: number): Promise<string> => runProgram('go', args, { env: goEnv, cwd: scratch, timeout });
  const pinned = pinnedVersions();
  const began = Date.now();
  const step = (words: string): void => onProgress(`Vault ${pinned.vault}: ${words} (${elapsed(Date.now() - began)})`);
  try {
    await copyFile(join(__dirname, 'go.mod'), join(scratch, 'go.mod'));
    await copyFile(join(__dirname, 'go.sum'), join(scratch, 'go.sum'));
    checkGo(await go(['env', 'GOVERSION'], DOWNLOAD), pinned.go);

    step('downloading its source');
    const download = await go(['mod', 'download', '-json', MODULE], DOWNLOAD);
    const { Dir: source } = z.object({ Dir: z.string() }).parse(JSON.parse(download));
    await copySource(source, join(scratch, 'src'));
    await copyFile(join(__dirname, 'aws-auth.go.txt'), join(scratch, 'src/helper/builtinplugins/registry_min.go'));
    await go(['mod', 'edit', '-replace', `${MODULE}=./src`], QUICK);

    step('downloading what it is built from');
    const packages = (await go(['list', '-deps', '-tags', TAGS, MODULE], DOWNLOAD)).split('\n').length;
    await compile(scratch, goEnv, packages, step);
    await mkdir(join(path, '..'), { recursive: true });
    await rename(join(scratch, 'vault'), path);
    step(`built, kept as ${path}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** @throws when `found` (`go1.26.8`) is older than `needed` (`1.25.3`). */
export function checkGo(found: string, needed: string): void {
  const numbers = (version: string): number[] => version.replace(/^go/, '').split(/[^0-9]+/).map(Number);
  const [have, want] = [numbers(found), numbers(needed)];
  const at = want.findIndex((number, index) => (have[index] ?? 0) !== number);
  if (at >= 0 && !((have[at] ?? 0) > (want[at] ?? 0))) {
    throw new Error(`Go is ${found}, but building Vault needs ${needed} or newer; install it, or let go fetch it (GOTOOLCHAIN=auto)`);
  }
}

async function copySource(source: string, target: string): Promise<void> {
  await cp(source, target, {
    recursive: true,
    filter: (from) => !UNUSED.has(relative(source, from)),
  });
  // The module cache is read-only, and so is a copy of it.
  const folders = await readdir(target, { recursive: true, withFileTypes: true });
  await Promise.all(folders.filter((entry) => entry.isDirectory()).map((entry) => chmod(join(entry.parentPath, entry.name), 0o755)));
  await chmod(target, 0o755);
  await chmod(join(target, 'helper/builtinplugins/registry_min.go'), 0o644);
}

async function compile(scratch: string, env: NodeJS.ProcessEnv, packages: number, step: (words: string) => void): Promise<void> {
  step('compiling');
  const args = ['build', '-v', '-tags', TAGS, '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', 'vault', MODULE];
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
      throw new Error(`go build of ${MODULE} failed (${code}): ${errors.slice(-5).join(' | ')}`);
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
