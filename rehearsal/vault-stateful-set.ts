import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from './kubernetes-objects';

/** A pod's process, as the kubelet sees it. */
export interface PodProcess {
  /** `vault-0`. */
  readonly name: string;
  /** @default - no address */
  readonly address?: string;
  readonly isReady: () => boolean;
  /** SIGTERM, and another process with the same volume. */
  readonly restart: () => Promise<void>;
}

export interface StatefulSetOptions {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly portName: string;
  readonly pods: readonly PodProcess[];
  /** Whether the chart is there: without it, there is nothing to show, and nothing comes again. */
  readonly isInstalled: () => boolean;
}

/** One pod of a name, until it is deleted. */
interface Incarnation {
  readonly metadata: KubernetesObject['metadata'];
}

const BIRTH = 'rehearsal/birth';

const PORT = 8200;
/** Between a pod's end and the next one of its name: the controller's and the scheduler's part. */
const RECREATED_AFTER = 500;

/**
 * The StatefulSet of Vault's chart and its pods, with the parts that its controller and the kubelet play (`updateStrategy`
 * OnDelete): a pod that is deleted is ended and made again, from what the template is by then.
 */
export class VaultStatefulSet {
  private generation = 1;
  private births = 0;
  private readonly incarnations = new Map<string, Incarnation>();
  private working: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: StatefulSetOptions) {
    for (const { name } of options.pods) this.incarnations.set(name, this.incarnation(name));
  }

  /** The StatefulSet and the pods that there are now. */
  objects(): readonly KubernetesObject[] {
    const { namespace, name, labels, pods, isInstalled } = this.options;
    if (!isInstalled()) return [];
    const set: KubernetesObject = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { namespace, name, labels },
      spec: {
        replicas: pods.length,
        serviceName: `${name}-internal`,
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'OnDelete' },
        selector: { matchLabels: labels },
        template: { metadata: { labels, annotations: { 'rehearsal/generation': String(this.generation) } }, spec: this.podSpec() },
      },
      status: { observedGeneration: OBSERVED, replicas: pods.length, currentRevision: this.revision(1), updateRevision: this.revision(this.generation) },
    };
    return [set, ...pods.flatMap((process) => this.pod(process) ?? [])];
  }

  /** Whether a pod that an API server has is the one of its name that there is now. */
  isCurrent({ metadata: { name, annotations } }: Pick<KubernetesObject, 'metadata'>): boolean {
    return annotations?.[BIRTH] !== undefined && annotations[BIRTH] === this.incarnations.get(name)?.metadata.annotations?.[BIRTH];
  }

  /** Another template, as after a deployment that changed the pods: none of them restarts. */
  changeTemplate(): void {
    this.generation += 1;
  }

  /** A pod was deleted, or evicted. */
  deleted(name: string): void {
    if (!this.options.isInstalled() || !this.incarnations.delete(name)) return;
    const process = this.options.pods.find((each) => each.name === name);
    this.working = this.working.then(async () => {
      await process?.restart();
      await sleep(RECREATED_AFTER);
      this.incarnations.set(name, this.incarnation(name));
    });
  }

  /** Waits until every pod that was deleted is there again. @throws what kept one from it */
  async settled(): Promise<void> {
    await this.working;
  }

  private pod({ name, address, isReady }: PodProcess): KubernetesObject | undefined {
    const incarnation = this.incarnations.get(name);
    if (!incarnation) return undefined;
    const ready = isReady() ? 'True' : 'False';
    const addresses = address === undefined ? {} : { podIP: address, podIPs: [{ ip: address }] };
    return { apiVersion: 'v1', kind: 'Pod', metadata: incarnation.metadata, spec: this.podSpec(), status: { phase: 'Running', ...addresses, conditions: [{ type: 'Ready', status: ready }] } };
  }

  private incarnation(name: string): Incarnation {
    const { namespace, labels } = this.options;
    this.births += 1;
    return { metadata: { name, namespace, labels: { ...labels, 'controller-revision-hash': this.revision(this.generation) }, annotations: { [BIRTH]: String(this.births) } } };
  }

  private revision(generation: number): string {
    return `${this.options.name}-${generation.toString(16).padStart(10, '6b8f')}`;
  }

  private podSpec() {
    const { serviceAccount, portName } = this.options;
    return { serviceAccountName: serviceAccount, containers: [{ name: 'vault', image: 'hashicorp/vault', ports: [{ containerPort: PORT, name: portName }] }] };
  }
}

/** The controller is never behind. */
const OBSERVED = Number.MAX_SAFE_INTEGER;
