import * as z from 'zod/mini';
import { clusterProperties, text } from '../../vault/client/properties';

const schema = z.object({
  cluster: clusterProperties,
  /** Gloo's or Vault's. */
  namespace: text,
  /** Whose load balancers they are, and so what deletes their Services: Gloo's chart, or a manifest of Vault's. @default 'gloo' */
  of: z.optional(z.enum(['gloo', 'vault'])),
  /** Services with load balancers. RBAC names the same. */
  services: z.array(text).check(z.minLength(1)),
});

/** Properties of `Custom::LoadBalancerDrain`, for the construct that writes them and the handler that reads them. Nothing in them is secret. */
export type LoadBalancerDrainProperties = z.infer<typeof schema>;

/** Whose load balancers are waited for. */
export type BalancerOwner = NonNullable<LoadBalancerDrainProperties['of']>;

/** The custom resource's type in templates and events. */
export const RESOURCE_TYPE = 'Custom::LoadBalancerDrain';

/** Properties of an event; undefined for ones that an older version wrote differently. */
export function readProperties(raw: unknown): LoadBalancerDrainProperties | undefined {
  return schema.safeParse(raw).data;
}
