import { findVault, installedVault, type VaultCommand } from '../../../rehearsal/vault/find-vault';

const MEND = 'set VAULT_BIN, put vault on PATH, or let "npm run rehearse" build one';

/**
 * A `describe` whose tests run against a real Vault: `VAULT_BIN`, `PATH` or an earlier build.
 * Without one its tests are skipped and say so; in CI (`CI=true`) they fail instead, so that nobody takes silence for success.
 */
export function describeWithVault(name: string, tests: (vault: () => VaultCommand) => void): void {
  const path = installedVault(process.env);
  if (path === undefined && process.env.CI === 'true') {
    describe(name, () => {
      test('has a real Vault', () => {
        throw new Error(`no Vault to test with: ${MEND}`);
      });
    });
    return;
  }
  if (path === undefined) {
    // jest names a skipped test only where it runs a single file.
    process.stderr.write(`SKIPPED ${name}: no Vault on this machine; ${MEND}\n`);
    describe(name, () => test.skip(`no Vault on this machine: ${MEND}`, () => undefined));
    return;
  }
  describe(name, () => {
    let command: VaultCommand;
    beforeAll(async () => {
      command = await findVault({ env: { ...process.env, VAULT_BIN: path }, onProgress: () => undefined });
    });
    tests(() => command);
  });
}
