import * as z from 'zod/mini';
import { arn, authMethodProperties, clusterProperties, text } from '../client/properties';

const digits = z.string().check(z.regex(/^\d+$/));

const count = z.string().check(z.regex(/^[1-9]\d*$/));

/** Seconds, one of the two `"0"`. */
const session = z.object({ maxTtl: digits, period: digits });

const schema = z.object({
  cluster: clusterProperties,
  vault: z.object({
    namespace: text,
    /** Service as the API server's proxy spells it: `http:vault:8200`. RBAC names the same spelling. */
    service: text,
    mode: z.enum(['dev', 'raft']),
  }),
  /** For mode `raft`, whose pods come up without a key and a token. */
  initialisation: z.optional(
    z.object({
      /** The pod that is initialised, in the same spelling: `https:vault-0:8200`. */
      pod: text,
      /** Pods that have to be voters in the end. */
      replicas: count,
      /** Secret that the recovery keys go into, and for some seconds the root token. */
      secretArn: arn,
      recoveryShares: count,
      recoveryThreshold: count,
    }),
  ),
  /** The role and policy, of one name, by which the snapshot function logs in. */
  snapshots: z.optional(z.object({ name: text, principalArn: arn })),
  /** The role and policy, of one name, by which people log in, and the IAM roles and users that they are: ARNs without a path. */
  operators: z.optional(z.object({ name: text, principalArns: z.array(arn) })),
  auditDevice: z.enum(['stdout', 'none']),
  authMethod: authMethodProperties,
  /** `maxVersions`: of a secret, `"0"` for Vault's own number. */
  secretsEngine: z.object({ mountPath: text, maxVersions: digits }),
  /** Gloo's Vault policy: path → capabilities. */
  policy: z.object({ name: text, paths: z.record(z.string(), z.array(text)) }),
  /** Gloo's roles in the auth method, each bound to its IAM role: one, or two while it moves from one to the other. */
  roles: z.array(z.object({ name: text, principalArn: arn })).check(z.minLength(1)),
  /** Gloo's session, whatever role it logs in to. */
  session,
  /** Gloos of other clusters, each with a KV mount, a policy and roles of its own in this Vault. */
  guests: z.optional(
    z.array(
      z.object({
        /** Name of its cluster. */
        cluster: text,
        /** Of its roles. */
        account: z.string().check(z.regex(/^\d{12}$/)),
        mountPath: text,
        maxVersions: digits,
        /** Its policy's name; the policy lists and reads Gloo's secrets of its mount. */
        policy: text,
        /** Names of its IAM roles, and by the same names its roles in Vault. */
        roles: z.array(text).check(z.minLength(1)),
        session,
      }),
    ),
  ),
  /** The role and policy, of one name, by which the Lambda itself logs in. */
  provisioner: z.object({ name: text, principalArn: arn }),
});

/**
 * Properties of `Custom::VaultConfiguration`, for the construct that writes them and the handler that reads them.
 * CloudFormation hands every scalar over as a string, so every scalar is one here. Nothing in them is secret.
 */
export type VaultConfigurationProperties = z.infer<typeof schema>;

/** The custom resource's type in templates and events. */
export const RESOURCE_TYPE = 'Custom::VaultConfiguration';

/**
 * Properties of an event, checked.
 * @throws with every property that is missing or malformed, by its path; values are not repeated.
 */
export function decodeProperties(raw: unknown): VaultConfigurationProperties {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'ResourceProperties'} (${expectation(issue)})`);
  throw new Error(
    `The event's properties do not describe a Vault configuration: ${faults.join(', ')}. ` +
      'They are written by the VaultConfiguration construct: deploy the construct and its handler from one commit.',
  );
}

/**
 * Properties of a deployment that is over, written by this version of the construct or by one that knew a single role
 * of Gloo's: what that deployment made has to be found and, where it is no more wanted, removed.
 * @throws as `decodeProperties`.
 */
export function decodeEarlierProperties(raw: unknown): VaultConfigurationProperties {
  if (typeof raw !== 'object' || raw === null || !('role' in raw) || 'roles' in raw) return decodeProperties(raw);
  const { role, secretsEngine, ...rest } = raw as Record<string, unknown>;
  return decodeProperties({ ...rest, roles: [role], session: role, secretsEngine: { maxVersions: '0', ...(secretsEngine as object | undefined) } });
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `expected ${issue.expected}`;
  if (issue.code === 'invalid_value') return `expected ${issue.values.join(' or ')}`;
  if (issue.code === 'invalid_format') return `expected ${'prefix' in issue ? `${String(issue.prefix)}…` : (issue.pattern ?? issue.format)}`;
  return issue.code === 'too_small' ? 'empty' : issue.code;
}
