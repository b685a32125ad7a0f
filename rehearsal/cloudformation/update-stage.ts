import { isDeepStrictEqual } from 'node:util';
import type { DeployedResource, DeployedStack, Deployment, StackStatus } from './deployment';

/** What CloudFormation asks of a custom resource. */
export interface CustomResourceChange {
  readonly request: 'Create' | 'Update' | 'Delete';
  readonly resource: DeployedResource;
  /** Of an Update: the resource before it. */
  readonly previous?: DeployedResource;
}

/** Who does what an update says. */
export interface UpdateHands {
  /** Types of custom resources that are called. */
  readonly customResources: readonly string[];
  /** Makes the account and the cluster what the deployment says. */
  apply(deployment: Deployment): Promise<void>;
  /** @throws with the reason that CloudFormation would get. */
  call(change: CustomResourceChange): Promise<void>;
  /** Between one stack and the next. */
  afterStack?(stack: string): Promise<void>;
}

/**
 * Carries out another synth of a stage, as `cdk deploy` does: stack by stack, what is new and what changed, then the custom
 * resources in the order of their references, and only when all that went well what is gone. A stack that fails is taken
 * back, and ends it.
 * @throws what the custom resource failed with
 */
export async function updateStage(from: Deployment, to: Deployment, hands: UpdateHands): Promise<void> {
  const strange = from.stacks.filter(({ name }) => !to.stacks.some((stack) => stack.name === name));
  if (strange.length > 0) throw new Error(`An update can't take stacks away here: ${strange.map(({ name }) => name).join(', ')}`);
  let current = from;
  for (const { name } of to.stacks) {
    if (isUnchanged(current, to, name)) continue;
    current = await updateStack(current, to, name, hands);
    await hands.afterStack?.(name);
  }
}

async function updateStack(before: Deployment, to: Deployment, name: string, hands: UpdateHands): Promise<Deployment> {
  const changes = customResourceChanges(before, to, name, hands.customResources);
  const done: CustomResourceChange[] = [];
  try {
    await hands.apply(withStack(before, to, name, 'UPDATE_IN_PROGRESS'));
    for (const change of changes.filter(({ request }) => request !== 'Delete')) {
      done.push(change);
      await hands.call(change);
    }
  } catch (error) {
    await rollBack(before, withStack(before, to, name, 'UPDATE_ROLLBACK_IN_PROGRESS'), name, done.reverse(), hands).catch((further: unknown) => {
      throw new Error(`${wordsOf(error)}; and so failed the rollback: ${wordsOf(further)}`, { cause: error });
    });
    throw error;
  }
  await hands.apply(withStack(before, to, name, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'));
  for (const change of changes.filter(({ request }) => request === 'Delete')) await hands.call(change);
  const after = withStack(before, to, name, 'UPDATE_COMPLETE');
  await hands.apply(after);
  return after;
}

async function rollBack(before: Deployment, underway: Deployment, name: string, done: readonly CustomResourceChange[], hands: UpdateHands): Promise<void> {
  await hands.apply(underway);
  for (const change of done) await hands.call(inverse(change));
  await hands.apply(withStatus(before, name, 'UPDATE_ROLLBACK_COMPLETE'));
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** What becomes of a stack's custom resources: made and changed ones in the order of their references, those that are gone the other way round. */
function customResourceChanges(before: Deployment, to: Deployment, name: string, types: readonly string[]): CustomResourceChange[] {
  const ofStack = ({ resources }: Deployment) => resources.filter(({ stack, type }) => stack === name && types.includes(type));
  const [old, wanted] = [ofStack(before), ofStack(to)];
  const find = (among: readonly DeployedResource[], { logicalId }: DeployedResource) => among.find((each) => each.logicalId === logicalId);
  const made = wanted.flatMap((resource): CustomResourceChange[] => {
    const previous = find(old, resource);
    if (previous === undefined) return [{ request: 'Create', resource }];
    return isDeepStrictEqual(previous.properties, resource.properties) ? [] : [{ request: 'Update', resource, previous }];
  });
  const gone = old.filter((resource) => find(wanted, resource) === undefined).reverse();
  return [...made, ...gone.map((resource): CustomResourceChange => ({ request: 'Delete', resource }))];
}

/** What a rollback asks: a rollback of an Update is an Update. */
function inverse({ resource, previous }: CustomResourceChange): CustomResourceChange {
  return previous === undefined ? { request: 'Delete', resource } : { request: 'Update', resource: previous, previous: resource };
}

/** One stack of another deployment in the place of its own; until it is complete, with what is to go, and with the outputs that it had. */
function withStack(before: Deployment, to: Deployment, name: string, status: StackStatus): Deployment {
  const of = (deployment: Deployment, stack: string) => deployment.resources.filter((resource) => resource.stack === stack);
  const wanted = of(to, name);
  const leaving = of(before, name).filter(({ logicalId }) => !wanted.some((resource) => resource.logicalId === logicalId));
  const complete = status === 'UPDATE_COMPLETE';
  const resources = to.stacks.flatMap((stack) => (stack.name === name ? [...wanted, ...(complete ? [] : leaving)] : of(before, stack.name)));
  const known = (stack: DeployedStack) => (stack.name === name ? stack : before.stacks.find((each) => each.name === stack.name));
  const outputs = complete || status === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' ? { ...before.outputs, [name]: to.outputs[name] ?? {} } : before.outputs;
  return withStatus({ ...before, stacks: to.stacks.flatMap((stack) => known(stack) ?? []), resources, outputs, ofType: (type) => resources.filter((resource) => resource.type === type) }, name, status);
}

function withStatus(deployment: Deployment, name: string, status: StackStatus): Deployment {
  return { ...deployment, stacks: deployment.stacks.map((stack) => (stack.name === name ? { ...stack, status } : stack)) };
}

function isUnchanged(before: Deployment, to: Deployment, name: string): boolean {
  const said = ({ resources, outputs }: Deployment) => [resources.filter(({ stack }) => stack === name).map(({ logicalId, type, properties }) => [logicalId, type, properties]), outputs[name]];
  return isDeepStrictEqual(said(before), said(to));
}
