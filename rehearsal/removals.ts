import { destroyStage } from './cloudformation/destroy-stage';
import type { DeployedResource } from './cloudformation/deployment';
import { show, type Shown } from './deployed-environment';
import type { FunctionCalls } from './function-calls';
import type { LoadBalancers } from './load-balancers';
import { CUSTOM_RESOURCES, type CustomResourceCall } from './updates';
import type { VaultUnderTest } from './vault-under-test';

export interface RemovalsOptions {
  readonly shown: Shown;
  readonly calls: FunctionCalls;
  readonly vault: VaultUnderTest;
  readonly loadBalancers: LoadBalancers;
  /** Ends the API server, and all that runs in the cluster. */
  readonly endCluster: () => Promise<void>;
}

export interface DestroyOptions {
  /** Told of each resource, before it is deleted. @returns a signal kills its function, as a Lambda that is cut off. */
  readonly before?: (resource: DeployedResource) => Promise<AbortSignal | undefined | void> | AbortSignal | undefined | void;
  /** When the app's own custom resources go, among what may go. @default 'last' */
  readonly own?: 'first' | 'last';
  /** Time limit of the functions in milliseconds. @default - the world's */
  readonly timeoutMs?: number;
}

/** The end of a deployed environment. */
export class Removals {
  private clusterGone = false;

  constructor(private readonly options: RemovalsOptions) {}

  /** As `World.destroy`. */
  async all({ before, timeoutMs, own = 'last' }: DestroyOptions = {}): Promise<readonly CustomResourceCall[]> {
    const { shown, calls } = this.options;
    const made: CustomResourceCall[] = [];
    await destroyStage(shown.deployed.deployment, {
      isOwn: ({ type }) => CUSTOM_RESOURCES.includes(type),
      own,
      apply: async (left) => {
        if (this.clusterGone) shown.deployed.deployment = left;
        else await show(shown, { environment: shown.deployed.environment, deployment: left });
      },
      remove: async (resource) => {
        const signal = (await before?.(resource)) ?? undefined;
        if (CUSTOM_RESOURCES.includes(resource.type)) {
          const { log, error } = await calls.change({ request: 'Delete', resource }, { timeoutMs, signal });
          made.push({ type: resource.type, request: 'Delete', log });
          if (error) throw new Error(`${resource.stack}: ${resource.type}: ${error.message}`);
        }
        await this.end(resource);
      },
    });
    return made;
  }

  /** What has a process or a server of its own here. */
  private async end({ type, properties }: DeployedResource): Promise<void> {
    const { dev, raft } = this.options.vault;
    if (type === 'Custom::AWSCDK-EKS-HelmChart' && properties.Chart === 'vault') {
      await dev?.stop();
      // Their volumes stay.
      await Promise.all((raft?.nodes ?? []).map((node) => node.kill()));
    }
    if (type !== 'AWS::EKS::Cluster') return;
    this.options.loadBalancers.close();
    await this.options.endCluster();
    this.clusterGone = true;
  }
}
