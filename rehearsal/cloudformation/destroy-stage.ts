import type { DeployedResource, Deployment, StackStatus } from './deployment';

/** Who does what a deletion says. */
export interface RemovalHands {
  /** Whether CloudFormation would call a function of the app for it. */
  isOwn(resource: DeployedResource): boolean;
  /** When those go: as early, or as late as the references allow. */
  readonly own: 'first' | 'last';
  /** Makes the account and the cluster what is left. */
  apply(left: Deployment): Promise<void>;
  /** @throws with the reason that CloudFormation would get: the stack stays, with all that is not deleted yet. */
  remove(resource: DeployedResource): Promise<void>;
}

/**
 * Deletes the stacks of a stage, as `cdk destroy` does: the last first, in each what nothing refers to any more, and what
 * its template retains stays. CloudFormation deletes side by side what does not depend on each other; here the app's own
 * custom resources go first or last among it, so that a reference that is missing shows.
 * @throws what a deletion failed with; with what was applied last, another call goes on from there.
 */
export async function destroyStage(from: Deployment, hands: RemovalHands): Promise<void> {
  let current = from;
  for (const { name } of [...from.stacks].reverse()) {
    if (current.stacks.find((stack) => stack.name === name)?.status === 'DELETE_COMPLETE') continue;
    current = withStatus(current, name, 'DELETE_IN_PROGRESS');
    await hands.apply(current);
    for (const resource of deletionOrder(current.resources.filter(({ stack, kept }) => stack === name && !kept), hands)) {
      try {
        await hands.remove(resource);
      } catch (error) {
        await hands.apply(withStatus(current, name, 'DELETE_FAILED'));
        throw error;
      }
      current = without(current, resource);
      await hands.apply(current);
    }
    current = withStatus(current, name, 'DELETE_COMPLETE');
    await hands.apply(current);
  }
}

/** Each before what it needs. */
export function deletionOrder(resources: readonly DeployedResource[], { isOwn, own }: Pick<RemovalHands, 'isOwn' | 'own'>): DeployedResource[] {
  const left = [...resources].reverse();
  const order: DeployedResource[] = [];
  while (left.length > 0) {
    const free = left.filter(({ logicalId }) => !left.some(({ needs }) => needs.includes(logicalId)));
    const next = free.find((resource) => isOwn(resource) === (own === 'first')) ?? free[0];
    if (next === undefined) throw new Error(`stack ${left[0]?.stack ?? ''}: circular dependency between resources: ${left.map(({ logicalId }) => logicalId).join(', ')}`);
    left.splice(left.indexOf(next), 1);
    order.push(next);
  }
  return order;
}

function without(deployment: Deployment, gone: DeployedResource): Deployment {
  const resources = deployment.resources.filter((resource) => resource !== gone);
  return { ...deployment, resources, ofType: (type) => resources.filter((resource) => resource.type === type) };
}

function withStatus(deployment: Deployment, name: string, status: StackStatus): Deployment {
  return { ...deployment, stacks: deployment.stacks.map((stack) => (stack.name === name ? { ...stack, status } : stack)) };
}
