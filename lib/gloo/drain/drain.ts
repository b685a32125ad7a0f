import { parseObject, statusOf } from '../../vault/client/answers';
import { attempts, type ApiServerAccess, type Reach, type Run } from '../../vault/client/attempts';
import { describeStack } from '../../vault/client/cloudformation';
import { ConfigurationError, Setback } from '../../vault/client/errors';
import { NoAnswer } from '../../vault/client/http';
import { draining, leftService, undeleted, type LeftService } from './left';
import type { LoadBalancerDrainProperties } from './properties';

/**
 * Waits until the cluster has removed the load balancers of Gloo's Services, or Vault's. It deletes nothing: that is the part of what made them.
 * Never fails because the cluster is gone, or lets nobody in, for that would block the stack's deletion.
 * @param stackId whose stack this is about: while that is only updated or rolled back, what made them stays or is taken away on purpose.
 * @throws ConfigurationError while a load balancer that it sees is still there.
 */
export async function drain(run: Run, stackId: string, { cluster, namespace, services, of = 'gloo' }: LoadBalancerDrainProperties): Promise<void> {
  let left: readonly LeftService[] | undefined;
  try {
    const ended = await attempts(run, cluster, async (reach) => {
      left = undefined;
      left = (await Promise.all(services.map((name) => look(reach.apiServer, namespace, name)))).filter((service) => service !== undefined);
      const kept = left.filter(({ deletedAt }) => deletedAt === undefined);
      if (kept.length > 0 && (await stays(run, reach, stackId))) return 'waited for no load balancer: the stack stays, and what is in it';
      if (kept.length > 0) throw new Setback('passing', undeleted(kept, of));
      if (left.length > 0) throw new Setback('starting', draining(left, of));
      return `no load balancer of ${namespace}/${services.join(', ')} is left`;
    });
    run.log(ended);
  } catch (error) {
    if (left !== undefined || !(error instanceof Setback || error instanceof ConfigurationError)) throw error;
    run.log(`waited for no load balancer, so that the stack can be deleted: ${error.message}`);
  }
}

/** Whether the stack is updated or rolled back, and not deleted. Where CloudFormation does not say, it counts as deleted: waiting does no harm. */
async function stays(run: Run, { aws }: Reach, stackId: string): Promise<boolean> {
  const stack = await describeStack(aws, run.aws, stackId, run.env).catch((error: unknown) => {
    if (error instanceof Setback) return undefined;
    throw error;
  });
  return stack?.status.startsWith('UPDATE_') ?? false;
}

/** @returns undefined where no such Service is left, or none with a load balancer. @throws Setback */
async function look({ http, endpoint, headers }: ApiServerAccess, namespace: string, name: string): Promise<LeftService | undefined> {
  const what = `GET services/${name} in ${namespace}`;
  const answer = await http.send({ method: 'GET', url: `${endpoint}/api/v1/namespaces/${namespace}/services/${name}`, headers: { ...headers, accept: 'application/json' } }).catch((error: unknown) => {
    throw error instanceof NoAnswer ? new Setback('passing', `${what} had no answer from the API server (${error.code}: ${error.message}).`) : error;
  });
  if (answer.status === 404) return undefined;
  const status = statusOf(answer);
  const said = `${what} was answered by the API server with ${answer.status} (${status?.message ?? 'no message'})`;
  if (answer.status === 401 || answer.status === 403) throw new Setback('settling', `${said}: access entry, Role or RoleBinding of this function are gone before it.`);
  const body = parseObject(answer.body);
  if (answer.status !== 200 || body?.kind !== 'Service') throw new Setback('passing', `${said}.`);
  return leftService(body);
}
