import { ConfigurationError } from '../../lib/vault/client/errors';
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

/** For whoever asks for metadata alone: the rest is not sent. */
const METADATA = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';

/** An object as it was seen, for what may only happen to that very one. */
export interface Preconditions {
  readonly uid: string;
  readonly resourceVersion?: string;
}

/** Objects of a cluster, each as the API server has it. */
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
  find(path: string): Promise<KubeObject | undefined> {
    return this.read(path, 'application/json');
  }

  /** A list of which nothing but the metadata of its items is sent. @throws NotKnown as {@link find} */
  metadata(path: string): Promise<KubeObject | undefined> {
    return this.read(path, METADATA);
  }

  /**
   * Deletes an object, if it still is the one that was seen.
   * @returns `gone`, `missing` where there was none, `changed` where it is another by now.
   * @throws ConfigurationError where the API server refuses; NotKnown where it does not answer.
   */
  async delete(path: string, preconditions: Preconditions): Promise<'gone' | 'missing' | 'changed'> {
    const { status } = await this.write('DELETE', path, { apiVersion: 'v1', kind: 'DeleteOptions', preconditions }, [404, 409]);
    return status === 404 ? 'missing' : status === 409 ? 'changed' : 'gone';
  }

  /**
   * Has a pod evicted, if it still is the one that was seen: unlike a deletion, disruption budgets have a say.
   * @param path of the pod.
   * @returns `budget` where a budget forbids it for now, else as {@link delete}.
   * @throws as {@link delete}
   */
  async evict(path: string, preconditions: Preconditions): Promise<'gone' | 'missing' | 'changed' | 'budget'> {
    const [namespace, name] = path.split('/').slice(-3).filter((part) => part !== 'pods');
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name }, deleteOptions: { preconditions } };
    const { status } = await this.write('POST', `${path}/eviction`, eviction, [404, 409, 429]);
    return status === 404 ? 'missing' : status === 409 ? 'changed' : status === 429 ? 'budget' : 'gone';
  }

  private async read(path: string, accept: string): Promise<KubeObject | undefined> {
    const { status, body, message } = await this.ask({ method: 'GET', path, accept });
    if (status === 404 && (body?.kind === 'Status' || body === undefined)) return undefined;
    if (status === 200 && body !== undefined) return body;
    if (status === 403) throw new NotKnown(`your Kubernetes user may not read it (${message})`, 'Have the read rights of cluster-admin, or of what the message names.');
    throw new NotKnown(`the API server answered ${status} to GET ${path} (${message})`);
  }

  private async write(method: 'DELETE' | 'POST', path: string, sent: object, expected: readonly number[]): Promise<{ readonly status: number }> {
    const { status, message } = await this.ask({ method, path, accept: 'application/json', sent });
    if (status < 300 || expected.includes(status)) return { status };
    if (status === 403) throw new ConfigurationError(`Your Kubernetes user may not do it (${message}). Have the right that the message names, or cluster-admin.`);
    throw new ConfigurationError(`The API server answered ${status} to ${method} ${path} (${message}).`);
  }

  private async ask({ method, path, accept, sent }: Request): Promise<Answer> {
    const { http, endpoint, headers } = this.server;
    const content: Readonly<Record<string, string>> = sent === undefined ? {} : { 'content-type': 'application/json' };
    const request = { method, url: endpoint + path, headers: { ...headers, ...content, accept }, ...(sent === undefined ? {} : { body: JSON.stringify(sent) }) };
    const answer = await http.send(request).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error;
      throw new NotKnown(
        `the API server ${endpoint} had no answer (${error.code})`,
        'See that the kubeconfig leads to this cluster and that its endpoint admits this machine: kubectl version.',
      );
    });
    const body = parsed(answer.body);
    const message = typeof body?.message === 'string' ? body.message : `HTTP ${answer.status}`;
    if (answer.status === 401) throw new NotKnown(`the API server does not know you (${message})`, 'Log in to the cluster again: aws eks update-kubeconfig, and an access entry for your role.');
    return { status: answer.status, message, ...(body ? { body } : {}) };
  }
}

interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly accept: string;
  readonly sent?: object;
}

interface Answer {
  readonly status: number;
  readonly body?: KubeObject;
  /** Of a refusal. */
  readonly message: string;
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
