import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { DeployedResource, Deployment } from './deployment';

const assetManifest = z.object({
  files: z
    .record(
      z.string(),
      z.object({
        source: z.object({ path: z.string().optional(), packaging: z.string().optional() }),
        destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
      }),
    )
    .default({}),
});

const functionProperties = z.object({ Code: z.object({ S3Key: z.string() }) });

/**
 * The directory in `cdk.out` (`asset.<hash>`) that holds a Lambda function's code.
 * @param lambdaFunction a resource of type `AWS::Lambda::Function`.
 * @throws when its code is inline or an image, or when the asset is no directory on disk.
 */
export function assetDirectory(deployment: Deployment, lambdaFunction: DeployedResource): string {
  const where = `stack ${lambdaFunction.stack}, resource ${lambdaFunction.logicalId}`;
  const code = functionProperties.safeParse(lambdaFunction.properties);
  if (!code.success) {
    throw new Error(`${where}: it has no Code.S3Key: only functions whose code is a directory asset can be run here`);
  }
  const key = code.data.Code.S3Key;
  const manifests = deployment.stacks.find(({ name }) => name === lambdaFunction.stack)?.assetManifests ?? [];
  for (const manifest of manifests) {
    const { files } = assetManifest.parse(JSON.parse(readFileSync(manifest, 'utf8')));
    const file = Object.values(files).find(({ destinations }) => Object.values(destinations).some(({ objectKey }) => objectKey === key));
    if (file?.source.path !== undefined && file.source.packaging === 'zip') {
      const directory = resolve(dirname(manifest), file.source.path);
      if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) {
        return directory;
      }
      throw new Error(`${where}: its asset ${directory} is no directory: synthesize again`);
    }
  }
  throw new Error(`${where}: no asset manifest of its stack has a zip asset for the key ${key}`);
}
