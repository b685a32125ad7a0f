import { z } from 'zod';

const lockfile = z.looseObject({ packages: z.record(z.string(), z.unknown()) });

/**
 * A lockfile that leaves the place of aws-cdk-lib and its schema free, and keeps all else: beside a schema that is locked,
 * npm puts another version's into the library's folder, and loses it when it unpacks what the library bundles there.
 */
export function unlocked(lock: unknown): unknown {
  const { packages, ...rest } = lockfile.parse(lock);
  return { ...rest, packages: Object.fromEntries(Object.entries(packages).filter(([folder]) => !/^node_modules\/(aws-cdk-lib|@aws-cdk\/cloud-assembly-schema)(\/|$)/.test(folder))) };
}
