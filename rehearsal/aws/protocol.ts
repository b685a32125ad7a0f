import type { Endpoint } from './endpoints';
import type { Session } from './sessions';


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
  readonly body: Buffer;
  /** Whether it came by TLS, or by a plain port that stands for TLS. */
  readonly secure: boolean;
  /** The one inside an EKS token. @default false */
  readonly ofToken?: boolean;
}

/** An HTTP answer. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** What a request asks for, before anybody looks at who sent it. */
export type Operation =
  | { readonly kind: 'signed'; readonly name: string; run(caller: Session): Reply }
  | { readonly kind: 'unsigned'; readonly name: string; run(): Promise<{ readonly reply: Reply; readonly opened: Session }> };

/** A service behind its own protocol. */
export interface ServiceApi {
  /** @throws {AwsError} for a request that is none of the service's operations. */
  operationOf(request: AwsRequest, endpoint: Endpoint): Operation;
  /** This service's own code and status for errors that all services have, by the code that `AwsError` has them under. */
  readonly commonErrors: Readonly<Record<string, readonly [code: string, status: AwsError['status']]>>;
  renderError(error: AwsError): Reply;
}

/** An error that AWS answers with. */
export class AwsError extends Error {
  /**
   * @param code AWS's error code, `AccessDenied`.
   * @param message AWS's words; empty where AWS has none.
   * @param detail why, for the rehearsal's log alone.
   */
  constructor(
    readonly code: string,
    readonly status: 400 | 401 | 403 | 404 | 405 | 411 | 413 | 421 | 500 | 501 | 503,
    message: string,
    readonly detail?: string,
  ) {
    super(message);
  }
}
