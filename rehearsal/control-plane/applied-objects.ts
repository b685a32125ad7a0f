import type { KubernetesObject } from '../kubernetes-objects';
import { KubernetesRefusal, nameOf, type KubernetesClient } from './kubernetes-client';

/** Objects that one manager has put into a cluster: each time only what is new, changed or gone since the last is written. */
export class AppliedObjects {
  private readonly written = new Map<string, { readonly object: KubernetesObject; readonly text: string }>();

  /** @param manager as {@link KubernetesClient.apply} takes it */
  constructor(
    private readonly client: KubernetesClient,
    private readonly manager?: string,
  ) {}

  /** @param objects all of them, those that others need first. @throws KubernetesRefusal */
  async write(objects: readonly KubernetesObject[]): Promise<void> {
    const names = new Set(objects.map(nameOf));
    for (const [name, { object }] of this.written) {
      if (!names.has(name)) {
        await orGone(isDeleted(object) ? this.client.letGo(object) : this.client.delete(object));
        this.written.delete(name);
      }
    }
    for (const object of objects) {
      const [name, text] = [nameOf(object), JSON.stringify(object)];
      if (this.written.get(name)?.text !== text) {
        await (isDeleted(object) ? this.client.delete(object) : this.client.apply(object, this.manager));
        this.written.set(name, { object, text });
      }
    }
  }
}

/** Deleted, and held by a finalizer: it stays until it is wanted no more. */
const isDeleted = ({ metadata }: KubernetesObject) => metadata.deletionTimestamp !== undefined;

/** Another manager had the object too, and deleted it. */
async function orGone(deletion: Promise<void>): Promise<void> {
  await deletion.catch((error: unknown) => {
    if (!(error instanceof KubernetesRefusal && error.code === 404)) throw error;
  });
}
