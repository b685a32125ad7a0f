import { z } from 'zod';
import type { Deployment } from './cloudformation/deployment';

const kubernetesObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

/** A Kubernetes object as kubectl would apply it. */
export type KubernetesObject = z.infer<typeof kubernetesObject>;

/** A Helm release of the templates. */
export interface HelmRelease {
  readonly release: string;
  readonly namespace: string;
  readonly chart: string;
  readonly repository: string;
  readonly version: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const manifestProperties = z.object({ Manifest: z.string() });
const chartProperties = z.object({ Release: z.string(), Namespace: z.string(), Chart: z.string(), Repository: z.string(), Version: z.string(), Values: z.string() });

const annotated = z.looseObject({ serviceAccount: z.looseObject({ extraAnnotations: z.record(z.string(), z.string()).default({}) }).optional() });
const vaultValues = z.looseObject({ server: z.looseObject({ serviceAccount: z.looseObject({ create: z.boolean().default(true), name: z.string().default('vault') }).optional() }) });

/** What the templates put into the cluster: manifests, and charts with their values. */
export class KubernetesObjects {
  readonly all: readonly KubernetesObject[];
  readonly releases: readonly HelmRelease[];

  constructor(deployment: Deployment) {
    this.all = deployment
      .ofType('Custom::AWSCDK-EKS-KubernetesResource')
      .flatMap(({ properties }) => z.array(kubernetesObject).parse(JSON.parse(manifestProperties.parse(properties).Manifest)));
    this.releases = deployment.ofType('Custom::AWSCDK-EKS-HelmChart').map(({ properties }) => {
      const { Release, Namespace, Chart, Repository, Version, Values } = chartProperties.parse(properties);
      const values = JSON.parse(Values) as Record<string, unknown>;
      return { release: Release, namespace: Namespace, chart: Chart, repository: Repository, version: Version, values };
    });
  }

  /** @throws when there is not exactly one release of that chart. */
  release(chart: string): HelmRelease {
    const [found, ...others] = this.releases.filter((release) => release.chart === chart);
    if (!found || others.length > 0) throw new Error(`The templates install the chart "${chart}" ${found ? others.length + 1 : 0} times, not once.`);
    return found;
  }

  /** Services that Vault's chart makes in dev mode and that a client may name: by the release's name. */
  vaultServices(): { namespace: string; name: string; port: number; portName: string }[] {
    const { namespace, release } = this.release('vault');
    return [{ namespace, name: release, port: 8200, portName: 'http' }];
  }

  /** The service account that Vault's pods run as. */
  vaultServiceAccount(): string {
    return vaultValues.parse(this.release('vault').values).server.serviceAccount?.name ?? 'vault';
  }

  /**
   * Annotations of a service account: of a manifest, or of Gloo's chart, whose accounts `gloo` and `discovery` carry
   * what its values say.
   */
  serviceAccountAnnotations(namespace: string, name: string): Readonly<Record<string, string>> {
    const manifest = this.all.find(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.namespace === namespace && metadata.name === name);
    if (manifest) return manifest.metadata.annotations ?? {};
    const release = this.releases.find((candidate) => candidate.chart === 'gloo' && candidate.namespace === namespace);
    const values = annotated.safeParse(release?.values[name]);
    return values.data?.serviceAccount?.extraAnnotations ?? {};
  }
}
