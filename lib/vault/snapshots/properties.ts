import * as z from 'zod/mini';
import { authMethodProperties, clusterProperties, text } from '../client/properties';

const schema = z.object({
  cluster: clusterProperties,
  /** The leader's Service as the API server's proxy spells it: `https:vault-active:8200`. RBAC names the same spelling. */
  vault: z.object({ namespace: text, service: text }),
  authMethod: authMethodProperties,
  /** The function's role in Vault. */
  role: text,
  bucket: text,
  /** Start of every key, without a slash at its end. IAM admits no other. */
  prefix: z.string().check(z.regex(/^[\w-]+(\/[\w-]+)*$/)),
});

export type SnapshotProperties = z.infer<typeof schema>;

/** Bytes of the largest snapshot: the function's ephemeral storage. Lambda has 10 GiB at most, and S3 takes 5 GiB in one piece. */
export const LARGEST_SNAPSHOT = 2 * 1024 ** 3;

/**
 * The input of an event, checked.
 * @throws with every property that is missing or malformed, by its path; values are not repeated.
 */
export function decodeProperties(raw: unknown): SnapshotProperties {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, code }) => `${path.join('.') || 'the event'} (${code.replaceAll('_', ' ')})`);
  throw new Error(
    `The event does not say what to take a snapshot of: ${faults.join(', ')}. ` +
      'It is written by the VaultSnapshots construct: deploy the construct and its handler from one commit, and let its rule alone invoke the function.',
  );
}
