import { randomUUID } from 'node:crypto';

/** An HTTP request as it reached an endpoint. */
export interface AwsRequest {
  readonly method: string;
  /** The `Host` header. */
  readonly host: string;
  /** As sent, still escaped. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An error that AWS answers with. */
export class AwsError extends Error {
  /**
   * @param code AWS's error code, `AccessDenied`.
   * @param detail why, for the rehearsal's log alone.
   */
  constructor(
    readonly code: string,
    readonly status: 400 | 403 | 404 | 413 | 421 | 500,
    message: string,
    readonly detail?: string,
  ) {
    super(message);
  }
}

/** An XML element's content: text, or elements by name; an undefined element is left out. */
export type Xml = string | number | { readonly [element: string]: Xml | undefined };

/** AWS query-protocol services: their version, which is also the end of their XML namespace. */
export const SERVICES = {
  sts: { version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
  iam: { version: '2010-05-08', namespace: 'https://iam.amazonaws.com/doc/2010-05-08/' },
} as const;
export type Service = keyof typeof SERVICES;

/** The answer to an action that succeeded: `<XResponse><XResult>…</XResult><ResponseMetadata>`. */
export function renderResult(service: Service, action: string, result: Xml): string {
  return document(service, `${action}Response`, {
    [`${action}Result`]: result,
    ResponseMetadata: { RequestId: randomUUID() },
  });
}

/** `<ErrorResponse>`; `Type` says whose fault it is. */
export function renderError(service: Service, { code, status, message }: AwsError): string {
  return document(service, 'ErrorResponse', {
    Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message },
    RequestId: randomUUID(),
  });
}

/**
 * The parameters of a query-protocol request: the form of a POST, the query of a GET.
 * @throws {AwsError} for another method or another kind of body.
 */
export function parametersOf({ method, query, headers, body }: AwsRequest): URLSearchParams {
  if (method === 'GET') {
    return query;
  }
  const contentType = headers['content-type'] ?? '';
  if (method !== 'POST' || !contentType.startsWith('application/x-www-form-urlencoded')) {
    throw new AwsError('UnknownOperationException', 404, `${method} with content type "${contentType}": send a GET or a form by POST`);
  }
  return new URLSearchParams(body);
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

function document(service: Service, name: string, content: Xml): string {
  return `<${name} xmlns="${SERVICES[service].namespace}">${render(content)}</${name}>\n`;
}

function render(content: Xml): string {
  if (typeof content !== 'object') {
    return String(content).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  }
  return Object.entries(content)
    .flatMap(([name, child]) => (child === undefined ? [] : `<${name}>${render(child)}</${name}>`))
    .join('');
}
