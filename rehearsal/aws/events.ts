import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { JsonObject } from '../cloudformation/template';
import { authorize } from './authorize';
import type { IamStore } from './iam';
import { jsonApi, operation } from './json-protocol';
import { AwsError, type ServiceApi } from './protocol';
import type { Session } from './sessions';

/** An event that the default bus took, as a rule would see it. */
export interface ReceivedEvent {
  readonly id: string;
  readonly time: Date;
  readonly source: string;
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const MOST_ENTRIES = 10;
const KIBIBYTE = 1024;
const LARGEST_ENTRY = 256 * KIBIBYTE;
/** Bytes that a time counts for in an entry's size. */
const TIME_BYTES = 14;

const entry = z.strictObject({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().min(1).max(1600).optional(),
  Resources: z.array(z.string().max(2048)).optional(),
  Time: z.number().optional(),
  TraceHeader: z.string().min(1).max(500).optional(),
});
const putInput = z.strictObject({
  Entries: z.array(entry).min(1, 'Member must have length greater than or equal to 1').max(MOST_ENTRIES, `Member must have length less than or equal to ${MOST_ENTRIES}`),
});

type Entry = z.output<typeof entry>;

/** EventBridge's default bus: who may put what on it, and what is there. */
export class EventBus {
  /** Oldest first. */
  readonly received: ReceivedEvent[] = [];
  private failing: { readonly code: string; left: number } = { code: '', left: 0 };

  constructor(
    private readonly iam: IamStore,
    private readonly now: () => Date,
  ) {}

  /** The next `count` entries are not taken, while the call goes through: `InternalFailure`, `ThrottlingException`. */
  failNext(code: string, count: number): void {
    this.failing = { code, left: count };
  }

  /** The service behind its protocol. */
  api(): ServiceApi {
    return jsonApi({
      target: 'AWSEvents',
      textMember: () => 'message',
      operations: { PutEvents: operation(putInput, ({ Entries }, caller) => this.put(Entries, caller)) },
    });
  }

  private put(entries: readonly Entry[], caller: Session): JsonObject {
    for (const each of entries) this.admit(each, caller);
    if (entries.some((each) => sizeOf(each) > LARGEST_ENTRY) || entries.reduce((all, each) => all + sizeOf(each), 0) > LARGEST_ENTRY) {
      throw new AwsError('ValidationException', 400, 'Total size of the entries in the request is over the limit.');
    }
    const results = entries.map((each) => this.take(each));
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  }

  /** A call with one entry that the caller may not put is refused as a whole. */
  private admit({ Source = '', DetailType = '', EventBusName = 'default' }: Entry, caller: Session): void {
    const { partition, region, account } = this.iam;
    const resource = EventBusName.startsWith('arn:') ? EventBusName : `arn:${partition}:events:${region}:${account}:event-bus/${EventBusName}`;
    const context = { ...(Source === '' ? {} : { 'events:source': Source }), ...(DetailType === '' ? {} : { 'events:detail-type': DetailType }) };
    const verdict = authorize(this.iam, { caller, action: 'events:PutEvents', resource, context, resourcePolicy: undefined, iamPolicies: 'full' });
    if (!verdict.allowed) {
      throw new AwsError('AccessDeniedException', 400, `User: ${caller.arn} is not authorized to perform: events:PutEvents on resource: ${resource} ${verdict.because}`, verdict.detail);
    }
    if (!resource.endsWith(`:${account}:event-bus/default`)) throw new AwsError('ResourceNotFoundException', 400, `Event bus ${EventBusName} does not exist.`);
  }

  private take({ Source, DetailType, Detail, Time }: Entry): JsonObject {
    if (this.failing.left > 0) {
      this.failing.left -= 1;
      return { ErrorCode: this.failing.code, ErrorMessage: 'The request failed on the way.' };
    }
    for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
      if (value === undefined || value === '') return { ErrorCode: 'InvalidArgument', ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.` };
    }
    if (Source?.startsWith('aws.')) return { ErrorCode: 'NotAuthorizedForSource', ErrorMessage: `Not authorized for the source.` };
    const detail = parsed(Detail ?? '');
    if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    const id = randomUUID();
    this.received.push({ id, time: Time === undefined ? this.now() : new Date(Time * 1000), source: Source ?? '', detailType: DetailType ?? '', detail });
    return { EventId: id };
  }
}

/** Source: EventBridge, "Calculating PutEvents event entry size". */
function sizeOf({ Source = '', DetailType = '', Detail = '', Resources = [], Time }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((all, text) => all + Buffer.byteLength(text), Time === undefined ? 0 : TIME_BYTES);
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
