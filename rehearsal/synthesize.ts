import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const projectDir = resolve(__dirname, '..');

/**
 * Synthesizes environments as `cdk synth -c environments=FILE` does, some seconds faster: what is no bundle of ours stays
 * where it is. In a process of its own, for esbuild does not run inside jest.
 * @param environments as a user would write them into a file
 * @param directory that gets `environments.json` and `cdk.out`
 * @returns the cloud assembly's directory
 */
export async function synthesize(environments: Readonly<Record<string, unknown>>, directory: string): Promise<string> {
  const file = join(directory, 'environments.json');
  writeFileSync(file, JSON.stringify(environments));
  const { context } = JSON.parse(readFileSync(join(projectDir, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  const assemblyDir = join(directory, 'cdk.out');
  const given = { ...context, 'aws:cdk:disable-asset-staging': true, environments: file };
  await promisify(execFile)(process.execPath, ['-r', 'ts-node/register', join('bin', 'app.ts')], {
    cwd: projectDir,
    env: { ...process.env, CDK_OUTDIR: assemblyDir, CDK_CONTEXT_JSON: JSON.stringify(given) },
  }).catch((error: { stderr?: string; message: string }) => {
    throw new Error(`The synth of ${file} failed: ${error.stderr ?? error.message}`);
  });
  return assemblyDir;
}
