import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '../kubernetes-objects';
import { AppliedObjects } from './applied-objects';
import type { KubernetesClient } from './kubernetes-client';

const LOOK_EVERY = 100;
const MANAGER = 'controllers';

/**
 * Keeps a cluster's objects as they are wanted, which may change at any time: the part of controllers, and of whoever
 * changes something by hand.
 */
export class ClusterState {
  private readonly closing = new AbortController();
  private working: Promise<void> = Promise.resolve();
  private failure: unknown;

  private readonly applied: AppliedObjects;

  constructor(
    client: KubernetesClient,
    private readonly wanted: () => readonly KubernetesObject[],
  ) {
    this.applied = new AppliedObjects(client, MANAGER);
  }

  /** Writes all once, and then looks ten times a second. */
  async start(): Promise<void> {
    await this.applied.write(this.wanted());
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
      await this.applied.write(this.wanted());
      await sleep(LOOK_EVERY);
    }
  }
}
