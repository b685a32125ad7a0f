import { z } from 'zod';
import { proxyServices, type ProxyService } from '../lib/gloo/drain/services';
import type { PodPort, ServicePort } from './api-server/backend';
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

/** A key of a Secret, or of a ConfigMap. */
interface SecretKey {
  readonly name: string;
  readonly key: string;
}

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
const vaultValues = z.looseObject({
  global: z.looseObject({ tlsDisable: z.boolean().default(true) }).prefault({}),
  server: z.looseObject({
    serviceAccount: z.looseObject({ create: z.boolean().default(true), name: z.string().default('vault') }).optional(),
    ha: z.looseObject({ enabled: z.boolean().default(false), replicas: z.int().default(3) }).optional(),
  }),
});
const variable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }).optional(), configMapKeyRef: z.object({ name: z.string(), key: z.string() }).optional() }).optional(),
});
const stats = z.looseObject({ enabled: z.boolean().default(false), serviceMonitorEnabled: z.boolean().default(false) });
const glooValues = z.looseObject({
  gloo: z.looseObject({ deployment: z.looseObject({ customEnv: z.array(variable).default([]), stats: stats.optional() }).prefault({}) }).prefault({}),
  discovery: z.looseObject({ enabled: z.boolean().default(false), deployment: z.looseObject({ stats: stats.optional() }).prefault({}) }).prefault({}),
});

/** What the templates put into the cluster: manifests, and charts with their values. */
export class KubernetesObjects {
  private manifests: readonly KubernetesObject[] = [];
  private charts: readonly HelmRelease[] = [];

  constructor(deployment: Deployment) {
    this.update(deployment);
  }

  get all(): readonly KubernetesObject[] {
    return this.manifests;
  }

  get releases(): readonly HelmRelease[] {
    return this.charts;
  }

  /** What another deployment puts there instead. */
  update(deployment: Deployment): void {
    this.manifests = deployment
      .ofType('Custom::AWSCDK-EKS-KubernetesResource')
      .flatMap(({ properties }) => z.array(kubernetesObject).parse(JSON.parse(manifestProperties.parse(properties).Manifest)));
    this.charts = deployment.ofType('Custom::AWSCDK-EKS-HelmChart').map(({ properties }) => {
      const { Release, Namespace, Chart, Repository, Version, Values } = chartProperties.parse(properties);
      const values = JSON.parse(Values) as Record<string, unknown>;
      return { release: Release, namespace: Namespace, chart: Chart, repository: Repository, version: Version, values };
    });
  }

  installs(chart: string): boolean {
    return this.releases.some((release) => release.chart === chart);
  }

  /** Services of proxies that Gloo's chart makes of its values. */
  proxyServices(): (ProxyService & { readonly namespace: string })[] {
    const { namespace, values } = this.release('gloo');
    return proxyServices(values).map((service) => ({ namespace, ...service }));
  }

  /** @throws when there is not exactly one release of that chart. */
  release(chart: string): HelmRelease {
    const [found, ...others] = this.releases.filter((release) => release.chart === chart);
    if (!found || others.length > 0) throw new Error(`The templates install the chart "${chart}" ${found ? others.length + 1 : 0} times, not once.`);
    return found;
  }

  /** Services that Vault's chart makes and that a client may name: by the release's name, and with replicas for the leader and the others. */
  vaultServices(): Omit<ServicePort, 'target'>[] {
    const { namespace, release } = this.release('vault');
    const { scheme, replicas } = this.vaultShape();
    const names = replicas === undefined ? [release] : [release, `${release}-active`, `${release}-standby`];
    return names.map((name) => ({ namespace, name, port: 8200, portName: scheme, scheme }));
  }

  /** Pods of Vault's chart with replicas. */
  vaultPods(): Omit<PodPort, 'target'>[] {
    const { namespace, release } = this.release('vault');
    const { scheme, replicas = 0 } = this.vaultShape();
    return Array.from({ length: replicas }, (_, index) => ({ namespace, name: `${release}-${index}`, port: 8200, scheme }));
  }

  private vaultShape(): { scheme: 'http' | 'https'; replicas?: number } {
    const { global, server } = vaultValues.parse(this.release('vault').values);
    const { ha } = server;
    return { scheme: global.tlsDisable ? 'http' : 'https', ...(ha?.enabled ? { replicas: ha.replicas } : {}) };
  }

  /** Services that Gloo's chart makes for its own Deployments, each by the port of its metrics where the values open that; `gloo` has others too. */
  glooServices(): Omit<ServicePort, 'target'>[] {
    const { namespace, values } = this.release('gloo');
    const { gloo, discovery } = glooValues.parse(values);
    const scheme = 'http' as const;
    const metrics = (name: string, opened: z.infer<typeof stats> | undefined) => (opened?.enabled && opened.serviceMonitorEnabled ? [{ namespace, name, port: 9091, portName: 'http-monitoring', scheme }] : []);
    return [{ namespace, name: 'gloo', port: 9977, portName: 'grpc-xds', scheme }, ...metrics('gloo', gloo.deployment.stats), ...(discovery.enabled ? metrics('discovery', discovery.deployment.stats) : [])];
  }

  /** A variable that Gloo's chart is given for its deployment: a value, or the key of a Secret that has it. @throws where its ConfigMap has no such key. */
  glooVariable(name: string): { readonly value?: string | undefined; readonly secret?: SecretKey } | undefined {
    const { namespace, values } = this.release('gloo');
    const found = glooValues.parse(values).gloo.deployment.customEnv.find((each) => each.name === name);
    const { secretKeyRef: secret, configMapKeyRef: from } = found?.valueFrom ?? {};
    if (secret) return { secret };
    return found && { value: from ? this.configured(namespace, from) : found.value };
  }

  private configured(namespace: string, { name, key }: SecretKey): string {
    const map = this.all.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.namespace === namespace && metadata.name === name);
    const value = (map?.data as Record<string, string> | undefined)?.[key];
    if (value === undefined) throw new Error(`No manifest makes the ConfigMap ${namespace}/${name} with the key "${key}": a pod that wants it does not start`);
    return value;
  }

  /** The service account that Vault's pods run as. */
  vaultServiceAccount(): string {
    return vaultValues.parse(this.release('vault').values).server.serviceAccount?.name ?? 'vault';
  }

  /** Whether a manifest makes a service account: those of charts alone come later than all that asks for their tokens. */
  hasServiceAccount(namespace: string, name: string): boolean {
    return this.serviceAccount(namespace, name) !== undefined;
  }

  /**
   * Annotations of a service account: of its manifest, and on top of it those of Gloo's chart, which takes over the
   * accounts `gloo` and `discovery` and gives them what its values say.
   */
  serviceAccountAnnotations(namespace: string, name: string): Readonly<Record<string, string>> {
    return { ...this.serviceAccount(namespace, name)?.metadata.annotations, ...this.chartAnnotations(namespace, name) };
  }

  /** Annotations that the values of Gloo's chart give to one of its service accounts. */
  chartAnnotations(namespace: string, name: string): Readonly<Record<string, string>> {
    const release = this.releases.find((candidate) => candidate.chart === 'gloo' && candidate.namespace === namespace);
    const values = annotated.safeParse(release?.values[name]);
    return values.data?.serviceAccount?.extraAnnotations ?? {};
  }

  private serviceAccount(namespace: string, name: string): KubernetesObject | undefined {
    return this.all.find(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.namespace === namespace && metadata.name === name);
  }
}
