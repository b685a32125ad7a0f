import * as z from 'zod/mini';
import { clusterProperties, text } from '../../vault/client/properties';

const schema = z.object({
  cluster: clusterProperties,
  /** Gloo's. */
  namespace: text,
  /** Services of Gloo's proxies. RBAC names the same. */
  services: z.array(text).check(z.minLength(1)),
});

/** Properties of `Custom::LoadBalancerDrain`, for the construct that writes them and the handler that reads them. Nothing in them is secret. */
export type LoadBalancerDrainProperties = z.infer<typeof schema>;

/** The custom resource's type in templates and events. */
export const RESOURCE_TYPE = 'Custom::LoadBalancerDrain';

/** Properties of an event; undefined for ones that an older version wrote differently. */
export function readProperties(raw: unknown): LoadBalancerDrainProperties | undefined {
  return schema.safeParse(raw).data;
}
