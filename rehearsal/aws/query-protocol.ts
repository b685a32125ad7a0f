import { randomUUID } from 'node:crypto';
import { AwsError, type AwsRequest, type Operation, type Reply, type ServiceApi } from './protocol';
import type { Session } from './sessions';
import { renderXml, type Xml } from './xml';

/** An AWS service that speaks the query protocol. */
export interface QueryService {
  /** `2011-06-15`. */
  readonly version: string;
  /** XML namespace of its answers. */
  readonly namespace: string;
  readonly signed: Readonly<Record<string, (parameters: URLSearchParams, caller: Session) => Xml>>;
  /** Actions that need no signature: they open a session. @default - none */
  readonly unsigned?: Readonly<Record<string, (parameters: URLSearchParams) => Promise<{ readonly session: Session; readonly result: Xml }>>>;
  /** EC2 wraps answers and errors in its own way, and has its own words for some errors. @default 'query' */
  readonly dialect?: 'query' | 'ec2';
}

const EC2_ERRORS: ServiceApi['commonErrors'] = {
  InvalidClientTokenId: ['AuthFailure', 401],
  SignatureDoesNotMatch: ['AuthFailure', 401],
  ExpiredToken: ['RequestExpired', 400],
  Throttling: ['RequestLimitExceeded', 503],
};

/** The query protocol around a service's actions: parameters in a form or a query, answers in XML. */
export function queryApi({ version, namespace, signed, unsigned = {}, dialect = 'query' }: QueryService): ServiceApi {
  const document = (status: number, name: string, content: Xml): Reply => ({
    status,
    headers: { 'content-type': 'text/xml' },
    body: `${renderXml(`${name} xmlns="${namespace}"`, content)}\n`,
  });
  const result = (name: string, content: Xml) =>
    dialect === 'ec2' ? document(200, `${name}Response`, { requestId: randomUUID(), ...(content as object) }) : document(200, `${name}Response`, { [`${name}Result`]: content, ResponseMetadata: { RequestId: randomUUID() } });
  return {
    commonErrors: dialect === 'ec2' ? EC2_ERRORS : {},
    operationOf: (request): Operation => {
      const parameters = parametersOf(request);
      const name = parameters.get('Action') ?? '';
      const asked = parameters.get('Version') ?? '';
      const signedAction = Object.hasOwn(signed, name) ? signed[name] : undefined;
      const unsignedAction = Object.hasOwn(unsigned, name) ? unsigned[name] : undefined;
      if (asked === version && signedAction !== undefined) {
        return { kind: 'signed', name, run: (caller) => result(name, signedAction(parameters, caller)) };
      }
      if (asked === version && unsignedAction !== undefined) {
        return {
          kind: 'unsigned',
          name,
          run: async () => {
            const { session, result: content } = await unsignedAction(parameters);
            return { reply: result(name, content), opened: session };
          },
        };
      }
      throw new AwsError('InvalidAction', 400, `Could not find operation ${name} for version ${asked}`);
    },
    // `Type` says whose fault it is.
    renderError: ({ code, status, message }) =>
      dialect === 'ec2'
        ? document(status, 'Response', { Errors: { Error: { Code: code, Message: message } }, RequestID: randomUUID() })
        : document(status, 'ErrorResponse', {
            Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message },
            RequestId: randomUUID(),
          }),
  };
}

/**
 * The parameters of a query-protocol request: the form of a POST, the query of a GET.
 * @throws {AwsError} for another path, method or kind of body.
 */
function parametersOf({ method, path, query, headers, body }: AwsRequest): URLSearchParams {
  if (path !== '/') {
    throw new AwsError('UnknownOperationException', 404, `Path ${path} is not /`);
  }
  if (method === 'GET') {
    return query;
  }
  const contentType = headers['content-type'] ?? '';
  if (method !== 'POST' || !contentType.startsWith('application/x-www-form-urlencoded')) {
    throw new AwsError('UnknownOperationException', 404, `${method} with content type "${contentType}": send a GET or a form by POST`);
  }
  return new URLSearchParams(body.toString('utf8'));
}

/**
 * Refuses a missing parameter with AWS's words.
 * @param name as in the request, `RoleArn`.
 */
export function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (value === null || value === '') {
    const member = name.charAt(0).toLowerCase() + name.slice(1);
    throw new AwsError(
      'ValidationError',
      400,
      `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
    );
  }
  return value;
}

/** Refuses parameters that the stand-in would have to ignore. */
export function refuseOthers(parameters: URLSearchParams, known: readonly string[]): void {
  const other = [...parameters.keys()].find((name) => !['Action', 'Version', ...known].includes(name) && !name.startsWith('X-Amz-'));
  if (other !== undefined) {
    throw new AwsError('ValidationError', 400, `parameter ${other} is not modelled here; known are ${known.join(', ') || 'none'}`);
  }
}
