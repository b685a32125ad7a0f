import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VaultCommand } from '../rehearsal/vault/find-vault';
import { lastLine, runCommand } from './command';
import type { Figure } from './figure';

const SUITE_TIMEOUT = 180_000;
const REHEARSAL_TIMEOUT = 300_000;

/** The tests of `npm test`, and its types and style by themselves. @throws when one fails: how long a suite takes that stops early says nothing. */
export async function suiteFigure(projectDir: string, vault: VaultCommand | undefined): Promise<Figure[]> {
  const tests = await timed('npx jest --silent', projectDir, vault, SUITE_TIMEOUT);
  const check = await timed('npm run --silent check', projectDir, vault, SUITE_TIMEOUT);
  return [
    { id: 'suite.wall', title: 'Test suite', unit: 's', samples: [tests], limit: { on: 'value', atMost: 60 } },
    { id: 'check.wall', title: 'Types and style', unit: 's', samples: [check] },
  ];
}

/** `npm run rehearse` of the environments in dev mode, and of the one with replicas, with Vault at hand. @throws when it does not show every row. */
export async function rehearsalFigure(projectDir: string, vault: VaultCommand): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-rehearsal-'));
  try {
    const rehearse = (environments: string) => timed(`npm run --silent rehearse -- --environment ${environments} --output '${directory}'`, projectDir, vault, REHEARSAL_TIMEOUT);
    return [
      { id: 'rehearsal.wall', title: 'Rehearsal of dev and existing', unit: 's', samples: [await rehearse('dev existing')], limit: { on: 'value', atMost: 20 } },
      // Half of it is waiting: for replicas to vote, and with a leader that is frozen.
      { id: 'rehearsal.prod.wall', title: 'Rehearsal of prod, faults and all', unit: 's', samples: [await rehearse('prod')] },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function timed(command: string, cwd: string, vault: VaultCommand | undefined, timeout: number): Promise<number> {
  const env: Record<string, string> = vault?.kind === 'binary' ? { VAULT_BIN: vault.path } : {};
  const { ok, seconds, output } = await runCommand(command, { cwd, env, timeout });
  if (!ok) throw new Error(`${command} failed after ${seconds.toFixed(0)} s: ${lastLine(output)}`);
  return seconds;
}
