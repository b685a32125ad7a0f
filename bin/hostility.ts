import { Command, InvalidArgumentError } from 'commander';
import { hostility, summary } from '../rehearsal/hostility/hostility';
import { findVault } from '../rehearsal/vault/find-vault';

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly vaults: number;
}

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number.');
  return Number(text);
};

const command = new Command('hostility')
  .description("Runs the configuration function against a real Vault while requests and answers are dropped, delayed, doubled, cut and forged, and looks whether a second run mends all. Needs no AWS account.")
  .option('--runs <number>', 'how many runs', wholeNumber, 500)
  .option('--seed <number>', 'of the first run; each further one has the next', wholeNumber, 1)
  .option('--vaults <number>', 'how many at once', wholeNumber, 4)
  .action(async ({ runs, seed, vaults }: Options) => {
    const say = (line: string) => process.stderr.write(`${line}\n`);
    const vault = await findVault({ env: process.env, onProgress: say });
    say(`Vault: ${vault.description}`);
    const tally = await hostility({ vault, runs, seed, vaults, onProgress: (done) => void (done % 100 === 0 && say(`${done} of ${runs}`)) });
    for (const failure of tally.failures) process.stdout.write(`${failure}\n\n`);
    process.stdout.write(`${summary(tally)}\n`);
    process.exitCode = tally.failures.length === 0 ? 0 : 1;
  });

command.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
