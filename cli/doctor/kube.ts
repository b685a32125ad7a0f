import { NoAnswer, type Http } from '../../lib/vault/client/http';
import { isMapping } from '../../lib/environment/fields';
import { NotKnown } from './finding';

/** What comes back of the API server: an object or a list. */
export type KubeObject = Readonly<Record<string, unknown>>;

/** Where the API server is and how one shows who one is. */
export interface KubeServer {
  /** `https://…` */
  readonly endpoint: string;
  readonly http: Http;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads objects of a cluster, each as the API server has it. */
export class Kube {
  constructor(private readonly server: KubeServer) {}

  get endpoint(): string {
    return this.server.endpoint;
  }

  /**
   * @param path `/apis/apps/v1/namespaces/gloo-system/deployments/gloo`
   * @returns undefined where there is none.
   * @throws NotKnown where the API server refuses or does not answer.
   */
  async find(path: string): Promise<KubeObject | undefined> {
    const { http, endpoint, headers } = this.server;
    const answer = await http.send({ method: 'GET', url: endpoint + path, headers: { ...headers, accept: 'application/json' } }).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error;
      throw new NotKnown(
        `the API server ${endpoint} had no answer (${error.code})`,
        'See that the kubeconfig leads to this cluster and that its endpoint admits this machine: kubectl version.',
      );
    });
    const body = parsed(answer.body);
    if (answer.status === 404 && (body?.kind === 'Status' || body === undefined)) return undefined;
    if (answer.status === 200 && body !== undefined) return body;
    const message = typeof body?.message === 'string' ? body.message : `HTTP ${answer.status}`;
    if (answer.status === 401) throw new NotKnown(`the API server does not know you (${message})`, 'Log in to the cluster again: aws eks update-kubeconfig, and an access entry for your role.');
    if (answer.status === 403) throw new NotKnown(`your Kubernetes user may not read it (${message})`, 'Have the read rights of cluster-admin, or of what the message names.');
    throw new NotKnown(`the API server answered ${answer.status} to GET ${path} (${message})`);
  }
}

function parsed(text: string): KubeObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMapping(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
