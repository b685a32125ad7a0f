import { Command } from 'commander';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { handlerEntries } from '../lib/vault/handler-asset';
import { bundledPackages, notices } from '../supply/licences/bundles';
import { others } from '../supply/licences/others';
import { licenceMismatch, lockedPackages } from '../supply/licences/packages';
import { faults, renderLicences } from '../supply/licences/report';

const root = resolve(__dirname, '..');

function main(options: { readonly notices?: string }): void {
  const installed = lockedPackages(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const entries = handlerEntries();
  const bundled = bundledPackages(entries, installed);
  if (options.notices !== undefined) writeFileSync(options.notices, notices(root, bundled));
  process.stdout.write(`${renderLicences({ bundled, installed, others })}\n`);
  const found = [...faults({ bundled, installed, others }), ...installed.map((each) => licenceMismatch(root, each)).filter((each) => each !== undefined)];
  process.stdout.write(found.length === 0 ? 'All that ships is under a permissive licence.\n' : `${found.join('\n')}\n`);
  process.exitCode = found.length === 0 ? 0 : 1;
}

new Command('licences')
  .description('Under which licences is what ships: the bundles of the functions, the packages, the CRDs, the layers; and what a cluster fetches. Fails for copyleft and for what nobody has read.')
  .option('--notices <file>', 'writes the licences of what is in the bundles, to go along where somebody hands them on')
  .action(main)
  .parse();
