import * as z from 'zod/mini';
import { fromApiServer, parseObject, statusOf } from '../../../vault/client/answers';
import type { ApiServerAccess } from '../../../vault/client/attempts';
import { Setback } from '../../../vault/client/errors';
import { NoAnswer, type HttpAnswer, type HttpRequest } from '../../../vault/client/http';
import { unreachable } from '../../../vault/client/vault-client';
import { HEALING_GROUP } from '../input';
import { KEPT, type GlooDeployment } from './restart';

/** As `kubectl rollout restart` writes it, so that whoever looks knows what it means. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
/** Times of this function's own restarts, on the Deployment itself. */
const RESTARTS = 'gloo-vault-irsa/restarts';

const annotated = z.optional(z.object({ annotations: z.optional(z.record(z.string(), z.string())) }));
const count = z._default(z.number(), 0);
const schema = z.object({
  metadata: z.object({ resourceVersion: z.string(), generation: z.number(), annotations: z.optional(z.record(z.string(), z.string())) }),
  spec: z.object({ replicas: z._default(z.number(), 1), paused: z._default(z.boolean(), false), template: z.object({ metadata: annotated }) }),
  status: z._default(z.object({ observedGeneration: count, replicas: count, updatedReplicas: count, availableReplicas: count }), { observedGeneration: 0, replicas: 0, updatedReplicas: 0, availableReplicas: 0 }),
});

/** Deployments, read and restarted. Source: Kubernetes API reference, Deployment v1 apps. */
export class Deployments {
  constructor(private readonly apiServer: ApiServerAccess) {}

  /** @returns undefined where there is none. @throws Setback */
  async read(namespace: string, name: string): Promise<GlooDeployment | undefined> {
    const what = `GET deployments/${name} in ${namespace}`;
    const answer = await this.send('GET', pathOf(namespace, name), what);
    if (answer.status === 404) return undefined;
    const parsed = answer.status === 200 ? schema.safeParse(parseObject(answer.body)) : undefined;
    if (!parsed?.success) throw refused(answer, what);
    const { metadata, spec, status } = parsed.data;
    const restartedAt = Date.parse(spec.template.metadata?.annotations?.[RESTARTED_AT] ?? '');
    return {
      namespace,
      name,
      resourceVersion: metadata.resourceVersion,
      generation: metadata.generation,
      paused: spec.paused,
      replicas: spec.replicas,
      status: { generation: status.observedGeneration, replicas: status.replicas, updated: status.updatedReplicas, available: status.availableReplicas },
      restarts: (metadata.annotations?.[RESTARTS] ?? '').split(',').map((time) => Date.parse(time)).filter((time) => !Number.isNaN(time)),
      ...(Number.isNaN(restartedAt) ? {} : { restartedAt }),
    };
  }

  /**
   * Changes the annotation of the pods' template, which makes a rollout: as `kubectl rollout restart` does.
   * @param now milliseconds since the epoch.
   * @returns false where somebody changed the Deployment since it was read.
   * @throws Setback
   */
  async restart({ namespace, name, resourceVersion, restarts }: GlooDeployment, now: number): Promise<boolean> {
    const what = `PATCH deployments/${name} in ${namespace}`;
    const time = new Date(now).toISOString();
    const patch = {
      metadata: { resourceVersion, annotations: { [RESTARTS]: [...restarts.map((each) => new Date(each).toISOString()), time].slice(-KEPT).join(',') } },
      spec: { template: { metadata: { annotations: { [RESTARTED_AT]: time } } } },
    };
    const answer = await this.send('PATCH', `${pathOf(namespace, name)}?fieldManager=${HEALING_GROUP}`, what, JSON.stringify(patch));
    if (answer.status === 409) return false;
    if (answer.status !== 200) throw refused(answer, what);
    return true;
  }

  private async send(method: HttpRequest['method'], path: string, what: string, body?: string): Promise<HttpAnswer> {
    const { http, endpoint, headers } = this.apiServer;
    return http
      .send({ method, url: endpoint + path, headers: { ...headers, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/merge-patch+json' }) }, body })
      .catch((error: unknown) => {
        throw error instanceof NoAnswer ? unreachable(error, what) : error;
      });
  }
}

const pathOf = (namespace: string, name: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;

function refused(answer: HttpAnswer, what: string): Setback {
  const status = statusOf(answer);
  if (!status) return new Setback('passing', `${what} was answered with HTTP ${answer.status} and no Deployment. Something else answers for the API server.`);
  if (answer.status !== 403) return fromApiServer(answer.status, status, what);
  return new Setback('settling', `${what} was answered by the API server with 403 (${status.message ?? 'no message'}). The Role and RoleBinding "${HEALING_GROUP}" in that namespace must allow get and patch on exactly this Deployment.`);
}
