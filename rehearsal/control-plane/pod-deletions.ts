import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { VaultStatefulSet } from '../vault-stateful-set';
import type { KubernetesClient } from './kubernetes-client';

const LOOK_EVERY = 100;

const metadata = z.object({ name: z.string(), uid: z.string(), annotations: z.record(z.string(), z.string()).optional() });
const podList = z.object({ items: z.array(z.object({ metadata })) });

/** Tells the StatefulSet of pods that somebody has deleted at the API server, as a controller's watch does. */
export class PodDeletions {
  private readonly closing = new AbortController();
  private seen: readonly z.infer<typeof podList>['items'][number][] = [];
  private readonly working: Promise<void>;
  private failure: unknown;

  constructor(
    private readonly client: KubernetesClient,
    private readonly namespace: string,
    private readonly set: VaultStatefulSet,
  ) {
    this.working = this.watch().catch((error: unknown) => {
      this.failure = error;
    });
  }

  /** @throws what kept it from working, if anything did. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.working;
    if (this.failure !== undefined) throw this.failure as Error;
  }

  private async watch(): Promise<void> {
    for (; !this.closing.signal.aborted; await sleep(LOOK_EVERY)) {
      const { items } = podList.parse(await this.client.request('GET', `/api/v1/namespaces/${this.namespace}/pods`, `Pods of ${this.namespace}`));
      const gone = this.seen.filter(({ metadata: { uid } }) => items.every((each) => each.metadata.uid !== uid));
      for (const pod of gone) if (this.set.isCurrent(pod)) this.set.deleted(pod.metadata.name);
      this.seen = items;
    }
  }
}
