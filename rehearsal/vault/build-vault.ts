import { chmod, copyFile, cp, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { buildProgram, builtPath, builtProgram, pinnedVersions, type BuildOptions, type GoProgram, type Workbench } from '../build/go-program';

const MODULE = 'github.com/hashicorp/vault';
const AWS_AUTH = 'aws-auth.go.txt';
const REGISTRY = 'helper/builtinplugins/registry_min.go';
// Folders of the module that no Go package of this build embeds or imports.
const UNUSED = new Set(['ui', 'changelog', 'website', 'enos', 'scripts', 'terraform']);

/** Vault's own minimal edition with Vault's own aws auth method added: half the time of the full one. */
const VAULT: GoProgram = {
  title: 'Vault',
  name: 'vault',
  module: MODULE,
  package: MODULE,
  directory: __dirname,
  patches: [AWS_AUTH],
  tags: 'minimal',
  prepare: addAwsAuth,
};

/** The versions that `rehearsal/vault/go.mod` pins: Vault's, and the oldest Go that builds it. */
export function pinnedVault(): { version: string; go: string } {
  return pinnedVersions(VAULT);
}

/** Where a built Vault is kept. */
export function builtVaultPath(env: NodeJS.ProcessEnv): string {
  return builtPath(VAULT, env);
}

/** Path of the Vault that an earlier build has finished, if there is one. */
export function builtVault(env: NodeJS.ProcessEnv): string | undefined {
  return builtProgram(VAULT, env);
}

/** Builds Vault from the pinned Go module and keeps it. See {@link buildProgram}. */
export function buildVault(options: BuildOptions): Promise<string> {
  return buildProgram(VAULT, options);
}

async function addAwsAuth({ scratch, go, step }: Workbench): Promise<void> {
  step('downloading its source');
  const { Dir: source } = z.object({ Dir: z.string() }).parse(JSON.parse(await go('mod', 'download', '-json', MODULE)));
  await copySource(source, join(scratch, 'src'));
  await copyFile(join(__dirname, AWS_AUTH), join(scratch, 'src', REGISTRY));
  await go('mod', 'edit', '-replace', `${MODULE}=./src`);
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
  await chmod(join(target, REGISTRY), 0o644);
}
