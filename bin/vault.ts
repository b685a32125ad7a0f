import { findVault } from '../rehearsal/vault/find-vault';

// Prints the path of the Vault that tests and rehearsal run, building it once where there is none.
findVault({ env: process.env, onProgress: (line) => process.stderr.write(`${line}\n`) }).then(
  (vault) => {
    process.stderr.write(`${vault.description}\n`);
    process.stdout.write(`${vault.kind === 'binary' ? vault.path : ''}\n`);
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
