import type { Environment } from '../lib/environment/environment';
import { Observer } from './observer';
import { reportOf, type EnvironmentReport, type StepResult } from './report';
import { configurationSteps } from './steps/configuration';
import { deliverySteps } from './steps/delivery';
import { glooSteps } from './steps/gloo';
import { identitySteps } from './steps/identity';
import type { Stage, Step } from './steps/step';
import type { VaultCommand } from './vault/find-vault';
import { createWorld } from './world';

export interface RehearsalOptions {
  readonly environment: Environment;
  /** `cdk.out`. */
  readonly assemblyDir: string;
  /** The checkout, for what the review of a change needs: snapshots and the CDK command line. */
  readonly projectDir: string;
  readonly vault: VaultCommand;
  /** Told as each step begins and ends. */
  readonly onStep?: (title: string, result?: StepResult) => void;
}

/** The steps in their order: the guide's, then its best practices, then the way out. */
const steps: readonly Step[] = [...identitySteps, ...configurationSteps, ...glooSteps, ...deliverySteps];

/** Rehearses one environment. A step that fails ends it: what follows rests on it. */
export async function rehearse({ environment, assemblyDir, projectDir, vault, onStep }: RehearsalOptions): Promise<EnvironmentReport> {
  const results: StepResult[] = [];
  const perform = async (title: string, action: () => Promise<StepResult['evidence']>) => {
    onStep?.(title);
    const started = performance.now();
    const outcome = await action().then(
      (evidence): Pick<StepResult, 'evidence' | 'error'> => ({ evidence }),
      (error: unknown) => ({ evidence: {}, error: error instanceof Error ? error.message : String(error) }),
    );
    const result: StepResult = { title, ms: performance.now() - started, ...outcome };
    results.push(result);
    onStep?.(title, result);
    return result.error === undefined;
  };

  let stage: Stage | undefined;
  try {
    const ready = await perform('Templates carried out, Vault started', async () => {
      const world = await createWorld({ assemblyDir, environment, vault });
      stage = { world, assemblyDir, projectDir, observer: await Observer.of(world.vault) };
      return {};
    });
    for (const step of ready ? steps : []) {
      if (!(await perform(step.title, async () => step.run(stage as Stage)))) break;
    }
  } finally {
    await stage?.world.close();
  }
  return reportOf(environment.name, results);
}
