import { compareStack, notCompared } from './compare';
import type { AppStack, DeployedStack, EnvironmentReview, Review, StackReview } from './model';

/** Reads a stack as it is deployed; undefined where there is none. */
export type ReadDeployed = (stack: AppStack) => Promise<DeployedStack | undefined>;

/** Why an account's stacks cannot be read; undefined where they can. */
export type WhyNot = (account: string) => string | undefined;

/**
 * Compares all stacks with what is deployed. What cannot be read is said, and stops no other.
 * @param accounts of all environments, those too that are not compared.
 */
export async function review(stacks: readonly AppStack[], accounts: ReadonlySet<string>, read: ReadDeployed, whyNot: WhyNot = () => undefined): Promise<Review> {
  const environments = new Map<string, { readonly first: AppStack; readonly reviews: Promise<StackReview>[] }>();
  for (const stack of stacks) {
    const known = environments.get(stack.environment) ?? { first: stack, reviews: [] };
    known.reviews.push(reviewStack(stack, accounts, read, whyNot));
    environments.set(stack.environment, known);
  }
  return {
    environments: await Promise.all(
      [...environments].map(async ([name, { first: { account, region }, reviews }]): Promise<EnvironmentReview> => ({ name, account, region, stacks: await Promise.all(reviews) })),
    ),
  };
}

async function reviewStack(stack: AppStack, accounts: ReadonlySet<string>, read: ReadDeployed, whyNot: WhyNot): Promise<StackReview> {
  const reason = whyNot(stack.account);
  if (reason !== undefined) return notCompared(stack.name, reason);
  let deployed: DeployedStack | undefined;
  try {
    deployed = await read(stack);
  } catch (error) {
    return { ...notCompared(stack.name, error instanceof Error ? error.message : String(error)), failed: true };
  }
  return compareStack(stack, deployed, accounts);
}
