import type { Environment } from '../lib/environment/environment';
import { reportOf, type EnvironmentReport, type StepResult } from './report';
import { configuredSteps, createStep, devModeStep } from './steps/configuration';
import { deliverySteps } from './steps/delivery';
import { glooSteps, glooValuesStep } from './steps/gloo';
import { breakGlassStep, podsStep } from './steps/raft';
import { faultSteps } from './steps/faults';
import { identitySteps } from './steps/identity';
import { markRequests, refusalSince } from './steps/refusals';
import type { Stage, Step } from './steps/step';
import { createWorld, type World, type WorldOptions } from './world';

export interface RehearsalOptions extends WorldOptions {
  /** The checkout, for what the review of a change needs: snapshots and the CDK command line. */
  readonly projectDir: string;
  /** Told as each step begins and ends. */
  readonly onStep?: (title: string, result?: StepResult) => void;
}

/** The steps in their order: what the templates say, then Vault, then Gloo, then the way out. */
function stepsOf({ vault }: Environment): readonly Step[] {
  const vaultSteps = vault.raft ? [podsStep, createStep, breakGlassStep] : [devModeStep, createStep];
  const survival = vault.raft ? faultSteps : [];
  return [...identitySteps, glooValuesStep, ...vaultSteps, ...configuredSteps, ...glooSteps, ...survival, ...deliverySteps];
}

/** Rehearses one environment. A step that fails ends it: what follows rests on it. */
export async function rehearse({ projectDir, onStep, ...options }: RehearsalOptions): Promise<EnvironmentReport> {
  const results: StepResult[] = [];
  let world: World | undefined;
  const perform = async (title: string, action: () => Promise<StepResult['evidence']>) => {
    onStep?.(title);
    const started = performance.now();
    const mark = world && markRequests(world);
    const outcome = await action().then(
      (evidence): Pick<StepResult, 'evidence' | 'error'> => ({ evidence }),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        const behind = world && mark ? refusalSince(world, mark) : '';
        return { evidence: {}, error: behind === '' ? message : `${message} [${behind}]` };
      },
    );
    const result: StepResult = { title, ms: performance.now() - started, ...outcome };
    results.push(result);
    onStep?.(title, result);
    return result.error === undefined;
  };

  let stage: Stage | undefined;
  try {
    const ready = await perform('Templates carried out, Vault started', async () => {
      world = await createWorld(options);
      stage = { world, assemblyDir: options.assemblyDir, projectDir };
      return {};
    });
    for (const step of ready ? stepsOf(options.environment) : []) {
      if (!(await perform(step.title, async () => step.run(stage as Stage)))) break;
    }
  } finally {
    // A request that hangs ends with the Vault that it is sent to.
    const stopped = [stage?.underway?.traffic.stop(), stage?.underway?.writes.stop()];
    await world?.close();
    await Promise.all(stopped.filter((each) => each !== undefined));
  }
  return reportOf(options.environment.name, results);
}
