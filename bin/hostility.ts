import { Command, InvalidArgumentError } from 'commander';
import { hostileInitialisations, hostileSnapshots, hostility } from '../rehearsal/hostility/hostility';
import { inProcesses } from '../rehearsal/hostility/processes';
import { summary } from '../rehearsal/hostility/tally';
import { findVault } from '../rehearsal/vault/find-vault';

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly vaults: number;
  readonly processes: number;
  readonly initialise?: true;
  readonly snapshots?: true;
  readonly json?: true;
}

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number.');
  return Number(text);
};

const command = new Command('hostility')
  .description("Runs a function of the app against a real Vault while requests and answers are dropped, delayed, doubled, cut and forged, and looks whether a second run mends all. Needs no AWS account.")
  .option('--runs <number>', 'how many runs', wholeNumber, 500)
  .option('--seed <number>', 'of the first run; each further one has the next', wholeNumber, 1)
  .option('--vaults <number>', 'Vaults at once, in each process', wholeNumber, 3)
  .option('--processes <number>', 'which share the runs', wholeNumber, 2)
  .option('--initialise', 'instead, first configurations of Vaults with replicas, each a fresh one, in one process')
  .option('--snapshots', 'instead, snapshots of Vaults with a replica by the function that takes them, in one process')
  .option('--json', 'print the result as JSON')
  .action(async ({ json, initialise, snapshots, ...options }: Options) => {
    const say = (line: string) => process.stderr.write(`${line}\n`);
    const vault = await findVault({ env: process.env, onProgress: say });
    const started = performance.now();
    const inOne = initialise ? hostileInitialisations : snapshots ? hostileSnapshots : options.processes > 1 ? undefined : hostility;
    const tally = await (inOne ? inOne({ ...options, vault }) : inProcesses(options));
    if (json) process.stdout.write(JSON.stringify(tally));
    else for (const line of [...tally.failures, summary(tally, (performance.now() - started) / 1000)]) process.stdout.write(`${line}\n`);
    process.exitCode = tally.failures.length === 0 ? 0 : 1;
  });

command.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
