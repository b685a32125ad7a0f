import * as z from 'zod/mini';
import { arn, clusterProperties, text } from '../../vault/client/properties';

/** One service account's login to Vault. */
export const loginToProve = z.object({
  /** Namespace and name of the service account that Gloo's pods run as. The namespace is also that of the secrets. */
  namespace: text,
  serviceAccount: text,
  /** The role in the service account's annotation. */
  roleArn: arn,
  /** Region whose STS the pods ask: EKS tells them the cluster's. */
  podRegion: text,
  dnsSuffix: text,
  /** Path of Vault's aws auth method, below `auth/`. */
  mountPath: text,
  serverIdHeader: text,
  /** Region that Gloo signs its login for. */
  region: text,
  /** Mount of the KV engine. */
  pathPrefix: text,
});

const schema = z.object({
  cluster: clusterProperties,
  /** Service as the API server's proxy spells it, `http:vault:8200`. RBAC names the same spelling. */
  vault: z.object({ namespace: text, service: text }),
  logins: z.array(loginToProve).check(z.minLength(1)),
});

/** One service account's login to Vault, as Gloo's Helm values and its service account say. Scalars are strings. */
export type LoginToProve = z.infer<typeof loginToProve>;

/** Properties of `Custom::GlooLoginProof`, for the construct that writes them and the handler that reads them. Nothing in them is secret. */
export type GlooLoginProofProperties = z.infer<typeof schema>;

/** The custom resource's type in templates and events. */
export const RESOURCE_TYPE = 'Custom::GlooLoginProof';

/**
 * Properties of an event, checked.
 * @throws with every property that is missing or malformed, by its path; values are not repeated.
 */
export function decodeProperties(raw: unknown): GlooLoginProofProperties {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, code }) => `${path.join('.') || 'ResourceProperties'} (${code.replaceAll('_', ' ')})`);
  throw new Error(
    `The event's properties do not say which logins to prove: ${faults.join(', ')}. ` +
      'They are written by the GlooLoginProof construct: deploy the construct and its handler from one commit.',
  );
}
