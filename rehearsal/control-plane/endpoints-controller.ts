import { setTimeout as sleep } from 'node:timers/promises';
import type { ServicePort } from '../api-server/backend';
import { endpointsObject, type VaultPod } from './cluster-contents';
import type { KubernetesClient } from './kubernetes-client';

const LOOK_EVERY = 100;

/** Writes the Endpoints of Services as their pods come and go: the controller's part. */
export class EndpointsController {
  private readonly closing = new AbortController();
  private readonly written = new Map<string, string>();
  private working: Promise<void> = Promise.resolve();
  private failure: unknown;

  /** @param podsBehind the pods that a Service leads to now. */
  constructor(
    private readonly client: KubernetesClient,
    private readonly services: readonly Pick<ServicePort, 'namespace' | 'name' | 'portName'>[],
    private readonly podsBehind: (service: string) => readonly VaultPod[],
  ) {}

  /** Writes all once, and then looks ten times a second. */
  async start(): Promise<void> {
    await this.write();
    this.working = this.watch().catch((error: unknown) => {
      this.failure = error;
    });
  }

  /** @throws what kept it from working, if anything did. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.working;
    if (this.failure !== undefined) {
      throw this.failure as Error;
    }
  }

  private async watch(): Promise<void> {
    while (!this.closing.signal.aborted) {
      await this.write();
      await sleep(LOOK_EVERY);
    }
  }

  private async write(): Promise<void> {
    for (const service of this.services) {
      const object = endpointsObject(service, this.podsBehind(service.name));
      const text = JSON.stringify(object);
      if (this.written.get(service.name) !== text) {
        await this.client.apply(object);
        this.written.set(service.name, text);
      }
    }
  }
}
