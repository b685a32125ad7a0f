import { setTimeout as sleep } from 'node:timers/promises';
import type { GlooToken } from './gloo-client';
import { glooPage, type GlooMetric } from './gloo-page';
import type { GlooPod } from './gloo-pod';
import { GlooCrash } from './secret-list';

/** How fast a Gloo lives, in milliseconds. */
export interface GlooPace {
  /** Between two lists of its secrets: a minute, Gloo's `refreshRate`. */
  readonly list: number;
  /** A token's lease, as far as it is renewed by it: Vault's, of minutes, where that is shorter. */
  readonly lease: number;
}

/** A rehearsal has no minutes. Pauses after what failed are Gloo's own. */
export const SHORTENED: GlooPace = { list: 250, lease: 3_000 };

/** Counts over all containers of a Gloo. */
export interface GlooTally {
  logins: number;
  /** Of which three in a row end the renewal for good. */
  loginFailures: number;
  renewals: number;
  /** Whole lists of secrets. */
  lists: number;
  /** Secrets read in them. */
  reads: number;
  /** Lists that failed when Gloo's client had tried again by itself. */
  failures: number;
  /** Empty lists that were handed on, to users who had secrets: one for each failure. */
  emptyLists: number;
}

export interface ContainerOptions {
  readonly pod: (process: AbortSignal) => GlooPod;
  readonly pace: GlooPace;
  readonly tally: GlooTally;
  /** Told of each whole list. */
  readonly onList: () => void;
}

/** `NewRemoteTokenAuth` in `auth.go`: three tries with `BackOffDelay`, from a second on. */
const TRIES = 3;
const FIRST_PAUSE = 1_000;

/** Of a lease, as `calculateGrace` and `doRenewWithOptions` of vault/api have it. */
const GRACE = 0.1;
const RENEW_AFTER = 2 / 3 + GRACE / 3;
/** Its pause after a renewal that failed, ten seconds and each time twice as long, of a lease of fifteen minutes. */
const RETRY_RENEWAL = 1 / 90;

/** One process of Gloo's, from its start to its end, as its Vault client (`renewal.go`, `auth.go`) and solo-kit's watch make it. */
export class GlooContainer {
  /** What its users have. */
  secrets: readonly string[] = [];
  renewing = true;
  crash: Error | undefined;
  private readonly values = new Map<GlooMetric, number>();
  private readonly ending = new AbortController();
  private readonly pod: GlooPod;
  private session!: GlooToken;
  private loops: Promise<unknown> = Promise.resolve();

  private constructor(private readonly options: ContainerOptions) {
    this.pod = options.pod(this.ending.signal);
  }

  /** @throws where the first login or list fails, which ends the process. */
  static async start(options: ContainerOptions): Promise<GlooContainer> {
    const container = new GlooContainer(options);
    container.session = await container.logIn();
    // Go starts the renewal first, in a goroutine that nobody waits for.
    const renewal = container.renewForGood();
    try {
      await container.list();
    } catch (error) {
      container.ending.abort();
      await renewal;
      throw error;
    }
    container.loops = Promise.all([renewal, container.watch()]);
    return container;
  }

  get token(): string {
    return this.session.token;
  }

  get requests(): number {
    return this.pod.client.requests;
  }

  /** What its port 9091 shows. */
  page(): string {
    return glooPage(Object.fromEntries(this.values));
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.loops;
  }

  private async logIn(): Promise<GlooToken> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const token = await this.pod.logIn();
        this.measure('login', 'success');
        this.options.tally.logins += 1;
        return token;
      } catch (error) {
        if (this.ended) throw error;
        this.measure('login', 'failure');
        this.options.tally.loginFailures += 1;
        if (attempt === TRIES) throw error;
        await this.pause(FIRST_PAUSE * 2 ** (attempt - 1));
      }
    }
  }

  /** `RenewToken`: ends for good after a login that fails, and nobody is told. */
  private async renewForGood(): Promise<void> {
    for (;;) {
      await this.renewWhileItLasts();
      if (this.ended) return;
      this.measure('renew', 'failure');
      try {
        this.session = await this.logIn();
      } catch {
        this.renewing = false;
        return;
      }
    }
  }

  /** The lifetime watcher of vault/api: at once, then after two thirds of the lease; what fails is tried again until the lease ends. */
  private async renewWhileItLasts(): Promise<void> {
    let lease = this.leaseOf(this.session);
    const grace = lease * GRACE;
    let end = performance.now() + lease;
    let retry: number | undefined;
    while (!this.ended) {
      try {
        lease = this.leaseOf(await this.pod.client.renew(this.session));
        end = performance.now() + lease;
        retry = undefined;
        this.measure('renew', 'success');
        this.options.tally.renewals += 1;
      } catch {
        retry = retry === undefined ? lease * RETRY_RENEWAL : retry * 2;
      }
      const remaining = end - performance.now();
      const pause = retry ?? lease * RENEW_AFTER;
      if (remaining <= grace || remaining - pause <= grace) return;
      await this.pause(pause);
    }
  }

  private leaseOf({ leaseSeconds }: { readonly leaseSeconds: number }): number {
    return Math.min(this.options.pace.lease, leaseSeconds * 1000);
  }

  /** solo-kit's watch: each error is followed by an empty list. */
  private async watch(): Promise<void> {
    while (!this.ended) {
      await this.pause(this.options.pace.list);
      try {
        await this.list();
      } catch (error) {
        if (this.ended) return;
        this.options.tally.failures += 1;
        if (error instanceof GlooCrash) {
          this.crash = error;
          this.ending.abort();
          return;
        }
        this.options.tally.emptyLists += 1;
        this.secrets = [];
      }
    }
  }

  private async list(): Promise<void> {
    const secrets = await this.pod.client.secrets(this.session);
    this.secrets = secrets.map(({ namespace, name }) => `${namespace}/${name}`);
    this.options.tally.lists += 1;
    this.options.tally.reads += secrets.length;
    this.options.onList();
  }

  private get ended(): boolean {
    return this.ending.signal.aborted;
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.ending.signal }).catch((error: unknown) => {
      if (!this.ended) throw error;
    });
  }

  private measure(event: 'login' | 'renew', outcome: 'success' | 'failure'): void {
    this.values.set(`last_${event}_${outcome}`, Math.floor(Date.now() / 1000));
    const total = `${event}_${outcome === 'success' ? 'successes' : 'failures'}` as const;
    this.values.set(total, (this.values.get(total) ?? 0) + 1);
  }
}
