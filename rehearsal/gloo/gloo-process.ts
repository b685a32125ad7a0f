import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GlooContainer, SHORTENED, type GlooPace, type GlooTally } from './gloo-container';
import type { GlooPod } from './gloo-pod';

/** What a Gloo did, and what came of it for its users, since it was started or last cleared. */
export interface GlooReport extends Readonly<GlooTally> {
  /** Requests to Vault, those that its client made again by itself too. */
  readonly requests: number;
  /** Milliseconds between two whole lists of secrets, at the longest; the one since the last list too. */
  readonly longestGap: number;
}

export interface GlooProcessOptions {
  /** A pod as it would be started now; the signal ends it. */
  readonly pod: (process: AbortSignal) => GlooPod;
  /** @default SHORTENED */
  readonly pace?: GlooPace;
  /** Where its metrics are served. @default - 127.0.0.1, and a free port */
  readonly listen?: { readonly host: string; readonly port: number };
}

/** A Deployment of Gloo's with one pod, as far as Vault, users of secrets, and readers of port 9091 notice it. */
export class GlooProcess {
  private readonly tally: GlooTally = { logins: 0, loginFailures: 0, renewals: 0, lists: 0, reads: 0, failures: 0, emptyLists: 0 };
  private gap = 0;
  private lastList = performance.now();
  private requests = 0;
  private container: GlooContainer | undefined;
  private readonly metrics = createServer((request, response) => {
    if (request.url !== '/metrics' || !this.container) response.writeHead(404).end('404 page not found\n');
    else response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(this.container.page());
  });

  private constructor(private readonly options: GlooProcessOptions) {}

  /** @throws where the pod's first login or list fails: it would crash-loop. */
  static async start(options: GlooProcessOptions): Promise<GlooProcess> {
    const gloo = new GlooProcess(options);
    gloo.container = await gloo.spawn();
    gloo.metrics.listen(options.listen ?? { host: '127.0.0.1', port: 0 });
    await once(gloo.metrics, 'listening');
    return gloo;
  }

  /** Where its metrics are; undefined while no container runs. */
  get metricsOrigin(): string | undefined {
    const { address, port } = this.metrics.address() as AddressInfo;
    return this.running ? `http://${address}:${port}` : undefined;
  }

  /** Why the process ended by itself, of which its users notice only what `report` counts. */
  get crash(): Error | undefined {
    return this.container?.crash;
  }

  get running(): boolean {
    return this.container !== undefined && this.crash === undefined;
  }

  /** Whether the loop that renews the token has not ended for good. */
  get renewing(): boolean {
    return this.running && this.container?.renewing === true;
  }

  /** The secrets that its users have now, `namespace/name`. */
  get secrets(): readonly string[] {
    return this.container?.secrets ?? [];
  }

  /** What its Vault token can be taken away by. */
  get token(): string | undefined {
    return this.container?.token;
  }

  report(): GlooReport {
    const requests = this.requests + (this.container?.requests ?? 0);
    return { ...this.tally, requests, longestGap: Math.round(Math.max(this.gap, performance.now() - this.lastList)) };
  }

  /** Forgets what was counted. */
  clear(): void {
    for (const key of Object.keys(this.tally) as (keyof GlooTally)[]) this.tally[key] = 0;
    this.gap = 0;
    this.requests = -(this.container?.requests ?? 0);
  }

  /** Waits until users have had two more whole lists. @throws when they have none in time. */
  async settled(limit = 60_000): Promise<void> {
    const enough = this.tally.lists + 2;
    for (const deadline = performance.now() + limit; this.tally.lists < enough; await sleep(20)) {
      if (performance.now() > deadline) throw new Error(`Gloo had no whole list of secrets in ${limit} ms: ${JSON.stringify({ ...this.report(), running: this.running, renewing: this.renewing })}`);
    }
  }

  /**
   * A rollout: a new pod, and the old one goes once the new one is there.
   * @throws where the new one's first login or list fails; the old one stays, as a Deployment leaves it.
   */
  async restart(): Promise<void> {
    const next = await this.spawn();
    const last = this.container;
    this.container = next;
    this.requests += last?.requests ?? 0;
    await last?.stop();
  }

  async stop(): Promise<void> {
    this.metrics.close();
    this.metrics.closeAllConnections();
    await this.container?.stop();
  }

  private spawn(): Promise<GlooContainer> {
    return GlooContainer.start({
      pod: this.options.pod,
      pace: this.options.pace ?? SHORTENED,
      tally: this.tally,
      onList: () => {
        const now = performance.now();
        this.gap = Math.max(this.gap, now - this.lastList);
        this.lastList = now;
      },
    });
  }
}
