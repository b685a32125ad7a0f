import { setTimeout as sleep } from 'node:timers/promises';
import type { PodPort, ServicePort } from '../api-server/backend';
import { answer, type RaftNode } from './raft-node';

/** When the kubelet takes a pod for ready; the chart's `server.readinessProbe`. */
export interface ReadinessProbe {
  /** @default 5 */
  readonly initialDelaySeconds?: number;
  /** @default 5 */
  readonly periodSeconds?: number;
  /** @default 2 */
  readonly failureThreshold?: number;
}

export interface RaftServicesOptions {
  readonly nodes: readonly RaftNode[];
  readonly namespace: string;
  /** The chart's `server.service.publishNotReadyAddresses`, which holds for `vault`, `vault-active` and `vault-standby`. */
  readonly publishNotReadyAddresses: boolean;
  /** @default - the chart's: ready 5 s after a start, unready 10 s after the last answer */
  readonly readinessProbe?: ReadinessProbe;
}

/** What Kubernetes makes of a Raft cluster: its pods, and the Services in front of them. */
export interface RaftServices {
  /** `vault`, `vault-active` and `vault-standby`, each with port 8200. */
  readonly services: readonly ServicePort[];
  /** Every node with port 8200, ready or not. */
  readonly pods: readonly PodPort[];
  /** Addresses behind a Service at this moment: none, one, or for a while after a change of leader two leaders'. */
  endpoints(service: RaftService): readonly string[];
  /** Whether the kubelet takes a pod for ready at this moment. @param pod its name. */
  isReady(pod: string): boolean;
  /**
   * Waits until a Service has an endpoint that matches.
   * @param limit milliseconds.
   * @returns its address.
   * @throws when there is none by then, with the endpoints and the state of every pod.
   */
  waitForEndpoint(service: RaftService, limit: number, matches?: (node: RaftNode) => boolean): Promise<string>;
  /** Stops watching the nodes. */
  close(): Promise<void>;
}

export type RaftService = 'vault' | 'vault-active' | 'vault-standby';

interface Pod {
  readonly node: RaftNode;
  /** Which start of the process the rest is about. */
  startedAt: number;
  /** The label `vault-active`: what Vault last said of itself. A frozen or killed one cannot take it back. */
  active: boolean;
  /** When Vault last answered unsealed, as the readiness probe (`vault status`) wants it. */
  unsealedAt?: number;
}

const PORT = { port: 8200, scheme: 'https' } as const;
const WATCH_EVERY = 200;
const WATCH_LIMIT = 1_000;
const WAIT_POLL = 50;

/**
 * Watches the nodes as Vault's service registration and the kubelet do, and gives the Services and pods that follow from it.
 * A killed node is unready at once; a frozen one keeps its label and is unready only when its probes have failed.
 */
export function watchRaftServices({ nodes, namespace, publishNotReadyAddresses, readinessProbe = {} }: RaftServicesOptions): RaftServices {
  const { initialDelaySeconds = 5, periodSeconds = 5, failureThreshold = 2 } = readinessProbe;
  const pods: Pod[] = nodes.map((node) => ({ node, startedAt: node.startedAt(), active: false }));
  const closing = new AbortController();

  const isReady = ({ node, startedAt, unsealedAt }: Pod): boolean => {
    const now = Date.now();
    const sinceStart = now - startedAt;
    return node.isRunning() && node.startedAt() === startedAt && unsealedAt !== undefined && sinceStart >= initialDelaySeconds * 1000 && now - unsealedAt < failureThreshold * periodSeconds * 1000;
  };
  const isSelected: Readonly<Record<RaftService, (pod: Pod) => boolean>> = {
    vault: () => true,
    'vault-active': ({ active }) => active,
    'vault-standby': ({ active }) => !active,
  };
  const podsBehind = (service: RaftService): Pod[] => pods.filter((pod) => isSelected[service](pod) && (publishNotReadyAddresses || isReady(pod)));

  const watch = async (pod: Pod): Promise<void> => {
    while (!closing.signal.aborted) {
      if (pod.node.isRunning()) {
        const startedAt = pod.node.startedAt();
        if (startedAt !== pod.startedAt) {
          Object.assign(pod, { startedAt, active: false, unsealedAt: undefined });
        }
        const health = await answer(pod.node.health(WATCH_LIMIT));
        if (health && startedAt === pod.node.startedAt()) {
          pod.active = health.initialized && !health.sealed && !health.standby;
          pod.unsealedAt = health.initialized && !health.sealed ? Date.now() : pod.unsealedAt;
        }
      }
      await sleep(WATCH_EVERY);
    }
  };
  const watching = Promise.all(pods.map(watch));

  const service = (name: RaftService): ServicePort => {
    let turn = 0;
    return {
      namespace,
      name,
      portName: 'https',
      ...PORT,
      // The API server takes any endpoint; in turn, so that a wrong one among them is always met.
      target: () => {
        const behind = podsBehind(name);
        return behind[turn++ % Math.max(behind.length, 1)]?.node.address;
      },
    };
  };
  const describe = (pod: Pod): string => `${pod.node.name} (vault-active=${pod.active}, ${isReady(pod) ? 'ready' : 'not ready'})`;

  return {
    services: [service('vault'), service('vault-active'), service('vault-standby')],
    pods: nodes.map((node) => ({ namespace, name: node.name, ...PORT, target: () => node.address })),
    endpoints: (name) => podsBehind(name).map(({ node }) => node.address),
    isReady: (name) => pods.some((pod) => pod.node.name === name && isReady(pod)),
    waitForEndpoint: async (name, limit, matches = () => true) => {
      const deadline = Date.now() + limit;
      for (;;) {
        const found = podsBehind(name).find(({ node }) => matches(node));
        if (found) {
          return found.node.address;
        }
        if (Date.now() > deadline) {
          throw new Error(`Service ${name} has no such endpoint after ${limit} ms; the pods: ${pods.map(describe).join(', ')}`);
        }
        await sleep(WAIT_POLL);
      }
    },
    close: async () => {
      closing.abort();
      await watching;
    },
  };
}
