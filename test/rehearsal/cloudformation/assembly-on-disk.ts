import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployStage, type DeployOptions } from '../../../rehearsal/cloudformation/deploy-stage';
import type { Deployment } from '../../../rehearsal/cloudformation/deployment';

/** Deploys hand-written templates, by stack name and in this order, as the stage `test`. */
export function deployTemplates(templates: Readonly<Record<string, unknown>>, options: Partial<DeployOptions> = {}): Deployment {
  const assemblyDir = mkdtempSync(join(tmpdir(), 'templates-'));
  try {
    const stageDir = join(assemblyDir, 'assembly-test');
    mkdirSync(stageDir);
    const artifact = { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-test', displayName: 'test' } };
    write(assemblyDir, 'manifest.json', { version: '40.0.0', artifacts: { 'assembly-test': artifact } });
    const names = Object.keys(templates);
    const artifacts = names.map((name, index) => [
      name,
      {
        type: 'aws:cloudformation:stack',
        environment: 'aws://unknown-account/unknown-region',
        properties: { templateFile: `${name}.json` },
        dependencies: names.slice(0, index),
      },
    ]);
    write(stageDir, 'manifest.json', { version: '40.0.0', artifacts: Object.fromEntries(artifacts) as unknown });
    names.forEach((name) => write(stageDir, `${name}.json`, templates[name]));
    return deployStage({ assemblyDir, stageName: 'test', account: '111122223333', region: 'eu-central-1', attributes: {}, ...options });
  } finally {
    rmSync(assemblyDir, { recursive: true, force: true });
  }
}

function write(directory: string, file: string, content: unknown): void {
  writeFileSync(join(directory, file), JSON.stringify(content));
}
