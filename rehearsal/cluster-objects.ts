import { z } from 'zod';
import type { Environment } from '../lib/environment/environment';
import type { ProxyService } from '../lib/gloo/drain/services';
import { glooServiceAccounts } from '../lib/identity/names';
import type { KubernetesObject, KubernetesObjects } from './kubernetes-objects';

/** What the cluster's controller holds a Service by, until its load balancer is gone. */
export const LOAD_BALANCER_FINALIZER = 'service.kubernetes.io/load-balancer-cleanup';

const DAY = 86_400_000;
const certificateSpec = z.looseObject({ duration: z.string() });

/**
 * The cluster's objects as the API server would show them: those of the manifests, what charts and add-ons make, and
 * what controllers write into them. Somebody's hand may change them.
 */
export class ClusterObjects {
  private objects: readonly KubernetesObject[];
  /** As the deployment alone makes them. */
  private deployed: readonly KubernetesObject[];

  /** @param enforcing whether the VPC CNI enforces NetworkPolicy. */
  constructor(objects: KubernetesObjects, environment: Pick<Environment, 'gloo'>, private readonly enforcing: boolean) {
    this.deployed = objectsOf(objects, environment, enforcing);
    this.objects = this.deployed;
  }

  /** Takes in what another deployment has changed: all else stays as somebody's hand may have left it. */
  update(objects: KubernetesObjects, environment: Pick<Environment, 'gloo'>): void {
    const wanted = objectsOf(objects, environment, this.enforcing);
    const find = (among: readonly KubernetesObject[], object: KubernetesObject) => among.find((each) => isSame(each, object));
    const changed = wanted.filter((object) => withoutStatus(find(this.deployed, object)) !== withoutStatus(object));
    const gone = this.deployed.filter((object) => !find(wanted, object));
    const kept = this.objects.filter((object) => !find(changed, object)).flatMap((object) => (find(gone, object) ? deleted(object) : object));
    this.deployed = wanted;
    this.objects = [...kept, ...changed];
  }

  /** Takes the last finalizer off an object that is deleted: it is gone. */
  letGo(object: KubernetesObject): void {
    this.objects = this.objects.filter((each) => !isSame(each, object));
  }

  all(): readonly KubernetesObject[] {
    return this.objects;
  }

  /** @throws where there is none. */
  find(kind: string, namespace: string, name: string): KubernetesObject {
    const found = this.objects.find((object) => object.kind === kind && object.metadata.namespace === namespace && object.metadata.name === name);
    if (!found) throw new Error(`The cluster has no ${kind} ${namespace}/${name}.`);
    return found;
  }

  /** Takes an object in the place of one that is there. */
  replace(before: unknown, after: KubernetesObject): void {
    this.objects = this.objects.map((object) => (object === before ? after : object));
  }

  /** Adds an object, as with kubectl create. @returns takes it away, if nobody has done so yet. */
  add(object: KubernetesObject): () => void {
    this.objects = [...this.objects, object];
    return () => this.remove(object);
  }

  /** Takes an object away, as with kubectl delete. */
  remove({ kind, metadata }: Pick<KubernetesObject, 'kind' | 'metadata'>): void {
    this.objects = this.objects.filter((object) => object.kind !== kind || object.metadata.namespace !== metadata.namespace || object.metadata.name !== metadata.name);
  }

  /**
   * Changes an object, as with kubectl edit.
   * @param to undefined deletes it.
   * @returns takes it back.
   * @throws where there is none.
   */
  change(kind: string, namespace: string, name: string, to: (object: KubernetesObject) => KubernetesObject | undefined): () => void {
    const before = this.objects;
    const found = this.find(kind, namespace, name);
    this.objects = before.flatMap((object) => (object === found ? (to(object) ?? []) : object));
    return () => {
      this.objects = before;
    };
  }
}

function objectsOf(objects: KubernetesObjects, { gloo }: Pick<Environment, 'gloo'>, enforcing: boolean): readonly KubernetesObject[] {
  const accounts = glooServiceAccounts(gloo);
  const made: readonly KubernetesObject[] = [
    ...accounts.map((name) => account(gloo.namespace, name, objects.serviceAccountAnnotations(gloo.namespace, name))),
    ...(objects.installs('gloo') ? [...accounts.map((name) => deployment(gloo.namespace, name)), ...objects.proxyServices().map(proxy)] : []),
    ...objects.releases.map(({ namespace, release }) => releaseRecord(namespace, release, 1, 'deployed')),
    vpcCni(enforcing),
  ];
  const manifests = objects.all.filter((object) => !made.some((each) => isSame(each, object)));
  return [...manifests.map(takenOn), ...made];
}

