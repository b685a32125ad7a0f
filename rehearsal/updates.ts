import type { ClusterEnvironment, Environment } from '../lib/environment/environment';
import { RESOURCE_TYPE as CRDS } from '../lib/gloo/crds/properties';
import { RESOURCE_TYPE as DRAIN } from '../lib/gloo/drain/properties';
import { RESOURCE_TYPE as PROOF } from '../lib/gloo/proof/properties';
import { RESOURCE_TYPE as GATE } from '../lib/identity/gate/properties';
import { RESOURCE_TYPE as CONFIGURATION } from '../lib/vault/configuration/properties';
import type { Deployment } from './cloudformation/deployment';
import { updateStage, type CustomResourceChange } from './cloudformation/update-stage';
import { checkFixed, show, type Shown } from './deployed-environment';
import type { FunctionCalls } from './function-calls';

/** What was asked of a custom resource, and its function's log. */
export interface CustomResourceCall {
  /** `Custom::VaultConfiguration`. */
  readonly type: string;
  readonly request: CustomResourceChange['request'];
  readonly log: readonly string[];
}

export interface UpdatesOptions<Of extends ClusterEnvironment> {
  readonly shown: Shown<Of>;
  readonly calls: FunctionCalls;
  /** Synthesizes a changed environment, and carries its templates out on paper. */
  readonly synthesize: (to: Of) => Promise<Deployment>;
}

/** Custom resources with a function of this app's behind them. */
export const CUSTOM_RESOURCES: readonly string[] = [GATE, CONFIGURATION, CRDS, PROOF, DRAIN];

/** Deployments after the first, of a deployed environment. */
export class Updates<Of extends ClusterEnvironment = Environment> {
  private readonly synthesized = new Map<string, Promise<Deployment>>();

  constructor(private readonly options: UpdatesOptions<Of>) {}

  /** As `World.update`. */
  async to(environment: Of, onStack?: (stack: string) => Promise<void>): Promise<readonly CustomResourceCall[]> {
    const { shown, calls } = this.options;
    const made: CustomResourceCall[] = [];
    const { environment: before, deployment } = shown.deployed;
    const next = await this.synthesize(environment);
    checkFixed(deployment, next);
    let begun = before;
    await updateStage(deployment, next, {
      customResources: CUSTOM_RESOURCES,
      apply: (current) => show(shown, { environment: begun, deployment: current }),
      call: async (change) => {
        const { type, stack } = change.resource;
        const ended = await calls.change(change);
        made.push({ type, request: change.request, log: ended.log });
        if (ended.error) throw new Error(`${stack}: ${type}: ${ended.error.message}`);
      },
      afterStack: async (stack) => {
        begun = environment;
        shown.deployed.environment = begun;
        await onStack?.(stack);
      },
    });
    return made;
  }

  /** The same environment has the same templates. */
  private synthesize(environment: Of): Promise<Deployment> {
    const key = JSON.stringify(environment);
    const known = this.synthesized.get(key) ?? this.options.synthesize(environment);
    this.synthesized.set(key, known);
    return known;
  }
}
