import type { ClusterObjects } from './cluster-objects';
import type { KubernetesObject } from './kubernetes-objects';

const LOOK_EVERY = 50;

/** The load balancers of AWS that a cluster's Services have: its controller removes each when the Service is deleted, and lets go of the Service then. */
export class LoadBalancers {
  private readonly existing = new Map<string, { since?: number }>();
  private readonly timer: NodeJS.Timeout;
  private held = false;

  /** @param takes milliseconds that AWS takes to remove one. */
  constructor(
    private readonly cluster: ClusterObjects,
    private readonly takes: number,
  ) {
    this.look();
    this.timer = setInterval(() => this.look(), LOOK_EVERY);
    this.timer.unref();
  }

  /** Those that cost, by `namespace/name` of the Services that they were made for. */
  left(): readonly string[] {
    return [...this.existing.keys()];
  }

  /** None goes. @returns ends that. */
  hold(): () => void {
    this.held = true;
    return () => {
      this.held = false;
    };
  }

  /** The cluster is gone, and its controller with it: what is left stays for ever. */
  close(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const service of this.cluster.all().filter(isBalanced)) {
      const key = `${service.metadata.namespace ?? ''}/${service.metadata.name}`;
      const balancer = this.existing.get(key) ?? {};
      this.existing.set(key, balancer);
      if (service.metadata.deletionTimestamp === undefined) continue;
      balancer.since ??= Date.now();
      if (this.held || Date.now() - balancer.since < this.takes) continue;
      this.existing.delete(key);
      this.cluster.letGo(service);
    }
  }
}

const isBalanced = ({ kind, spec }: KubernetesObject) => kind === 'Service' && (spec as { readonly type?: string } | undefined)?.type === 'LoadBalancer';