/** What is left of an object that somebody deletes: all of it, marked, while a finalizer holds it. */
function deleted(object: KubernetesObject): KubernetesObject[] {
  const { finalizers = [], deletionTimestamp = `${new Date().toISOString().slice(0, 19)}Z` } = object.metadata as { finalizers?: readonly string[]; deletionTimestamp?: string };
  return finalizers.length === 0 ? [] : [{ ...object, metadata: { ...object.metadata, deletionTimestamp } }];
}

const isSame = (a: KubernetesObject, b: KubernetesObject) => a.kind === b.kind && a.metadata.namespace === b.metadata.namespace && a.metadata.name === b.metadata.name;

/** What says whether a deployment changes an object: what controllers write is no part of it. */
const withoutStatus = (object: KubernetesObject | undefined) => JSON.stringify({ ...object, status: undefined });

const account = (namespace: string, name: string, annotations: Readonly<Record<string, string>>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { namespace, name, annotations: { ...annotations } },
});

const deployment = (namespace: string, name: string): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace, name },
  spec: { replicas: 1, ...podsOf({ gloo: name }, [{ name }]) },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
});

/** An object of a manifest as the controller of its kind leaves it. */
function takenOn(object: KubernetesObject): KubernetesObject {
  if (object.kind === 'Certificate') return issued(object);
  return object.kind === 'Service' ? balanced(object) : object;
}

/** A Service; one of type LoadBalancer as the cluster's controller has taken it on. */
function balanced(service: KubernetesObject): KubernetesObject {
  if ((service.spec as { readonly type?: string } | undefined)?.type !== 'LoadBalancer') return service;
  return { ...service, metadata: { ...service.metadata, finalizers: [LOAD_BALANCER_FINALIZER] }, status: { loadBalancer: { ingress: [{ hostname: `${service.metadata.name}.elb.example` }] } } };
}

/** The Service of a proxy. */
const proxy = ({ namespace, name, type }: ProxyService & { readonly namespace: string }): KubernetesObject =>
  balanced({ apiVersion: 'v1', kind: 'Service', metadata: { namespace, name }, spec: { type, selector: { 'gateway-proxy-id': name }, ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }] } });

/** What Helm keeps of a revision of a release, as far as its labels say it. */
export const releaseRecord = (namespace: string, release: string, revision: number, status: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name: `sh.helm.release.v1.${release}.v${revision}`, labels: { owner: 'helm', name: release, version: String(revision), status } },
  type: 'helm.sh/release.v1',
});

/** The VPC CNI as its add-on sets it up. @param enforcing `enableNetworkPolicy` of its configuration. */
const vpcCni = (enforcing: boolean): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { namespace: 'kube-system', name: 'aws-node' },
  spec: podsOf({ 'k8s-app': 'aws-node' }, [
    { name: 'aws-node' },
    { name: 'aws-eks-nodeagent', args: ['--enable-ipv6=false', `--enable-network-policy=${enforcing}`, '--enable-cloudwatch-logs=false'] },
  ]),
});

/** What a workload says of its pods. */
const podsOf = (labels: Readonly<Record<string, string>>, containers: readonly { readonly name: string; readonly args?: readonly string[] }[]) => ({
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: { containers: containers.map((container) => ({ image: container.name, ...container })) } },
});

/** As cert-manager leaves a Certificate that it has issued just now. */
function issued(object: KubernetesObject): KubernetesObject {
  const hours = Number(certificateSpec.parse(object.spec).duration.replace('h', ''));
  const notAfter = new Date(Date.now() + hours * 3_600_000);
  return {
    ...object,
    status: {
      conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: 'Certificate is up to date and has not expired' }],
      notAfter: notAfter.toISOString(),
      renewalTime: new Date(notAfter.getTime() - 30 * DAY).toISOString(),
    },
  };
}
