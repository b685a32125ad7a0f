import { buildVault } from '../rehearsal/vault/build-vault';
import { findVault } from '../rehearsal/vault/find-vault';

const options = { env: process.env, onProgress: (line: string) => process.stderr.write(`${line}\n`) };

/** What `--build` means: the build of the pinned module, whatever else this machine has. */
async function built(): Promise<string> {
  return buildVault(options);
}

/** Empty for Docker's. */
async function found(): Promise<string> {
  const vault = await findVault(options);
  options.onProgress(vault.description);
  return vault.kind === 'binary' ? vault.path : '';
}

// Prints the path of the Vault that tests and rehearsal run, building it once where there is none.
(process.argv.includes('--build') ? built() : found()).then(
  (path) => process.stdout.write(`${path}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
