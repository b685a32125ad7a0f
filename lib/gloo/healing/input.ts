import * as z from 'zod/mini';
import { clusterProperties, text } from '../../vault/client/properties';
import { loginToProve, vaultProperties } from '../proof/properties';

/** Kubernetes group of the healing function, and the name of its Roles. */
export const HEALING_GROUP = 'gloo-healing';

const schema = z.object({
  cluster: clusterProperties,
  vault: vaultProperties,
  /** One for each Deployment of Gloo's that logs in to Vault. */
  deployments: z
    .array(
      z.object({
        name: text,
        /** Service that has its metrics, in the same spelling. */
        metrics: text,
        /** What its pods log in with. The namespace is the Deployment's too. */
        login: loginToProve,
      }),
    )
    .check(z.minLength(1)),
});

/** What the healing function is told each time, by the rule that calls it. Nothing in it is secret. */
export type HealingInput = z.infer<typeof schema>;

/**
 * An event, checked.
 * @throws with every key that is missing or malformed, by its path; values are not repeated.
 */
export function decodeHealingInput(raw: unknown): HealingInput {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path }) => path.join('.') || 'the event');
  throw new Error(`The event does not say which Gloo to heal; missing or malformed: ${faults.join(', ')}. The rule of GlooHealing writes it: deploy the construct and its handler from one commit.`);
}
