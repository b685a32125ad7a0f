import { Command } from 'commander';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ends } from '../supply/cdk-versions/choose';
import { tryVersion } from '../supply/cdk-versions/try-version';

const LIBRARY = 'aws-cdk-lib';
const project = resolve(__dirname, '..');
const ASK_TIMEOUT = 60_000;

const json = (file: string): unknown => JSON.parse(readFileSync(join(project, file), 'utf8'));

async function main(): Promise<void> {
  const { dependencies } = z.object({ dependencies: z.record(z.string(), z.string()) }).parse(json('package.json'));
  const range = dependencies[LIBRARY] ?? '';
  const { version: installed } = z.object({ version: z.string() }).parse(json(`node_modules/${LIBRARY}/package.json`));
  const published = z.array(z.string()).parse(JSON.parse(execFileSync('npm', ['view', LIBRARY, 'versions', '--json'], { cwd: project, encoding: 'utf8', timeout: ASK_TIMEOUT })));
  for (const { version, which, installed: isInstalled } of ends(range, published, installed)) {
    const named = `${LIBRARY} ${version}, the ${which} of ${range}`;
    if (isInstalled) process.stdout.write(`${named}: installed, so npm test is its test\n`);
    else {
      const { passed, seconds } = await tryVersion(project, version);
      process.stdout.write(`${named}: type-checks, ${passed} tests of constructs passed  ${seconds.toFixed(0)} s\n`);
    }
  }
}

new Command('cdk-versions')
  .description(`Type-checks the app and tests its constructs with the lowest and the latest ${LIBRARY} that package.json admits, each in a copy of its own.`)
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
