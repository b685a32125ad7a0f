import { z } from 'zod';
import { quote } from './words';

const error = ({ input }: { input?: unknown }) => `${quote(input)} is no generation of Gloo's auth role; allowed: a whole number from 1 to 99, or two of them, [from, to].`;
const one = z.int({ error }).min(1, { error }).max(99, { error });

/** `identity.generation`: one, or from which to which. */
export const generation = z.union([one, z.tuple([one, one])], { error }).superRefine((given, context) => {
  if (Array.isArray(given) && given[0] === given[1]) context.addIssue({ code: 'custom', message: `names generation ${given[0]} twice; write ${given[0]}, or another one beside it.` });
});
