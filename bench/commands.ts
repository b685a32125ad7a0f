import type { VaultCommand } from '../rehearsal/vault/find-vault';
import { lastLine, runCommand } from './command';
import type { Figure } from './figure';

const TIMEOUT = 600_000;
/** No test has such a name: every file is compiled and loaded, and none of its tests runs. */
const NO_TEST = '(?!)';

/** The tests of `npm test`, and its types and style by themselves. @throws when one fails: how long a suite takes that stops early says nothing. */
export async function suiteFigure(projectDir: string, vault: VaultCommand | undefined): Promise<Figure[]> {
  const loading = await timed(`npx jest --silent --testNamePattern '${NO_TEST}'`, projectDir, vault);
  const tests = await timed('npx jest --silent', projectDir, vault);
  const types = await timed('npx tsc', projectDir, vault);
  const check = await timed('npm run --silent check', projectDir, vault);
  return [
    { id: 'suite.wall', title: 'Tests (npm test)', unit: 's', samples: [tests], beside: { what: 'loading the files', samples: [loading] } },
    { id: 'check.wall', title: 'Types and style (npm test)', unit: 's', samples: [check], beside: { what: 'types alone', samples: [types] } },
  ];
}

async function timed(command: string, cwd: string, vault: VaultCommand | undefined): Promise<number> {
  const env: Record<string, string> = vault?.kind === 'binary' ? { VAULT_BIN: vault.path } : {};
  const { ok, seconds, output } = await runCommand(command, { cwd, env, timeout: TIMEOUT });
  if (!ok) throw new Error(`${command} failed after ${seconds.toFixed(0)} s: ${lastLine(output)}`);
  return seconds;
}
