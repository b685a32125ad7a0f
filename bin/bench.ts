import { Command, InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';
import { bundleFigures, bundleParts } from '../bench/bundle';
import { suiteFigure } from '../bench/commands';
import { configuredFigures, listedFigures } from '../bench/deployed';
import { diffFigures } from '../bench/diff';
import type { Figure, Unmeasured } from '../bench/figure';
import { MANY } from '../bench/listing';
import { describeMachine } from '../bench/machine';
import { synthFigures, synthParts } from '../bench/synth';
import { renderReport, reportAsJson } from '../bench/table';
import { loadEnvironments } from '../lib/environment/load';
import { findVault, type VaultCommand } from '../rehearsal/vault/find-vault';
import { environments as builtIn } from './environments';

/** What can be measured by itself, in the order of the table. */
const PARTS = ['synth', 'diff', 'bundle', 'configuration', 'listing', 'suite'] as const;
type Part = (typeof PARTS)[number];

/** A dev-mode Vault has them in memory. */
const MOST_SECRETS = 100_000;

interface Options {
  readonly json?: true;
  readonly secrets: number;
  readonly only?: readonly Part[];
  readonly skipSuite?: true;
  readonly details?: true;
}

const projectDir = resolve(__dirname, '..');
const say = (line: string) => process.stderr.write(`${line}\n`);

/** Fails nothing: a limit that is missed is marked, and what cannot be measured says why. */
async function main(options: Options): Promise<void> {
  const machine = describeMachine(projectDir);
  const wanted = (options.only ?? PARTS).filter((part) => !(options.skipSuite && part === 'suite'));
  const figures: (Figure | Unmeasured)[] = [];
  const measure = async (part: Part, title: string, action: () => Promise<readonly Figure[]>) => {
    if (!wanted.includes(part)) return;
    say(`${title} …`);
    const found = await action().catch((error: unknown): Unmeasured[] => [{ id: part, title, reason: error instanceof Error ? error.message : String(error) }]);
    figures.push(...found);
  };
  const detail = async <T>(part: Part, title: string, action: () => Promise<T[]> | T[]): Promise<T[]> => {
    if (!options.details || !wanted.includes(part)) return [];
    say(`${title} …`);
    try {
      return await action();
    } catch (error) {
      say(`${title}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  };

  await measure('synth', 'Synth, the app and the least app in turns', () => synthFigures(projectDir));
  const environments = loadEnvironments(undefined, builtIn);
  const ofEachMode = [environments.find(({ vault: { raft } }) => !raft), environments.find(({ vault: { raft } }) => raft)].flatMap((environment) => environment ?? []);
  const [dev] = ofEachMode;
  if (dev) await measure('diff', 'cdk diff, of the app and of the least app in turns', () => diffFigures(projectDir, dev.account));
  await measure('bundle', 'Handler bundle', bundleFigures);
  const parts = {
    synthParts: await detail('synth', "Where a synth's CPU goes", () => synthParts(projectDir)),
    bundleParts: await detail('bundle', 'What the handler bundle is made of', bundleParts),
  };
  const vault = await findVault({ env: process.env, onProgress: say }).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  const withVault = (action: (command: VaultCommand) => Promise<Figure[]>) => () => (vault instanceof Error ? Promise.reject(vault) : action(vault));
  if (dev) await measure('configuration', `Configuration of Vault and Gloo's login (${dev.name})`, withVault((command) => configuredFigures({ projectDir, environment: dev, vault: command })));
  for (const environment of ofEachMode) await measure('listing', `Many secrets, listed by Gloo (${environment.name})`, withVault((command) => listedFigures({ projectDir, environment, vault: command }, options.secrets)));
  await measure('suite', 'Test suite', () => suiteFigure(projectDir, vault instanceof Error ? undefined : vault));

  const versions = { ...machine.versions, ...(vault instanceof Error ? {} : { Vault: vault.version }) };
  const report = { machine: { ...machine, versions }, figures, ...parts };
  process.stdout.write(options.json ? `${JSON.stringify(reportAsJson(report), undefined, 2)}\n` : `\n${renderReport(report)}\n`);
}

function secretCount(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1 || count > MOST_SECRETS) throw new InvalidArgumentError(`It has to be a whole number from 1 to ${MOST_SECRETS}.`);
  return count;
}

new Command('bench')
  .description('Measures this app against its floors, its peers and its limits. Exits with 0 whatever it finds.')
  .option('--json', 'print the result as JSON')
  .addOption(new Option('--only <part...>', 'measure these parts alone').choices(PARTS))
  .option('--secrets <count>', 'how many secrets Gloo lists', secretCount, MANY)
  .option('--skip-suite', 'leave the test suite out')
  .option('--details', "say, too, where a synth's time and a bundle's bytes go")
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
