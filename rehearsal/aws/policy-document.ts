import { z } from 'zod';

const oneOrMany = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (Array.isArray(value) ? (value as unknown[]) : [value]), z.array(schema));

const action = z.string().regex(/^(\*|[a-z0-9-]+:[a-z0-9*?]+)$/i, 'an action is "service:Name" or "*"');
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const statement = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Principal: z
      .union([
        z.literal('*').transform(() => ({ AWS: ['*'] })),
        z.strictObject({
          AWS: oneOrMany(z.string()).optional(),
          Service: oneOrMany(z.string()).optional(),
          Federated: oneOrMany(z.string()).optional(),
        }),
      ])
      .optional(),
    Action: oneOrMany(action).optional(),
    NotAction: oneOrMany(action).optional(),
    Resource: oneOrMany(z.string()).optional(),
    NotResource: oneOrMany(z.string()).optional(),
    Condition: z.record(z.string(), z.record(z.string(), oneOrMany(scalar))).optional(),
  })
  .refine((value) => (value.Action === undefined) !== (value.NotAction === undefined), 'give either Action or NotAction')
  .refine((value) => value.Resource === undefined || value.NotResource === undefined, 'give either Resource or NotResource');

const policyDocument = z.strictObject({
  Version: z.enum(['2012-10-17', '2008-10-17']).optional(),
  Id: z.string().optional(),
  Statement: oneOrMany(statement),
});

/** A policy document as IAM stores it, every one-or-many field made a list. */
export type PolicyDocument = z.output<typeof policyDocument>;
export type Statement = PolicyDocument['Statement'][number];

/** `identity`: what a role may do. `trust`: who may assume a role. `resource`: who may do what with a key, a secret or a bucket. */
export type PolicyKind = 'identity' | 'trust' | 'resource';

/**
 * Checks a policy document as IAM does when it is stored.
 * @param where whose policy it is, the first words of the error.
 * @throws with IAM's `MalformedPolicyDocument` for an unknown element (`NotPrincipal` is one here), a missing one, or a
 *   `Principal` or `Resource` in the wrong kind of policy.
 */
export function parsePolicy(document: unknown, kind: PolicyKind, where: string): PolicyDocument {
  const parsed = policyDocument.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`${where}: MalformedPolicyDocument at ${issue?.path.join('.') || 'the document'}: ${issue?.message ?? ''}`);
  }
  for (const [index, { Principal, Resource, NotResource }] of parsed.data.Statement.entries()) {
    const hasResource = Resource !== undefined || NotResource !== undefined;
    if (kind === 'identity' && (Principal !== undefined || !hasResource)) {
      throw new Error(`${where}: MalformedPolicyDocument at Statement.${index}: an identity policy has a Resource and no Principal`);
    }
    if (kind === 'trust' && (Principal === undefined || hasResource)) {
      throw new Error(`${where}: MalformedPolicyDocument at Statement.${index}: a trust policy has a Principal and no Resource`);
    }
    if (kind === 'resource' && (Principal === undefined || !hasResource)) {
      throw new Error(`${where}: MalformedPolicyDocument at Statement.${index}: a resource policy has a Principal and a Resource`);
    }
  }
  return parsed.data;
}
