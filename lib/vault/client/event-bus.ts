import { setTimeout as sleep } from 'node:timers/promises';
import { parseObject } from './answers';
import type { AwsApi, AwsCredentials } from './aws';
import { askByJson } from './aws-api';
import { NoAnswer, type Http } from './http';

/** Something that happened. Whoever may make a rule on the bus reads it: nothing in it is secret. */
export interface BusEvent {
  /** `Vault drift` */
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What became of events: how many the bus took, and why it did not take the others, each reason once. */
export interface Published {
  readonly taken: number;
  readonly refusals: readonly string[];
}

/** As many as one call takes. */
const MOST_AT_ONCE = 10;
const TRIES = 3;
/** Milliseconds. */
const PAUSE = 300;
const PASSING = /throttl|internal|unavailable|^HTTP (429|5)/i;

/**
 * The default event bus of the function's account and region. Source: Amazon EventBridge API Reference, PutEvents.
 * `AWS_ENDPOINT_URL_EVENTBRIDGE` moves the endpoint, as in every AWS SDK.
 */
export class EventBus {
  private readonly api: AwsApi;

  constructor(
    private readonly http: Http,
    private readonly credentials: AwsCredentials,
    /** What the events say they come from: IAM knows the function by it. */
    private readonly source: string,
    env: NodeJS.ProcessEnv,
  ) {
    const region = env.AWS_REGION ?? '';
    const url = new URL(env.AWS_ENDPOINT_URL_EVENTBRIDGE ?? `https://events.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`);
    this.api = { url, service: 'events', region };
  }

  /** Tries again what passes by itself. Never throws for what EventBridge says, or does not say: an event is worth a line in the log, and not a failure. */
  async publish(events: readonly BusEvent[]): Promise<Published> {
    const refusals = new Set<string>();
    let taken = 0;
    for (let first = 0; first < events.length; first += MOST_AT_ONCE) {
      let left = events.slice(first, first + MOST_AT_ONCE);
      for (let attempt = 1; left.length > 0; attempt += 1) {
        const reasons = await this.put(left);
        const failed = left.flatMap((event, index) => (reasons[index] === undefined ? [] : [{ event, reason: reasons[index] }]));
        taken += left.length - failed.length;
        const passing = failed.filter(({ reason }) => attempt < TRIES && PASSING.test(reason));
        for (const each of failed) if (!passing.includes(each)) refusals.add(each.reason);
        left = passing.map(({ event }) => event);
        if (left.length > 0) await sleep(PAUSE * attempt);
      }
    }
    return { taken, refusals: [...refusals] };
  }

  /** @returns for each event why it was not taken; undefined where it was. */
  private async put(events: readonly BusEvent[]): Promise<readonly (string | undefined)[]> {
    const input = { Entries: events.map(({ detailType, detail }) => ({ Source: this.source, DetailType: detailType, Detail: JSON.stringify(detail) })) };
    const answer = await askByJson(this.http, this.credentials, this.api, 'AWSEvents.PutEvents', input).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error;
      return error;
    });
    if (answer instanceof NoAnswer) return events.map(() => `no answer from ${this.api.url.host}: ${answer.message}`);
    const body = parseObject(answer.body) ?? {};
    if (answer.status !== 200) {
      const type = typeof body.__type === 'string' ? (body.__type.split('#').pop() ?? '') : `HTTP ${answer.status}`;
      return events.map(() => worded(type, body.message ?? body.Message));
    }
    const entries = Array.isArray(body.Entries) ? (body.Entries as Readonly<Record<string, unknown>>[]) : [];
    return events.map((_, index) => {
      const entry = entries[index];
      if (typeof entry?.EventId === 'string') return undefined;
      return entry === undefined ? 'something else answers for EventBridge' : worded(String(entry.ErrorCode), entry.ErrorMessage);
    });
  }
}

const worded = (code: string, message: unknown) => (typeof message === 'string' && message !== '' ? `${code}: ${message.replace(/[. ]+$/, '')}` : code);
