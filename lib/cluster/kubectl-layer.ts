import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/**
 * The Lambda layer that carries kubectl and helm, from a package `@aws-cdk/lambda-layer-kubectl-vNN`. Loaded by name,
 * for each holds some 30 MB and only one is used. The environment's checks have made sure that it is installed.
 */
export function kubectlLayer(scope: Construct, packageName: string): ILayerVersion {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the package's name is a setting
  const layers = require(packageName) as Record<string, new (scope: Construct, id: string) => ILayerVersion>;
  const [Layer] = Object.values(layers);
  if (!Layer) throw new Error(`${packageName} exports no layer.`);
  return new Layer(scope, 'KubectlLayer');
}
