import { fromApiServer, parseObject, statusOf } from '../../vault/client/answers';
import type { ApiServerAccess } from '../../vault/client/attempts';
import { Setback } from '../../vault/client/errors';
import { NoAnswer } from '../../vault/client/http';
import { unreachable } from '../../vault/client/vault-client';
import { GLOO_RELEASE } from '../helm-values';
import { Refused } from './refused';

/** Whom the tokens are meant for: STS, as EKS's webhook has them made for pods. */
export const AUDIENCE = 'sts.amazonaws.com';

/** Seconds: the shortest that the API server gives. */
const LIFETIME = 600;

/** Tokens of service accounts, by the API server's TokenRequest. Source: Kubernetes API reference, TokenRequest v1. */
export class ServiceAccountTokens {
  constructor(private readonly apiServer: ApiServerAccess) {}

  /**
   * A token such as the pods of a service account get, good for 10 minutes.
   * @throws Refused, Setback
   */
  async issue(namespace: string, name: string): Promise<string> {
    const what = `POST serviceaccounts/${name}/token in ${namespace}`;
    const { http, endpoint, headers } = this.apiServer;
    const answer = await http
      .send({
        method: 'POST',
        url: `${endpoint}/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
        headers: { ...headers, accept: 'application/json', 'content-type': 'application/json' },
        body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [AUDIENCE], expirationSeconds: LIFETIME } }),
      })
      .catch((error: unknown) => {
        throw error instanceof NoAnswer ? unreachable(error, what) : error;
      });
    const status = statusOf(answer);
    const said = `${what} was answered by the API server with ${answer.status} (${status?.message ?? 'no message'})`;
    if (answer.status === 403) {
      throw new Refused(said, `RBAC must allow create on serviceaccounts/token for exactly this name: check Role and RoleBinding in the namespace ${namespace}.`, 'settling');
    }
    if (answer.status === 404) {
      throw new Refused(
        said,
        'The Gloo stack makes it before the chart: was it deleted since? This makes it again, for Helm to take over: ' +
          `kubectl create sa ${name} -n ${namespace}; kubectl label sa ${name} -n ${namespace} app.kubernetes.io/managed-by=Helm; ` +
          `kubectl annotate sa ${name} -n ${namespace} meta.helm.sh/release-name=${GLOO_RELEASE} meta.helm.sh/release-namespace=${namespace}`,
      );
    }
    if (status) throw fromApiServer(answer.status, status, what);
    const token = (parseObject(answer.body)?.status as { token?: unknown } | undefined)?.token;
    if (answer.status === 201 && typeof token === 'string') return token;
    throw new Setback('passing', `${what} was answered with ${answer.status} and no token. Something else answers for the API server.`);
  }
}
