import * as z from 'zod/mini';
import type { BalancerOwner } from './properties';

const service = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string(), deletionTimestamp: z.optional(z.string()) }),
  spec: z.optional(z.object({ type: z.optional(z.string()) })),
  status: z.optional(z.object({ loadBalancer: z.optional(z.object({ ingress: z.optional(z.array(z.object({ hostname: z.optional(z.string()), ip: z.optional(z.string()) }))) })) })),
});

/** A Service of type LoadBalancer that is still in the cluster, and so is its load balancer. */
export interface LeftService {
  readonly name: string;
  readonly namespace: string;
  /** Names of its load balancer, as AWS gave them. */
  readonly hosts: readonly string[];
  /** When its deletion was asked for, ISO 8601: the cluster's controller is at its load balancer. @default - it was not */
  readonly deletedAt?: string;
}

/** @returns undefined for a Service of another type. @throws ZodError for what is no Service. */
export function leftService(body: unknown): LeftService | undefined {
  const { metadata, spec, status } = service.parse(body);
  if (spec?.type !== 'LoadBalancer') return undefined;
  const hosts = (status?.loadBalancer?.ingress ?? []).flatMap(({ hostname, ip }) => hostname ?? ip ?? []);
  const { name, namespace, deletionTimestamp } = metadata;
  return { name, namespace, hosts, ...(deletionTimestamp === undefined ? {} : { deletedAt: deletionTimestamp }) };
}

const BY = {
  gloo: ["Gloo's chart is deleted", 'helm uninstall failed', "helm's"],
  vault: ["The manifest of Vault's load balancer is deleted", 'kubectl delete failed', "kubectl's"],
} as const satisfies Record<BalancerOwner, unknown>;

/** What is said of Services that the deletion of what made them left as they were. */
export function undeleted(services: readonly LeftService[], of: BalancerOwner): string {
  const [deleted, failed, word] = BY[of];
  const { name, namespace } = first(services);
  return (
    `${deleted}, and ${listed(services)} ${services.length === 1 ? 'is' : 'are'} not: ${failed}, over which CDK's kubectl function passes (its log has ${word} word). ` +
    `Nothing was deleted here. To have it gone: kubectl delete service -n ${namespace} ${services.map((each) => each.name).join(' ')}. Then run cdk destroy again. ` +
    `To keep it: it costs until somebody deletes it; the cluster must not go before it (kubectl get service -n ${namespace} ${name}).`
  );
}

/** What is said of Services that the cluster's controller has not let go of. */
export function draining(services: readonly LeftService[], of: BalancerOwner): string {
  const { name, namespace } = first(services);
  return (
    `${of === 'gloo' ? 'Gloo' : 'Vault'}'s load balancer is not gone yet: ${listed(services)}. The cluster removes it, and then lets go of the Service (finalizer service.kubernetes.io/load-balancer-cleanup; where it is service.k8s.aws/resources, the AWS Load Balancer Controller does, and has to run). ` +
    `What keeps it says kubectl describe service -n ${namespace} ${name}; whether it is still there, aws elb describe-load-balancers and aws elbv2 describe-load-balancers. Then run cdk destroy again. ` +
    `If it is gone and nobody lets go of the Service: kubectl patch service -n ${namespace} ${name} --type merge -p '{"metadata":{"finalizers":null}}'.`
  );
}

function listed(services: readonly LeftService[]): string {
  return services
    .map(({ namespace, name, hosts, deletedAt }) => `Service ${namespace}/${name} (${[hosts.join(', ') || 'no address yet', ...(deletedAt === undefined ? [] : [`deleted ${deletedAt}`])].join('; ')})`)
    .join(', ');
}

function first(services: readonly LeftService[]): LeftService {
  const [one] = services;
  if (one === undefined) throw new Error('Nothing is said of no Service.');
  return one;
}
