import { Command } from 'commander';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runCommand } from '../bench/command';
import { monthlyCosts } from '../lib/costs/costs';
import { renderCosts } from '../lib/costs/costs-table';
import { PRICES_OF } from '../lib/costs/prices';
import { appCommand, cdkEnvironment } from '../bench/apps';
import { loadEnvironments } from '../lib/environment/load';
import { withGuests } from '../lib/environment/parse';
import { readStage } from '../rehearsal/cloudformation/assembly';
import { environments as builtIn } from './environments';

interface Options {
  readonly environment?: string[];
  readonly environments?: string;
  readonly assembly?: string;
  readonly json?: true;
}

const projectDir = resolve(__dirname, '..');
const SYNTH_TIMEOUT = 120_000;

async function main(options: Options): Promise<void> {
  const names = withGuests(loadEnvironments(options.environments, builtIn)).map(({ name }) => name);
  const unknown = options.environment?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) throw new Error(`--environment ${unknown.join(' ')}: there is no such environment; there are ${names.join(', ')}.`);
  const chosen = names.filter((name) => options.environment?.includes(name) ?? true);
  const read = (directory: string) => Object.fromEntries(chosen.map((name) => [name, monthlyCosts(readStage(directory, name))]));
  const costs = options.assembly === undefined ? await synthesized(options.environments, read) : read(resolve(options.assembly));
  process.stdout.write(options.json ? `${JSON.stringify({ prices: PRICES_OF, environments: costs }, undefined, 2)}\n` : `${renderCosts(costs)}\n`);
}

/** Reads a cloud assembly of its own, which is gone afterwards. */
async function synthesized<T>(file: string | undefined, read: (directory: string) => T): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'costs-'));
  try {
    const { CDK_CONTEXT_JSON = '{}', ...env } = cdkEnvironment(projectDir, directory);
    const context = { ...(JSON.parse(CDK_CONTEXT_JSON) as object), ...(file === undefined ? {} : { environments: resolve(file) }) };
    const { ok, output } = await runCommand(appCommand(projectDir), { cwd: projectDir, env: { ...env, CDK_CONTEXT_JSON: JSON.stringify(context) }, timeout: SYNTH_TIMEOUT });
    if (!ok) throw new Error(`synth failed:\n${output}`);
    return read(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

new Command('costs')
  .description('What the synthesized templates of each environment cost by the month, by a table of prices with its date. Needs no AWS account.')
  .option('-e, --environment <name...>', 'environments to count (default: all)')
  .option('--environments <file>', 'environments from a YAML or JSON file, as with cdk -c environments=FILE')
  .option('--assembly <directory>', 'cloud assembly that is there already (default: synthesizes one)')
  .option('--json', 'print the result as JSON')
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
