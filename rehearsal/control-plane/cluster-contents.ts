import type { HelmRelease, KubernetesObject, KubernetesObjects } from '../kubernetes-objects';

/** A kind that an add-on brings with a CustomResourceDefinition of its own. */
interface CustomKind {
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
}

const CERT_MANAGER = 'cert-manager.io';
const CERT_MANAGER_KINDS: readonly CustomKind[] = [
  { kind: 'Certificate', plural: 'certificates', scope: 'Namespaced' },
  { kind: 'CertificateRequest', plural: 'certificaterequests', scope: 'Namespaced' },
  { kind: 'Issuer', plural: 'issuers', scope: 'Namespaced' },
  { kind: 'ClusterIssuer', plural: 'clusterissuers', scope: 'Cluster' },
];

/**
 * What the cert-manager add-on brings, where manifests use it: its namespace, and its kinds by minimal definitions that take
 * any field, for cert-manager's own are not at hand. Its kinds are served, and nobody acts on them.
 */
export function addOnObjects(objects: KubernetesObjects): KubernetesObject[] {
  if (!objects.all.some(({ apiVersion }) => apiVersion.startsWith(`${CERT_MANAGER}/`))) {
    return [];
  }
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'cert-manager' } },
    ...CERT_MANAGER_KINDS.map(({ kind, plural, scope }) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${CERT_MANAGER}` },
      spec: {
        group: CERT_MANAGER,
        scope,
        names: { kind, plural, singular: kind.toLowerCase() },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
      },
    })),
  ];
}

/**
 * The service accounts that Gloo's chart makes, with the annotations of its values. A manifest of the same name comes
 * first, and the chart takes it over.
 */
export function glooServiceAccounts(objects: KubernetesObjects): KubernetesObject[] {
  const { namespace, values } = objects.release('gloo');
  const discovery = (values.discovery as { enabled?: boolean } | undefined)?.enabled === true;
  return ['gloo', 'gateway-proxy', ...(discovery ? ['discovery'] : [])].map((name) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace, annotations: objects.chartAnnotations(namespace, name) },
  }));
}

/** A pod of Vault's chart, and the address that its process listens on. */
export interface VaultPod {
  readonly name: string;
  readonly address: string;
}

const PORT = 8200;
const SERVER = { component: 'server' };

/** Services of Vault's chart, as far as the API server's proxies look at them. Endpoints follow by {@link endpointsObject}. */
export function vaultServices(objects: KubernetesObjects): KubernetesObject[] {
  const release = objects.release('vault');
  const services = objects.vaultServices().map(({ name, port, portName }) => service(release, name, { ports: [{ name: portName, port, targetPort: PORT }] }));
  const internal = service(release, `${release.release}-internal`, { clusterIP: 'None', publishNotReadyAddresses: true, ports: [{ name: 'https-internal', port: PORT, targetPort: PORT }] });
  return [
    ...services,
    internal,
  ];
}

/** What the kubelet says of a pod that runs. */
export function podStatus(address: string): object {
  return { phase: 'Running', podIP: address, podIPs: [{ ip: address }], conditions: [{ type: 'Ready', status: 'True' }] };
}

/**
 * Where a Service leads to: the ready pods that it selects.
 * @param ports @default - the one of Vault
 */
export function endpointsObject(service: { readonly namespace: string; readonly name: string; readonly portName?: string }, pods: readonly VaultPod[], ports: readonly { readonly port: number; readonly name?: string }[] = [{ port: PORT, ...(service.portName === undefined ? {} : { name: service.portName }) }]): KubernetesObject {
  const { namespace, name } = service;
  const addresses = pods.map((pod) => ({ ip: pod.address, targetRef: { kind: 'Pod', namespace, name: pod.name } }));
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace },
    subsets: pods.length === 0 ? [] : [{ addresses, ports }],
  };
}

function service(release: HelmRelease, name: string, spec: object): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: release.namespace, labels: vaultLabels(release) }, spec: { selector: vaultLabels(release), ...spec } };
}

/** Of the pods of Vault's chart. */
export function vaultLabels({ release }: HelmRelease): Record<string, string> {
  return { 'app.kubernetes.io/name': 'vault', 'app.kubernetes.io/instance': release, ...SERVER };
}
