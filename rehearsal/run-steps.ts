import type { Exchange } from './picture/exchange';
import { exchangesOf } from './picture/traffic';
import { markRequests, refusalSince } from './steps/refusals';
import type { StepResult } from './report';
import type { Stage, Step } from './steps/step';
import { createWorld, type World, type WorldOptions } from './world';

export interface RehearsalOptions extends WorldOptions {
  /** The checkout, for what the review of a change needs: snapshots and the CDK command line. */
  readonly projectDir: string;
  /** Told as each step begins and ends. */
  readonly onStep?: (title: string, result?: StepResult) => void;
  /** Ends what steps have started beside the world. @default - nothing */
  readonly beforeClose?: () => Promise<void>;
  /** Told at the end which requests were sent. @default - they are forgotten */
  readonly onTraffic?: (exchanges: readonly Exchange[]) => void;
}

/** Steps one after the other in a world of their own. One that fails ends it: what follows rests on it. */
export async function runSteps({ projectDir, onStep, onTraffic, beforeClose, ...options }: RehearsalOptions, steps: readonly Step[]): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  let world: World | undefined;
  const perform = async (title: string, action: () => Promise<StepResult['evidence']>) => {
    onStep?.(title);
    const [began, started] = [Date.now(), performance.now()];
    const mark = world && markRequests(world);
    const outcome = await action().then(
      (evidence): Pick<StepResult, 'evidence' | 'error'> => ({ evidence }),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        const behind = world && mark ? refusalSince(world, mark) : '';
        return { evidence: {}, error: behind === '' ? message : `${message} [${behind}]` };
      },
    );
    const result: StepResult = { title, began, ms: performance.now() - started, ...outcome };
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
    for (const step of ready ? steps : []) {
      if (!(await perform(step.title, async () => step.run(stage as Stage)))) break;
    }
  } finally {
    // A request that hangs ends with the Vault that it is sent to.
    const stopped = stage?.underway?.writes.stop();
    try {
      if (world) onTraffic?.(exchangesOf(world));
    } finally {
      await beforeClose?.();
      await world?.close();
    }
    await stopped;
  }
  return results;
}
