import { Command } from 'commander';
import { resolve } from 'node:path';
import { addCrds } from '../lib/gloo/crds/add-crds';
import { VENDORED } from '../lib/gloo/crds/vendored';
import { charts } from '../lib/versions';
import { Http } from '../lib/vault/client/http';

const DOWNLOAD_TIMEOUT = 120_000;

async function main(version: string, { chart }: { readonly chart?: string }): Promise<void> {
  const http = new Http(undefined, DOWNLOAD_TIMEOUT);
  try {
    const { folder, crds } = await addCrds({ version, repository: charts.gloo.repository, http, into: VENDORED, ...(chart === undefined ? {} : { file: resolve(chart) }) });
    process.stdout.write(`${crds} CRDs of Gloo's chart ${version}: ${folder}\n`);
  } finally {
    http.close();
  }
}

new Command('gloo-crds')
  .description("Adds the CRDs of a version of Gloo's chart to cdk8s/gloo-crds, from which a deployment applies them before the chart.")
  .argument('<version>', 'version of the chart, 1.22.1')
  .option('--chart <file>', "the chart's package, as `helm pull` leaves it (default: from Solo.io's repository, with the digest that its index names)")
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
