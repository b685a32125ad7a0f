import * as z from 'zod/mini';
import { text } from '../../vault/client/properties';

/** The custom resource's type in templates and events. */
export const RESOURCE_TYPE = 'Custom::AuthRoleGeneration';

/** Output of Gloo's stack: the generation that Gloo logs in by. */
export const GENERATION_OUTPUT = 'AuthRoleGeneration';

const schema = z.object({
  /** Name of Gloo's stack. */
  glooStack: text,
  /** `identity.generation`, as a list. */
  generations: z.array(z.string().check(z.regex(/^[1-9]\d?$/))).check(z.minLength(1)),
});

/** Properties of `Custom::AuthRoleGeneration`. */
export type AuthRoleGenerationProperties = z.infer<typeof schema>;

/** @throws with what is missing or malformed. */
export function decodeProperties(raw: unknown): AuthRoleGenerationProperties {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path }) => path.join('.') || 'ResourceProperties');
  throw new Error(`The event's properties do not name generations of Gloo's auth role (${faults.join(', ')}): deploy the construct and its handler from one commit.`);
}
