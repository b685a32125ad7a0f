import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../lib/environment/environment';
import type { VaultCommand } from '../rehearsal/vault/find-vault';
import { devVault } from '../rehearsal/vault-under-test';
import { createWorld } from '../rehearsal/world';
import { AuditedVault } from './audited-vault';
import { lastLine, runCommand } from './command';
import { configurationFigures } from './configuration';
import type { Figure } from './figure';
import { glooFigures } from './gloo';
import { appCommand, cdkEnvironment } from './synth';

/** What needs a deployed environment, as the rehearsal makes one: the configuration of Vault, then Gloo's way in. */
export async function deployedFigures(projectDir: string, environment: Environment, vault: VaultCommand): Promise<Figure[]> {
  const assemblyDir = mkdtempSync(join(tmpdir(), 'bench-assembly-'));
  try {
    const synth = await runCommand(appCommand(projectDir), { cwd: projectDir, env: cdkEnvironment(projectDir, assemblyDir), timeout: 60_000 });
    if (!synth.ok) throw new Error(`${appCommand(projectDir)} failed: ${lastLine(synth.output)}`);
    const world = await createWorld({ assemblyDir, environment, vault });
    try {
      const configuration = await configurationFigures(world);
      await devVault(world).restart();
      const gloo = await AuditedVault.use(devVault(world), async (vault) => {
        const { error } = await world.configure({ RequestType: 'Create' });
        if (error) throw new Error(`Create failed: ${error.message}`);
        return glooFigures(world, vault);
      });
      return [...configuration, ...gloo];
    } finally {
      await world.close();
    }
  } finally {
    rmSync(assemblyDir, { recursive: true, force: true });
  }
}
