import { ConfigurationError } from './errors';

/**
 * What CloudFormation asks of a custom resource, or a rule of its function.
 * @param known what the function does.
 * @throws for anything else: to do the wrong thing is worse than to do nothing.
 */
export function requestOf<T extends string>(event: unknown, known: readonly T[]): T {
  const asked = typeof event === 'object' && event !== null && 'RequestType' in event ? event.RequestType : undefined;
  const found = known.find((each) => each === asked);
  if (found === undefined) throw new ConfigurationError(`The event's RequestType is none of ${known.join(', ')}: this function answers the resource, and the rules, of its own stack.`);
  return found;
}
