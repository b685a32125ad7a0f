import type { Template } from 'aws-cdk-lib/assertions';

type Json = Readonly<Record<string, unknown>>;

export interface Resource {
  readonly logicalId: string;
  readonly Type: string;
  readonly Properties: Json;
  readonly DependsOn: readonly string[];
  readonly DeletionPolicy?: string;
}

/** Resources of a type, those whose logical id begins so. */
export function resources(template: Template, type: string, prefix = ''): Resource[] {
  return Object.entries(template.findResources(type))
    .filter(([logicalId]) => logicalId.startsWith(prefix))
    .map(([logicalId, resource]) => ({ DependsOn: [], ...(resource as Omit<Resource, 'logicalId' | 'DependsOn'>), logicalId }));
}

/** The one resource of a type whose logical id begins so. @throws where there is not one. */
export function resource(template: Template, type: string, prefix = ''): Resource {
  const [found, ...others] = resources(template, type, prefix);
  if (!found || others.length > 0) throw new Error(`${others.length + (found ? 1 : 0)} resources of ${type} begin with "${prefix}".`);
  return found;
}

/** Kubernetes objects of a manifest. */
export function manifest(template: Template, prefix: string): Json[] {
  return JSON.parse(resource(template, 'Custom::AWSCDK-EKS-KubernetesResource', prefix).Properties.Manifest as string) as Json[];
}

/** The one Helm release of a stack that is of a repository's chart, with its values. */
export function helmRelease(template: Template): Resource & { readonly values: Json } {
  const release = resource(template, 'Custom::AWSCDK-EKS-HelmChart', 'Chart');
  return { ...release, values: JSON.parse(release.Properties.Values as string) as Json };
}
