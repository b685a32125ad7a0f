import { referencesIn } from './intrinsics';
import type { Template } from './template';

type Resource = Template['Resources'][string];

/**
 * A stack's resources, each after those that it refers to or names in DependsOn; otherwise in the template's order.
 * @param resources those that are made: conditions have been asked.
 * @throws for a cycle, with CloudFormation's words and the way round.
 */
export function creationOrder(stack: string, resources: ReadonlyMap<string, Resource>): [string, Resource][] {
  const ordered = new Map<string, Resource>();
  const visit = (logicalId: string, path: readonly string[]): void => {
    const resource = resources.get(logicalId);
    if (resource === undefined || ordered.has(logicalId)) {
      return;
    }
    if (path.includes(logicalId)) {
      const cycle = [...path.slice(path.indexOf(logicalId)), logicalId].join(' → ');
      throw new Error(`stack ${stack}: circular dependency between resources: ${cycle}`);
    }
    for (const needed of [...resource.DependsOn, ...referencesIn(resource.Properties)]) {
      visit(needed, [...path, logicalId]);
    }
    ordered.set(logicalId, resource);
  };
  for (const logicalId of resources.keys()) {
    visit(logicalId, []);
  }
  return [...ordered];
}
