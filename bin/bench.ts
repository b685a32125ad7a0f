import { Command } from 'commander';
import { resolve } from 'node:path';
import { bundleFigures, bundleParts } from '../bench/bundle';
import { rehearsalFigure, suiteFigure } from '../bench/commands';
import { deployedFigures } from '../bench/deployed';
import type { Figure, Unmeasured } from '../bench/figure';
import { describeMachine } from '../bench/machine';
import { synthFigures, synthParts } from '../bench/synth';
import { renderReport, reportAsJson } from '../bench/table';
import { loadEnvironments } from '../lib/environment/load';
import { findVault, type VaultCommand } from '../rehearsal/vault/find-vault';
import { environments as builtIn } from './environments';

interface Options {
  readonly json?: true;
  readonly skipSuite?: true;
}

const projectDir = resolve(__dirname, '..');
const say = (line: string) => process.stderr.write(`${line}\n`);

/** Fails nothing: a limit that is missed is marked, and what cannot be measured says why. */
async function main(options: Options): Promise<void> {
  const machine = describeMachine(projectDir);
  const figures: (Figure | Unmeasured)[] = [];
  const measure = async (id: string, title: string, action: () => Promise<readonly Figure[]>) => {
    say(`${title} …`);
    const found = await action().catch((error: unknown): Unmeasured[] => [{ id, title, reason: error instanceof Error ? error.message : String(error) }]);
    figures.push(...found);
  };
  const detail = async <T>(title: string, action: () => Promise<T[]> | T[]): Promise<T[]> => {
    say(`${title} …`);
    try {
      return await action();
    } catch (error) {
      say(`${title}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  };

  await measure('synth', 'Synth, the app and the least app in turns', () => synthFigures(projectDir));
  const parts = { synthParts: await detail("Where a synth's CPU goes", () => synthParts(projectDir)), bundleParts: await detail('What the handler bundle is made of', bundleParts) };
  await measure('bundle', 'Handler bundle', bundleFigures);
  const vault = await findVault({ env: process.env, onProgress: say }).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  const withVault = (action: (command: VaultCommand) => Promise<Figure[]>) => () => (vault instanceof Error ? Promise.reject(vault) : action(vault));
  const [environment] = loadEnvironments(undefined, builtIn);
  if (environment) await measure('deployed', `Configuration of Vault and Gloo's login (${environment.name})`, withVault((command) => deployedFigures(projectDir, environment, command)));
  await measure('rehearsal', 'Rehearsal', withVault((command) => rehearsalFigure(projectDir, command)));
  if (!options.skipSuite) await measure('suite', 'Test suite', () => suiteFigure(projectDir, vault instanceof Error ? undefined : vault));

  const versions = { ...machine.versions, ...(vault instanceof Error ? {} : { Vault: vault.version }) };
  const report = { machine: { ...machine, versions }, figures, ...parts };
  process.stdout.write(options.json ? `${JSON.stringify(reportAsJson(report), undefined, 2)}\n` : `\n${renderReport(report)}\n`);
}

new Command('bench')
  .description('Measures this app against its floors, its peers and its limits. Exits with 0 whatever it finds.')
  .option('--json', 'print the result as JSON')
  .option('--skip-suite', 'leave the test suite out')
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
