import { interpret, type VaultAnswer } from './answers';
import { Setback } from './errors';
import { NoAnswer, type Http, type HttpAnswer, type HttpRequest } from './http';

/** What the API server's proxy leads to, as its URLs and RBAC spell it: `http:vault:8200`, `https:vault-0:8200`. */
export interface Backend {
  readonly kind: 'services' | 'pods';
  readonly namespace: string;
  readonly name: string;
}

/** A Vault that is no Service of this cluster, but one of the network. */
export interface DirectVault {
  readonly kind: 'direct';
  /** `https://vault.example.com:8200` */
  readonly address: string;
  /** PEM of the one authority that its certificate is trusted by. */
  readonly authority: string;
}

/** Where a client's requests go. */
interface Way {
  /** What stands before `/v1/…`. */
  readonly base: string;
  /** Headers beside Vault's own. */
  readonly caller: Readonly<Record<string, string>>;
  /** What it means that nothing answers there. */
  readonly unanswered: (error: NoAnswer, what: string) => Setback;
}

/**
 * Vault, for one attempt: through the API server's proxy, or directly. Every write is a PUT, so that RBAC needs get,
 * update and delete alone; LIST would be refused.
 */
export class VaultClient {
  private constructor(
    private readonly http: Http,
    private readonly way: Way,
  ) {}

  /**
   * @param caller headers that tell the API server who asks, `authorization` with an EKS token; the proxy strips them before
   *   Vault sees the request.
   */
  static throughProxy(http: Http, endpoint: string, { kind, namespace, name }: Backend, caller: Readonly<Record<string, string>>): VaultClient {
    return new VaultClient(http, { base: `${endpoint}/api/v1/namespaces/${namespace}/${kind}/${name}/proxy`, caller, unanswered: unreachable });
  }

  /** @param http trusts the authority of Vault's certificate, and no other. */
  static directly(http: Http, address: string): VaultClient {
    return new VaultClient(http, { base: address, caller: {}, unanswered: (error, what) => unreachableAt(address, error, what) });
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
    return this.http.send({ method: 'GET', url: this.way.base + path, headers: this.way.caller });
  }

  private async request(method: HttpRequest['method'], path: string, token?: string, body?: string): Promise<VaultAnswer> {
    const what = `${method} ${path}`;
    const answer = await this.http
      .send({
        method,
        url: `${this.way.base}/v1/${path}`,
        headers: {
          ...this.way.caller,
          accept: 'application/json',
          'x-vault-request': 'true',
          ...(token === undefined ? {} : { 'x-vault-token': token }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body,
      })
      .catch((error: unknown) => {
        throw error instanceof NoAnswer ? this.way.unanswered(error, what) : error;
      });
    return interpret(answer, what);
  }
}

/** What it means that the API server gives no answer. */
export function unreachable(error: NoAnswer, what: string): Setback {
  const cause = `${what} had no answer from the API server: ${error.message}`;
  if (isDistrust(error)) {
    return new Setback('passing', `${cause} (${error.code}). The certificate authority that the caller was given, by the environment or by a kubeconfig, is not this cluster's: compare it with aws eks describe-cluster --query cluster.certificateAuthority.data.`);
  }
  return new Setback(
    error.code === 'ETIMEDOUT' || error.code === 'ECONNREFUSED' ? 'starting' : 'passing',
    `${cause} (${error.code}). Either the cluster is gone, its endpoint does not admit who calls from here (for the app's functions, cluster.endpointAccess has to say that it is private or has an allow-list), or Vault hangs.`,
  );
}

/** What it means that a Vault of another cluster gives no answer. */
function unreachableAt(address: string, error: NoAnswer, what: string): Setback {
  const cause = `${what} had no answer from ${new URL(address).host}: ${error.message} (${error.code})`;
  if (error.code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new Setback('passing', `${cause}. Its certificate is for other names: the address that the owner's environment says is not the one here.`);
  }
  if (isDistrust(error)) {
    return new Setback('passing', `${cause}. The authority that the environment gives for Vault's certificate is not the one that signed it: it has to be the ca.crt of the Secret vault-tls beside that Vault.`);
  }
  return new Setback(
    UNSETTLED.includes(error.code) ? 'starting' : 'passing',
    `${cause}. From this cluster's VPC there has to be the name in DNS, a route (a peering, a transit gateway), and on the other side a load balancer and a NetworkPolicy that admit this VPC's addresses: the owner's environment says which it admits.`,
  );
}

/** What a load balancer that was just made, or has no Vault behind it yet, looks like. */
const UNSETTLED: readonly string[] = ['ETIMEDOUT', 'ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH'];

const isDistrust = ({ code }: NoAnswer) => /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ISSUER/.test(code);
