import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The app, and the least one that declares such an environment. */
export type Which = 'app' | 'least';

const cdkSettings = z.object({ app: z.string(), context: z.record(z.string(), z.unknown()) });

/** cdk.json's own command line; with the least app in the app's place, the loader stays the same. */
export function appCommand(projectDir: string, which: Which = 'app'): string {
  const { app } = settings(projectDir);
  if (!app.includes('bin/app.ts')) throw new Error(`cdk.json's app is "${app}", which names no bin/app.ts to put the least app in the place of.`);
  return which === 'app' ? app : app.replace('bin/app.ts', 'bench/least-app.ts');
}

/** The environment in which the CDK command line runs an app. */
export function cdkEnvironment(projectDir: string, outputDir: string): Record<string, string> {
  const context = { ...settings(projectDir).context, 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true };
  return { CDK_OUTDIR: outputDir, CDK_CONTEXT_JSON: JSON.stringify(context) };
}

/** Has node load probes of the bench before everything else. */
export function probing(probes: readonly string[]): string {
  return probes.map((probe) => `--require ${JSON.stringify(join(__dirname, probe))}`).join(' ');
}

function settings(projectDir: string): z.infer<typeof cdkSettings> {
  return cdkSettings.parse(JSON.parse(readFileSync(join(projectDir, 'cdk.json'), 'utf8')));
}
