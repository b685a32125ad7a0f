import { App, Validations, type IPolicyValidationPlugin, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WITHOUT_VALIDATION } from '../lib/app-props';
import { EnvironmentStage } from '../lib/environment-stage';
import type { GuestInput } from '../lib/environment/guest-input';
import type { EnvironmentInput } from '../lib/environment/input';
import { parseEnvironments, withGuests } from '../lib/environment/parse';
import { DiffRoleStack } from '../lib/diff-role/diff-role-stack';
import type { DiffRoleInput } from '../lib/diff-role/input';
import { parseDiffRoles } from '../lib/diff-role/parse';

const { context } = JSON.parse(readFileSync(join(__dirname, '..', 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };

const outdirs: string[] = [];
afterAll(() => outdirs.forEach((outdir) => rmSync(outdir, { recursive: true, force: true })));

export interface Synthesized {
  readonly app: App;
  readonly outdir: string;
  /** By stack name, `dev-Vault`. */
  readonly stacks: ReadonlyMap<string, Stack>;
  readonly template: (stackName: string) => Template;
}

export interface SynthesizeOptions {
  /** The built-in template validation. @default false */
  readonly validate?: boolean;
  /** Copy assets into the assembly, 57 MB of them. @default false */
  readonly stageAssets?: boolean;
  /** Roles of pull requests, beside the environments. @default - none */
  readonly diffRoles?: readonly DiffRoleInput[];
  /** Rules to run besides. */
  readonly plugins?: (app: App) => IPolicyValidationPlugin[];
}

/** The app as bin/app.ts makes it, of the given environments. Functions are not bundled: their code is no part of a template. */
export function synthesize(environments: Readonly<Record<string, EnvironmentInput | GuestInput | Record<string, unknown>>>, { validate = false, stageAssets = false, diffRoles = [], plugins }: SynthesizeOptions = {}): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'cdk.out-'));
  outdirs.push(outdir);
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': !stageAssets }, outdir, ...(validate ? { analyticsReporting: false } : WITHOUT_VALIDATION) });
  const parsed = withGuests(parseEnvironments(environments));
  const stages = parsed.map((environment) => new EnvironmentStage(app, environment));
  const staged = stages.flatMap((stage) => stage.stacks);
  const roles = parseDiffRoles(diffRoles, parsed).map((role) => new DiffRoleStack(app, role, staged));
  if (plugins) Validations.of(app).addPlugins(...plugins(app));
  const stacks = new Map([...staged, ...roles].map((stack) => [stack.stackName, stack]));
  const templates = new Map<string, Template>();
  return {
    app,
    outdir,
    stacks,
    template: (stackName) => {
      const stack = stacks.get(stackName);
      if (!stack) throw new Error(`No stack "${stackName}"; there are ${[...stacks.keys()].join(', ')}.`);
      const known = templates.get(stackName) ?? Template.fromStack(stack);
      templates.set(stackName, known);
      return known;
    },
  };
}
