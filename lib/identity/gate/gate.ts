import type { Stack } from '../../vault/client/cloudformation';
import { GENERATION_OUTPUT, type AuthRoleGenerationProperties } from './properties';

/** Before there were generations, there was the guide's role. */
export const FIRST_GENERATION = '1';

/** By what Gloo logs in, as far as its stack tells. */
export type GlooNow = { readonly kind: 'none' } | { readonly kind: 'settled'; readonly generation: string; readonly said: string } | { readonly kind: 'unsettled'; readonly status: string };

/** Statuses of a stack that has nothing: it is about to be made, its creation was taken back, or it is deleted. */
const EMPTY = ['REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'DELETE_COMPLETE'];

/** Statuses in which a stack's resources are what its outputs say. Source: AWS CloudFormation, "Stack status codes". */
const SETTLED = [
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_COMPLETE',
];

/** Statuses of a stack that goes back to what it was. */
const ROLLING_BACK = ['UPDATE_ROLLBACK_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'];

/** @param stack Gloo's; undefined where there is none. */
export function glooNow(stack: Stack | undefined): GlooNow {
  if (stack === undefined || EMPTY.includes(stack.status)) return { kind: 'none' };
  if (!SETTLED.includes(stack.status)) return { kind: 'unsettled', status: stack.status };
  const said = stack.outputs[GENERATION_OUTPUT];
  return said === undefined ? { kind: 'settled', generation: FIRST_GENERATION, said: 'its template knows no generations yet' } : { kind: 'settled', generation: said, said: `its output ${GENERATION_OUTPUT}` };
}

export const isRollingBack = (stack: Stack | undefined): boolean => stack !== undefined && ROLLING_BACK.includes(stack.status);

/** Generations that an Update takes away. */
export function dropped(to: AuthRoleGenerationProperties, from: AuthRoleGenerationProperties): readonly string[] {
  return from.generations.filter((generation) => !to.generations.includes(generation));
}

/**
 * Why an Update must not go on, with the mend; undefined where it may.
 * @param gone generations that it takes away, at least one.
 */
export function refusal({ glooStack, generations }: AuthRoleGenerationProperties, gone: readonly string[], gloo: GlooNow): string | undefined {
  const wanted = `identity.generation ${setting(generations)}`;
  if (gloo.kind === 'none') return undefined;
  if (gloo.kind === 'unsettled') {
    return (
      `${wanted} drops generation ${gone.join(' and ')} of Gloo's auth role, and whether Gloo logs in by it can't be told while the stack ${glooStack} is ${gloo.status}. No role was deleted. ` +
      `Wait until it has ended (aws cloudformation describe-stacks --stack-name ${glooStack} --query 'Stacks[0].StackStatus'), or mend it where it failed, then deploy again.`
    );
  }
  if (!gone.includes(gloo.generation)) return undefined;
  const first = [gloo.generation, generations[0] ?? ''];
  return (
    `Gloo logs in to Vault by generation ${gloo.generation} of its auth role (the stack ${glooStack}: ${gloo.said}), and ${wanted} drops it: its pods would lose their way in. No role was deleted. ` +
    `Deploy identity.generation ${setting(first)} first, all stacks of it: Gloo moves to ${first[1]} then. After that, deploy ${setting(generations)}.`
  );
}

const setting = (generations: readonly string[]) => (generations.length === 1 ? `${generations[0]}` : `[${generations.join(', ')}]`);
