import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runSteps } from '../../../rehearsal/run-steps';
import { createStep, devModeStep } from '../../../rehearsal/steps/configuration';
import { destroySteps } from '../../../rehearsal/steps/destroy';
import { glooSteps } from '../../../rehearsal/steps/gloo';
import type { Step } from '../../../rehearsal/steps/step';
import { synthesizeGuide, type SynthesizedEnvironment } from '../../vault/configuration/handler/synthesized';
import { breakAssembly } from '../broken-assembly';
import { describeWithVault } from '../vault/available';

const projectDir = resolve(__dirname, '..', '..', '..');
const steps = [devModeStep, createStep, ...glooSteps.slice(0, 1), ...destroySteps] as readonly Step[];
const [halfWay, through] = destroySteps.map(({ title }) => title);

interface Case {
  readonly what: string;
  readonly stack: 'Vault' | 'Gloo';
  readonly resource: string;
  /** A text of the resource, or the beginning of a logical id in its DependsOn, which is taken out. */
  readonly from: string;
  readonly to?: string;
  readonly step: string | undefined;
  readonly says: readonly string[];
}

const cases: readonly Case[] = [
  { what: 'the right to see the Service', stack: 'Gloo', resource: 'DrainAccess', from: 'gateway-proxy', to: 'another', step: halfWay, says: ['A deletion whose load balancer stays went through, and must not'] },
  { what: 'the name of the Service', stack: 'Gloo', resource: 'Drain', from: 'gateway-proxy', to: 'another', step: halfWay, says: ['A deletion whose load balancer stays went through, and must not'] },
  { what: 'the order of chart and wait', stack: 'Gloo', resource: 'Chart', from: 'Drain', step: halfWay, says: ["A deletion whose load balancer stays fails with: guide-Gloo: Custom::LoadBalancerDrain: Gloo's chart is deleted, and Service gloo-system/gateway-proxy"] },
  { what: 'the order of the wait and its RBAC', stack: 'Gloo', resource: 'Drain', from: 'DrainAccess', step: halfWay, says: ['A deletion whose load balancer stays went through, and must not'] },
  { what: 'the order of the configuration and its access entry', stack: 'Vault', resource: 'Configuration', from: 'ConfigurationAccessEntry', step: through, says: ['What the app left of its own in Vault is ["dev-role-iam-trial"'] },
];

describeWithVault('the end of an environment', (vault) => {
  let synthesized: SynthesizedEnvironment;
  const work = mkdtempSync(join(tmpdir(), 'destroy-test-'));
  beforeAll(async () => {
    synthesized = await synthesizeGuide();
  }, 60_000);
  afterAll(() => {
    rmSync(work, { recursive: true });
    rmSync(synthesized.directory, { recursive: true });
  });

  const run = (assemblyDir: string) => runSteps({ environment: synthesized.environment, assemblyDir, projectDir, vault: vault() }, steps);

  test('by whole templates comes off', async () => {
    expect((await run(synthesized.assemblyDir)).filter(({ error }) => error !== undefined)).toEqual([]);
  }, 60_000);

  test.each(cases.map((each) => [each.what, each] as const))('is stopped by %s', async (_what, { from, to, step, says, ...breakage }) => {
    const { assemblyDir, environment } = synthesized;
    const named = to === undefined ? `"${dependency(assemblyDir, environment.name, breakage, from)}"` : from;
    const broken = breakAssembly(assemblyDir, environment.name, { ...breakage, from: named, to: to ?? '"AWS::NoValue"' });
    try {
      const last = (await run(broken)).at(-1);
      expect(last).toMatchObject({ title: step });
      for (const words of says) expect(last?.error).toContain(words);
    } finally {
      rmSync(broken, { recursive: true });
    }
  }, 60_000);
});

/** The logical id that begins so in what a resource says that it depends on. */
function dependency(assemblyDir: string, environment: string, { stack, resource }: Pick<Case, 'stack' | 'resource'>, from: string): string {
  const directory = join(assemblyDir, `assembly-${environment}`);
  const file = readdirSync(directory).find((name) => name.includes(stack) && name.endsWith('.template.json')) ?? '';
  const { Resources } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as { Resources: Record<string, { DependsOn?: string[] }> };
  const [, found] = Object.entries(Resources).find(([id]) => id.replace(/[0-9A-F]{8}$/, '') === resource) ?? [];
  const id = found?.DependsOn?.find((each) => each.replace(/[0-9A-F]{8}$/, '') === from);
  if (id === undefined) throw new Error(`${resource} depends on no ${from}: ${JSON.stringify(found?.DependsOn)}`);
  return id;
}
