import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { runCommand } from '../../bench/command';
import { constructTests } from './construct-tests';
import { unlocked } from './unlocked';

/** Milliseconds of an installation, and of the type-check and tests together. */
const [INSTALL, TRY] = [300_000, 600_000];
const NOT_COPIED: ReadonlySet<string> = new Set(['node_modules', 'cdk.out', '.git', 'coverage']);

const results = z.object({ numPassedTests: z.number(), numTotalTests: z.number() });

export interface Trial {
  /** Tests that passed. */
  readonly passed: number;
  readonly seconds: number;
}

/**
 * Installs a version of aws-cdk-lib into a copy of the project, which is gone afterwards, type-checks the app there and
 * runs the tests of its constructs. What holds for the installed version alone is left out: snapshots are written anew
 * there, and the library's own rules for templates are off.
 * @throws with the output of the step that failed.
 */
export async function tryVersion(project: string, version: string): Promise<Trial> {
  const copy = mkdtempSync(join(tmpdir(), `aws-cdk-lib-${version}-`));
  const started = Date.now();
  try {
    cpSync(project, copy, { recursive: true, filter: (path) => path === project || !NOT_COPIED.has(basename(path)) });
    const step = async (what: string, command: string, timeout: number) => {
      const { ok, output } = await runCommand(command, { cwd: copy, env: { CDK_VALIDATION: 'false' }, timeout });
      if (!ok) throw new Error(`aws-cdk-lib ${version}: ${what} failed:\n${output}`);
    };
    const lockfile = join(copy, 'package-lock.json');
    writeFileSync(lockfile, JSON.stringify(unlocked(JSON.parse(readFileSync(lockfile, 'utf8')))));
    await step('npm install', `npm install --save-exact --ignore-scripts --prefer-offline aws-cdk-lib@${version}`, INSTALL);
    await step('the type-check', 'tsc', TRY);
    const tests = constructTests(join(copy, 'test')).map((file) => join('test', file));
    await step('the tests of constructs', `jest --updateSnapshot --json --outputFile=results.json ${tests.join(' ')}`, TRY);
    const { numPassedTests: passed, numTotalTests: total } = results.parse(JSON.parse(readFileSync(join(copy, 'results.json'), 'utf8')));
    if (passed === 0 || passed < total) throw new Error(`aws-cdk-lib ${version}: ${passed} of ${total} tests of constructs passed; the rest was skipped.`);
    return { passed, seconds: (Date.now() - started) / 1000 };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
