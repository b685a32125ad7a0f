import { setTimeout as sleep } from 'node:timers/promises';
import type { GlooClient, GlooToken } from './gloo-client';

/** What a client noticed of a fault. */
export interface Outage {
  /** Milliseconds between two reads that went well, at the longest. */
  readonly longestGap: number;
  /** Reads that failed. */
  readonly failures: number;
  readonly reads: number;
}

export interface TrafficOptions {
  /** A new login, as a pod that was started now would make it. */
  readonly logIn: () => Promise<{ client: GlooClient; token: GlooToken }>;
  readonly namespace: string;
  /** Name of a secret that is there. */
  readonly secret: string;
}

const READ_EVERY = 50;
/** As Vault's Go client waits at least before it tries again. */
const RETRY_AFTER = 1_000;

/** Gloo as its proxies notice it: it reads without end, and tries again what failed. */
export class Traffic {
  private readonly ending = new AbortController();
  private lastRead = performance.now();
  private gap = 0;
  private failures = 0;
  private reads = 0;
  private readonly done: Promise<void>;

  private constructor(
    private readonly options: TrafficOptions,
    private session: { client: GlooClient; token: GlooToken },
  ) {
    this.done = this.run();
  }

  static async start(options: TrafficOptions): Promise<Traffic> {
    return new Traffic(options, await options.logIn());
  }

  /** What was noticed since the last call, when a read has gone well again. */
  async outage(): Promise<Outage> {
    const { reads } = this;
    while (this.reads < reads + 2) await sleep(READ_EVERY);
    const seen = { longestGap: Math.round(this.gap), failures: this.failures, reads: this.reads };
    this.gap = this.failures = this.reads = 0;
    return seen;
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.done;
  }

  private async run(): Promise<void> {
    const { namespace, secret } = this.options;
    while (!this.ending.signal.aborted) {
      try {
        await this.session.client.read(this.session.token, namespace, secret);
        const now = performance.now();
        this.gap = Math.max(this.gap, now - this.lastRead);
        this.lastRead = now;
        this.reads += 1;
        await sleep(READ_EVERY);
      } catch {
        this.failures += 1;
        await sleep(RETRY_AFTER);
      }
    }
  }
}
