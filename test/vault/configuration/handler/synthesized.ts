import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from '../../../../lib/environment/environment';
import type { EnvironmentInput } from '../../../../lib/environment/input';
import { parseEnvironments } from '../../../../lib/environment/parse';

const projectDir = resolve(__dirname, '..', '..', '..', '..');
const input: EnvironmentInput = { account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'trial' } } };

export interface SynthesizedEnvironment {
  readonly environment: Environment;
  /** Temporary folder that holds all of it: the caller removes it. */
  readonly directory: string;
  /** `cdk.out`, with the bundled function. */
  readonly assemblyDir: string;
}

/** The guide's environment, or one with more settings, synthesized by bin/app.ts in a process of its own: esbuild does not run inside jest. */
export async function synthesizeGuide(more: Partial<EnvironmentInput> = {}): Promise<SynthesizedEnvironment> {
  const guide = { ...input, ...more };
  const [environment] = parseEnvironments({ guide });
  if (!environment) throw new Error('parseEnvironments made nothing of one environment.');
  const directory = mkdtempSync(join(tmpdir(), 'guide-'));
  const file = join(directory, 'environments.json');
  writeFileSync(file, JSON.stringify({ guide }));
  const { context } = JSON.parse(readFileSync(join(projectDir, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  const assemblyDir = join(directory, 'cdk.out');
  await promisify(execFile)(process.execPath, ['-r', 'ts-node/register', join('bin', 'app.ts')], {
    cwd: projectDir,
    env: { ...process.env, CDK_OUTDIR: assemblyDir, CDK_CONTEXT_JSON: JSON.stringify({ ...context, environments: file }) },
  });
  return { environment, directory, assemblyDir };
}
