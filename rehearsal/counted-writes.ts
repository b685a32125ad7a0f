import { setTimeout as sleep } from 'node:timers/promises';
import type { Observer } from './observer';

const WRITE_EVERY = 50;
const RETRY_AFTER = 250;
const READ_SIDE_BY_SIDE = 8;

/** Numbered secrets, one after the other without end: what Vault has acknowledged has to be there in the end. */
export class CountedWrites {
  private readonly ending = new AbortController();
  private readonly acknowledged: number[] = [];
  private readonly done: Promise<void>;

  /** @param folder where they go, below the mount's `data/`. */
  constructor(
    private readonly observer: Observer,
    private readonly mount: string,
    private readonly folder: string,
  ) {
    this.done = this.run();
  }

  /**
   * Ends the writing and looks for each.
   * @throws naming those that are missing or hold another number.
   */
  async count(): Promise<number> {
    await this.stop();
    const missing: number[] = [];
    const rest = [...this.acknowledged];
    const look = async () => {
      for (let number = rest.shift(); number !== undefined; number = rest.shift()) {
        const found = (await this.observer.read(this.path(number))) as { data?: { number?: number } } | undefined;
        if (found?.data?.number !== number) missing.push(number);
      }
    };
    await Promise.all(Array.from({ length: READ_SIDE_BY_SIDE }, look));
    if (missing.length > 0) throw new Error(`Of ${this.acknowledged.length} secrets that Vault acknowledged, ${missing.length} are lost: ${missing.slice(0, 10).join(', ')}`);
    return this.acknowledged.length;
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.done;
  }

  private path(number: number): string {
    return `${this.mount}/data/${this.folder}/${number}`;
  }

  private async run(): Promise<void> {
    for (let number = 1; !this.ending.signal.aborted; number += 1) {
      try {
        await this.observer.write(this.path(number), { data: { number } });
        this.acknowledged.push(number);
        await sleep(WRITE_EVERY);
      } catch {
        await sleep(RETRY_AFTER);
      }
    }
  }
}
