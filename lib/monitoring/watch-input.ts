import * as z from 'zod/mini';
import { arn, clusterProperties, text } from '../vault/client/properties';

/** Kubernetes group of the watch function, and the name of its Roles. */
export const WATCH_GROUP = 'vault-watch';

const schema = z.object({
  cluster: clusterProperties,
  vault: z.object({
    namespace: text,
    /** Service as the API server's proxy spells it, `https:vault-active:8200`. RBAC names the same spelling. */
    service: text,
    /** Pods in the same spelling. */
    pods: z.array(text).check(z.minLength(1)),
  }),
  gloo: z.object({
    namespace: text,
    /** Service that has Gloo's metrics, in the same spelling. */
    service: text,
  }),
  /** The key that Vault is sealed by. */
  sealKeyArn: arn,
});

/** What the watch function is told each time, by the rule that calls it. Nothing in it is secret. */
export type WatchInput = z.infer<typeof schema>;

/**
 * An event, checked.
 * @throws with every key that is missing or malformed, by its path; values are not repeated.
 */
export function decodeWatchInput(raw: unknown): WatchInput {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path }) => path.join('.') || 'the event');
  throw new Error(`The event does not say what to watch; missing or malformed: ${faults.join(', ')}. The rule of VaultWatch writes it: deploy the construct and its handler from one commit.`);
}
