import type { AccessEntries, Caller } from './access-entries';
import type { Subject } from './rbac';
import { decodeToken } from './token';

/**
 * Asks STS whom the presigned URL of a token stands for, sent with the header that EKS adds.
 * Undefined, an `error` (kept in `RecordedRequest.refusal`) or a rejection refuses the token.
 */
export type Authenticate = (url: string, headers: { 'x-k8s-aws-id': string }) => Promise<Caller | { readonly error: string } | undefined>;

/** Whom Kubernetes sees, or why nobody: what EKS would not tell the caller. */
export type Authentication = { readonly subject: Subject } | { readonly refusal: string };

/** EKS's token webhook: an EKS token, and the cluster's access entries. */
export class TokenAuthenticator {
  constructor(private readonly cluster: { readonly clusterName: string; readonly authenticate: Authenticate; readonly entries: AccessEntries }) {}

  /** @param authorization the header, `Bearer k8s-aws-v1.…`. */
  async identify(authorization: string | undefined): Promise<Authentication> {
    const token = decodeToken(authorization);
    if ('refusal' in token) {
      return token;
    }
    const caller = await this.caller(token.url);
    if ('error' in caller) {
      return { refusal: `STS: ${caller.error}` };
    }
    const subject = this.cluster.entries.subject(caller, Date.now());
    return subject ? { subject } : { refusal: `no access entry is in effect for ${caller.roleArn}` };
  }

  private async caller(url: string): Promise<Caller | { readonly error: string }> {
    const { authenticate, clusterName } = this.cluster;
    try {
      const caller = await authenticate(url, { 'x-k8s-aws-id': clusterName });
      return caller ?? { error: 'the caller is unknown' };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }
}
