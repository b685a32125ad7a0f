import { resolve } from 'node:path';
import { availableControlPlane } from '../rehearsal/control-plane/available';
import { runInNamespace } from '../rehearsal/control-plane/network-namespace';
import { findVault } from '../rehearsal/vault/find-vault';

// Runs a script with Node where a real control plane can be rehearsed with: in a network namespace of its own.
const say = (line: string) => process.stderr.write(`${line}\n`);

async function main([script = '', ...args]: readonly string[]): Promise<void> {
  const controlPlane = await availableControlPlane(await findVault({ env: process.env, onProgress: say }), { env: process.env, onProgress: say });
  process.exitCode = controlPlane ? await runInNamespace(process.execPath, [resolve(script), ...args], { ...process.env, VAULT_BIN: controlPlane.vault }) : 1;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
