import * as z from 'zod/mini';
import { arn, clusterProperties, text } from '../../vault/client/properties';
import type { Backend, DirectVault } from '../../vault/client/vault-client';

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
  /** Environment whose deployment configures that Vault, where it is another one's. */
  owner: z.optional(text),
});

/** Where Vault is: in the cluster, or in another one, by an address that only the network reaches. */
export const vaultProperties = z.union([
  /** Service as the API server's proxy spells it, `http:vault:8200`. RBAC names the same spelling. */
  z.object({ namespace: text, service: text }),
  /** `authority`: PEM of the one that signed its certificate, and of no other. */
  z.object({ address: z.string().check(z.startsWith('https://')), authority: text }),
]);

const schema = z.object({
  cluster: clusterProperties,
  vault: vaultProperties,
  logins: z.array(loginToProve).check(z.minLength(1)),
});

/** One service account's login to Vault, as Gloo's Helm values and its service account say. Scalars are strings. */
export type LoginToProve = z.infer<typeof loginToProve>;

/** Properties of `Custom::GlooLoginProof`, for the construct that writes them and the handler that reads them. Nothing in them is secret. */
export type GlooLoginProofProperties = z.infer<typeof schema>;

export type VaultProperties = z.infer<typeof vaultProperties>;

/** The same for a client. */
export function placeOf(vault: VaultProperties): Backend | DirectVault {
  return 'service' in vault ? { kind: 'services', namespace: vault.namespace, name: vault.service } : { kind: 'direct', address: vault.address, authority: vault.authority };
}

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
