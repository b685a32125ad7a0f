import { Command } from 'commander';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Http } from '../lib/vault/client/http';
import { charts, gloo, glooDigests, kubernetes, vaultCharts } from '../lib/versions';
import { askAll } from '../supply/versions/ask';
import { edited, type Change } from '../supply/versions/edit';
import { exitCodeOf, renderAnswer } from '../supply/versions/report';
import { publishedSources } from '../supply/versions/sources';

const FILE = resolve(__dirname, '..', 'lib', 'versions.ts');
const TIMEOUT = 120_000;

async function main({ write, json }: { readonly write?: true; readonly json?: true }): Promise<void> {
  const http = new Http(undefined, TIMEOUT);
  try {
    const answer = await askAll({ charts, gloo, glooDigests, kubernetes, vaultCharts }, publishedSources(http));
    process.stdout.write(`${json ? JSON.stringify(answer, undefined, 2) : renderAnswer(answer)}\n`);
    process.exitCode = exitCodeOf(answer);
    if (!write) return;
    const reviewed: readonly Change[] = answer.calendar ? [{ at: ['reviewedOn'], to: `'${new Date().toISOString().slice(0, 10)}'` }] : [];
    const source = readFileSync(FILE, 'utf8');
    const after = edited(source, [...answer.proposals.filter(({ kind }) => kind === 'newer').flatMap(({ changes }) => changes), ...reviewed]);
    if (after !== source) writeFileSync(FILE, after);
    process.stderr.write(after === source ? 'lib/versions.ts is as it was.\n' : 'lib/versions.ts is changed: read git diff, then npm test and npm run rehearse.\n');
  } finally {
    http.close();
  }
}

new Command('versions')
  .description("Asks the charts' repositories, the registries of their images, npm and EKS's calendar (endoflife.date) what is newer than lib/versions.ts, and whether what is pinned there is still published as it was. Exit codes: 0 nothing is wrong, 1 something pinned has another content, 3 something was not answered.")
  .option('--write', 'takes over what is newer; what a person has to read first, and what has another content, never')
  .option('--json', 'print the answer as JSON')
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 3;
  });
