import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '../kubernetes-objects';
import { nameOf, type KubernetesClient } from './kubernetes-client';

const LOOK_EVERY = 100;
const MANAGER = 'controllers';

/**
 * Keeps a cluster's objects as they are wanted, which may change at any time: the part of controllers, and of whoever
 * changes something by hand.
 */
export class ClusterState {
  private readonly closing = new AbortController();
  private readonly written = new Map<string, { readonly object: KubernetesObject; readonly text: string }>();
  private working: Promise<void> = Promise.resolve();
  private failure: unknown;

  constructor(
    private readonly client: KubernetesClient,
    private readonly wanted: () => readonly KubernetesObject[],
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
    const wanted = new Map(this.wanted().map((object) => [nameOf(object), object]));
    for (const [name, { object }] of this.written) {
      if (!wanted.has(name)) {
        await this.client.delete(object);
        this.written.delete(name);
      }
    }
    for (const [name, object] of wanted) {
      const text = JSON.stringify(object);
      if (this.written.get(name)?.text !== text) {
        await this.client.apply(object, MANAGER);
        this.written.set(name, { object, text });
      }
    }
  }
}
