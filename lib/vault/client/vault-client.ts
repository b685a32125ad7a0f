import { interpret, type VaultAnswer } from './answers';
import { Setback } from './errors';
import { NoAnswer, type Http, type HttpAnswer, type HttpRequest } from './http';

/** What the API server's proxy leads to, as its URLs and RBAC spell it: `http:vault:8200`, `https:vault-0:8200`. */
export interface Backend {
  readonly kind: 'services' | 'pods';
  readonly namespace: string;
  readonly name: string;
}

/**
 * Vault through the API server's proxy, for one attempt. Every write is a PUT, so that RBAC needs get, update
 * and delete alone; LIST would be refused.
 */
export class VaultClient {
  private readonly base: string;

  /**
   * @param caller headers that tell the API server who asks, `authorization` with an EKS token; the proxy strips them before
   *   Vault sees the request.
   */
  constructor(
    private readonly http: Http,
    endpoint: string,
    { kind, namespace, name }: Backend,
    private readonly caller: Readonly<Record<string, string>>,
  ) {
    this.base = `${endpoint}/api/v1/namespaces/${namespace}/${kind}/${name}/proxy`;
  }

  get(path: string, token?: string): Promise<VaultAnswer> {
    return this.request('GET', path, token);
  }

  put(path: string, payload: Readonly<Record<string, unknown>>, token?: string): Promise<VaultAnswer> {
    return this.request('PUT', path, token, JSON.stringify(payload));
  }

  delete(path: string, token: string): Promise<VaultAnswer> {
    return this.request('DELETE', path, token);
  }

  /**
   * A page of whatever stands behind the proxy, `/metrics` say, which need not be Vault's.
   * @throws NoAnswer
   */
  page(path: string): Promise<HttpAnswer> {
    return this.http.send({ method: 'GET', url: this.base + path, headers: this.caller });
  }

  private async request(method: HttpRequest['method'], path: string, token?: string, body?: string): Promise<VaultAnswer> {
    const what = `${method} ${path}`;
    const answer = await this.http
      .send({
        method,
        url: `${this.base}/v1/${path}`,
        headers: {
          ...this.caller,
          accept: 'application/json',
          'x-vault-request': 'true',
          ...(token === undefined ? {} : { 'x-vault-token': token }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body,
      })
      .catch((error: unknown) => {
        throw error instanceof NoAnswer ? unreachable(error, what) : error;
      });
    return interpret(answer, what);
  }
}

/** What it means that the API server gives no answer. */
export function unreachable(error: NoAnswer, what: string): Setback {
  const cause = `${what} had no answer from the API server: ${error.message}`;
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ISSUER/.test(error.code)) {
    return new Setback('passing', `${cause} (${error.code}). The certificate authority that the caller was given, by the environment or by a kubeconfig, is not this cluster's: compare it with aws eks describe-cluster --query cluster.certificateAuthority.data.`);
  }
  return new Setback(
    error.code === 'ETIMEDOUT' || error.code === 'ECONNREFUSED' ? 'starting' : 'passing',
    `${cause} (${error.code}). Either the cluster is gone, its endpoint does not admit who calls from here (for the app's functions, cluster.endpointAccess has to say that it is private or has an allow-list), or Vault hangs.`,
  );
}
