import { AssetManifestArtifact, CloudAssembly } from 'aws-cdk-lib/cx-api';
import { parseTemplate, type Template } from './template';

/** A stack of the cloud assembly, not deployed yet. */
export interface SynthesizedStack {
  /** Its name in CloudFormation. */
  readonly name: string;
  readonly template: Template;
  /** The template as it was written. */
  readonly templateBody: string;
  readonly terminationProtection: boolean;
  /** Paths of its asset manifests (`*.assets.json`). */
  readonly assetManifests: readonly string[];
  /** What the app said; `unknown-account` and `unknown-region` when it said nothing. */
  readonly environment: { readonly account: string; readonly region: string };
}

/**
 * The stacks of a stage, each after those that it depends on.
 * @param assemblyDir `cdk.out`.
 * @throws when the directory is no cloud assembly or has no such stage; the error lists the stages.
 */
export function readStage(assemblyDir: string, stageName: string): readonly SynthesizedStack[] {
  const assembly = new CloudAssembly(assemblyDir);
  const stages = assembly.nestedAssemblies;
  const stage = stages.find(({ id }) => id === `assembly-${stageName}`);
  if (stage === undefined) {
    const known = stages.map(({ id }) => id.replace(/^assembly-/, '')).join(', ') || 'none';
    throw new Error(`${assemblyDir}: there is no stage "${stageName}"; there are ${known}: synthesize again`);
  }
  // `stacks` is in the order of the dependencies.
  return assembly.getNestedAssembly(stage.id).stacks.map((stack) => ({
    name: stack.stackName,
    template: parseTemplate(stack.template, stack.stackName),
    templateBody: JSON.stringify(stack.template),
    terminationProtection: stack.terminationProtection ?? false,
    assetManifests: stack.dependencies.filter((artifact) => AssetManifestArtifact.isAssetManifestArtifact(artifact)).map(({ file }) => file),
    environment: stack.environment,
  }));
}
