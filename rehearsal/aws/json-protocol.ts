import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { JsonObject } from '../cloudformation/template';
import { AwsError, type AwsRequest, type Operation, type Reply, type ServiceApi } from './protocol';
import type { Session } from './sessions';

/** An operation with the shape of its input, which has every parameter that is known here: others are refused. */
export interface JsonOperation {
  readonly run: (input: unknown, caller: Session) => JsonObject;
}

export interface JsonService {
  /** What stands before the operation in `x-amz-target`: `TrentService`. */
  readonly target: string;
  readonly operations: Readonly<Record<string, JsonOperation>>;
  /** Name of the error's text in the answer: `message` or `Message`, which clients of AWS have to take both. */
  readonly textMember: (code: string) => 'message' | 'Message';
}

const CONTENT_TYPE = 'application/x-amz-json-1.1';

/** An operation of a JSON service. @param input strict: a parameter that it does not have is refused rather than ignored. */
export function operation<T>(input: z.ZodType<T>, perform: (input: T, caller: Session) => JsonObject): JsonOperation {
  return {
    run: (body, caller) => {
      const parsed = input.safeParse(body);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new AwsError('ValidationException', 400, `1 validation error detected: ${constraint(body, issue?.path ?? [], issue?.message ?? '')}`);
      }
      return perform(parsed.data, caller);
    },
  };
}

/** Base64 in, bytes out. */
export const blob = z
  .string()
  .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'Member must be Base64')
  .transform((text) => Buffer.from(text, 'base64'));

/** Seconds since the epoch, as the JSON protocol has times. */
export function timestamp(time: Date): number {
  return time.getTime() / 1000;
}

/** The JSON 1.1 protocol around a service's operations. */
export function jsonApi({ target, operations, textMember }: JsonService): ServiceApi {
  const reply = (status: number, content: JsonObject): Reply => ({
    status,
    headers: { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify(content),
  });
  return {
    commonErrors: {
      MissingAuthenticationToken: ['MissingAuthenticationTokenException', 400],
      IncompleteSignature: ['IncompleteSignatureException', 400],
      InvalidClientTokenId: ['UnrecognizedClientException', 400],
      ExpiredToken: ['ExpiredTokenException', 400],
      SignatureDoesNotMatch: ['InvalidSignatureException', 400],
      Throttling: ['ThrottlingException', 400],
    },
    operationOf: (request): Operation => {
      const [service, name = ''] = targetOf(request).split('.', 2);
      const found = service === target && Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (found === undefined) {
        throw new AwsError('UnknownOperationException', 400, '', `x-amz-target "${request.headers['x-amz-target'] ?? ''}" is not known here`);
      }
      return { kind: 'signed', name, run: (caller) => reply(200, found.run(documentOf(request.body), caller)) };
    },
    renderError: ({ code, status, message }) => reply(status, { __type: code, ...(message === '' ? {} : { [textMember(code)]: message }) }),
  };
}

function targetOf({ method, path, headers }: AwsRequest): string {
  const contentType = (headers['content-type'] ?? '').split(';', 1)[0]?.trim();
  if (method !== 'POST' || path !== '/' || contentType !== CONTENT_TYPE) {
    throw new AwsError('UnknownOperationException', 404, '', `${method} ${path} with content type "${contentType}": POST ${CONTENT_TYPE} to /`);
  }
  return headers['x-amz-target'] ?? '';
}

function documentOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // The parser's own words would quote the body.
    throw new AwsError('SerializationException', 400, '', 'the body is not JSON');
  }
}

/** Says where, never what: values of this protocol are secrets. */
function constraint(body: unknown, path: readonly PropertyKey[], message: string): string {
  const member = path.map((key) => String(key).replace(/^./, (first) => first.toLowerCase())).join('.');
  const [first] = path;
  const isAbsent = path.length === 1 && typeof body === 'object' && body !== null && first !== undefined && !Object.hasOwn(body, first);
  return isAbsent
    ? `Value null at '${member}' failed to satisfy constraint: Member must not be null`
    : `Value at '${member}' failed to satisfy constraint: ${message}`;
}
