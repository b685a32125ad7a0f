import { App } from 'aws-cdk-lib';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { WITHOUT_VALIDATION } from '../../lib/app-props';
import { EnvironmentStage } from '../../lib/environment-stage';
import type { Environment } from '../../lib/environment/environment';

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
});

/** A resource of a template, as far as its end is concerned. */
export type TemplateResource = z.output<typeof resource>;

/** A stack of an environment. */
export interface StackTemplate {
  /** Its name in CloudFormation, `prod-Vault`. */
  readonly name: string;
  /** Its part in the environment, `Vault`. */
  readonly part: string;
  readonly terminationProtection: boolean;
  /** By logical id. */
  readonly resources: Readonly<Record<string, TemplateResource>>;
}

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

/** The templates of an environment in the order of their deployment, synthesized in this process, without AWS. Functions are not bundled: their code is no part of a template. */
export function templatesOf(environment: Environment): readonly StackTemplate[] {
  const { context } = cdkJson.parse(JSON.parse(readFileSync(resolve(__dirname, '..', '..', 'cdk.json'), 'utf8')));
  const outdir = mkdtempSync(join(tmpdir(), 'destroy-plan-'));
  try {
    const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true }, outdir, ...WITHOUT_VALIDATION });
    const stage = new EnvironmentStage(app, environment);
    return stage.synth().stacks.map((stack) => ({
      name: stack.stackName,
      part: stack.hierarchicalId.split('/').pop() ?? stack.stackName,
      terminationProtection: stack.terminationProtection ?? false,
      resources: z.object({ Resources: z.record(z.string(), resource) }).parse(stack.template).Resources,
    }));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
