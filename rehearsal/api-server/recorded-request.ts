/** A request as an audit log would have it: no header, no body. */
export interface RecordedRequest {
  /** When it came, ISO 8601. */
  readonly time: string;
  /** Kubernetes user; left out when the request was not authenticated. */
  user?: string;
  /** RBAC verb; empty when the method has none. */
  readonly verb: string;
  /** `services/proxy`, `pods/proxy`, `serviceaccounts/token`, or empty for any other path. */
  readonly resource: string;
  readonly name: string;
  /** Path and query as they came. */
  readonly path: string;
  /** Left out while there is no answer, and for ever when the connection was cut. */
  status?: number;
  /** Milliseconds until the answer was sent; left out where there is none. */
  ms?: number;
  /** RBAC did not allow it: it went no further. */
  forbidden?: true;
  /** Why it was not authenticated: what EKS would not tell the caller. */
  refusal?: string;
}
