import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ServicePort } from '../api-server/backend';
import type { ClusterObjects } from '../cluster-objects';
import type { KubernetesObjects } from '../kubernetes-objects';
import type { GlooPod } from './gloo-pod';
import { GlooProcess } from './gloo-process';

export interface GlooDeploymentsOptions {
  readonly objects: KubernetesObjects;
  readonly clusterObjects: ClusterObjects;
  /** A Deployment as the API server has it. */
  readonly read: (namespace: string, name: string) => Promise<unknown> | object;
  /** A pod of a Deployment as it would be started now; the signal ends it. */
  readonly pod: (name: string, process: AbortSignal) => GlooPod;
  /** Addresses of the pods, by Deployment. @default - 127.0.0.1, and a free port each */
  readonly addresses?: ReadonlyMap<string, string>;
}

/** Port of a pod's metrics. */
export const METRICS_PORT = 9091;

const LOOK_EVERY = 100;
/** The kubelet's first pause before it starts a container again that has ended is ten seconds; here there are no minutes. */
const BACK_OFF = 1_000;

const deployment = z.object({
  metadata: z.object({ generation: z.int().default(1) }),
  spec: z.object({ template: z.object({ metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }) }) }),
});

interface Running {
  readonly process: GlooProcess;
  readonly ending: AbortController;
  /** Ends with what it failed by, if it did. */
  readonly rollouts: Promise<unknown>;
}

/** Gloo's Deployments in a cluster: their processes, their Services, and the rollout that a changed template makes. */
export class GlooDeployments {
  private readonly running = new Map<string, Running>();

  constructor(private readonly options: GlooDeploymentsOptions) {}

  /** The Services of the chart, with what stands behind them. */
  services(): ServicePort[] {
    const { objects } = this.options;
    return objects.glooServices().map((service) => ({ ...service, target: () => (service.port === METRICS_PORT ? this.running.get(service.name)?.process.metricsOrigin : undefined) }));
  }

  /** Where its pod is, by the addresses that were given. */
  get addresses(): ReadonlyMap<string, string> {
    return this.options.addresses ?? new Map<string, string>();
  }

  /** Whether that is ready, so that its Service leads to it. */
  isReady(name: string): boolean {
    return this.running.get(name)?.process.running === true;
  }

  /** The one that runs already, or else a new one. @throws where its first login or list fails. */
  async start(name: string): Promise<GlooProcess> {
    const found = this.running.get(name);
    if (found) return found.process;
    const host = this.addresses.get(name);
    const process = await GlooProcess.start({ pod: (ended) => this.options.pod(name, ended), ...(host === undefined ? {} : { listen: { host, port: METRICS_PORT } }) });
    const ending = new AbortController();
    this.running.set(name, { process, ending, rollouts: this.rollOut(name, process, ending.signal).then(
        () => undefined,
        (error: unknown) => error,
      ) });
    return process;
  }

  /** @throws what kept rollouts from being carried out, if anything did. */
  async stop(): Promise<void> {
    const all = [...this.running.values()];
    this.running.clear();
    for (const { ending } of all) ending.abort();
    await Promise.all(all.map(({ process }) => process.stop()));
    const failure = (await Promise.all(all.map(({ rollouts }) => rollouts))).find((each) => each !== undefined);
    if (failure !== undefined) throw failure as Error;
  }

  /** The Deployment controller and the kubelet: another template makes another pod, and the status follows. */
  private async rollOut(name: string, process: GlooProcess, ending: AbortSignal): Promise<void> {
    let template = (await this.read(name)).template;
    while (!ending.aborted) {
      await sleep(LOOK_EVERY);
      const now = await this.read(name);
      if (now.template === template || ending.aborted) continue;
      const started = await process.restart().then(() => true, () => false);
      if (!started) {
        await sleep(BACK_OFF);
        continue;
      }
      template = now.template;
      this.options.clusterObjects.change('Deployment', this.namespace, name, (object) => ({ ...object, status: { ...(object.status as object), observedGeneration: now.generation } }));
    }
  }

  private async read(name: string): Promise<{ template: string; generation: number }> {
    const { metadata, spec } = deployment.parse(await this.options.read(this.namespace, name));
    return { template: JSON.stringify(spec.template.metadata.annotations), generation: metadata.generation };
  }

  private get namespace(): string {
    return this.options.objects.release('gloo').namespace;
  }
}
