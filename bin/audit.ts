import { Command } from 'commander';
import { resolve } from 'node:path';
import { askAudit } from '../supply/audit/ask';
import { auditExitCode, judgeAudit, renderAudit } from '../supply/audit/verdict';

/** Below it, a report is read when there is time, and holds nothing up. */
const LEAST = 'high';

async function main(): Promise<void> {
  const verdict = judgeAudit(await askAudit(resolve(__dirname, '..')), LEAST);
  process.stdout.write(`${renderAudit(verdict, LEAST)}\n`);
  process.exitCode = auditExitCode[verdict.kind];
}

void new Command('audit')
  .description(`Asks npm's registry for known vulnerabilities of what is installed without development. Exit codes: 0 none of severity ${LEAST} or above, 1 some, 3 the registry did not answer.`)
  .action(main)
  .parseAsync();
