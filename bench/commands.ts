import type { VaultCommand } from '../rehearsal/vault/find-vault';
import { lastLine, runCommand } from './command';
import type { Figure } from './figure';

const SUITE_TIMEOUT = 180_000;

/** The tests of `npm test`, and its types and style by themselves. @throws when one fails: how long a suite takes that stops early says nothing. */
export async function suiteFigure(projectDir: string, vault: VaultCommand | undefined): Promise<Figure[]> {
  const tests = await timed('npx jest --silent', projectDir, vault, SUITE_TIMEOUT);
  const check = await timed('npm run --silent check', projectDir, vault, SUITE_TIMEOUT);
  return [
    { id: 'suite.wall', title: 'Test suite', unit: 's', samples: [tests], limit: { on: 'value', atMost: 60 } },
    { id: 'check.wall', title: 'Types and style', unit: 's', samples: [check] },
  ];
}

async function timed(command: string, cwd: string, vault: VaultCommand | undefined, timeout: number): Promise<number> {
  const env: Record<string, string> = vault?.kind === 'binary' ? { VAULT_BIN: vault.path } : {};
  const { ok, seconds, output } = await runCommand(command, { cwd, env, timeout });
  if (!ok) throw new Error(`${command} failed after ${seconds.toFixed(0)} s: ${lastLine(output)}`);
  return seconds;
}
