/** What a Deployment of Gloo's says of itself, and of its restarts. */
export interface GlooDeployment {
  readonly namespace: string;
  readonly name: string;
  /** A change of it by somebody else makes it another one. */
  readonly resourceVersion: string;
  readonly generation: number;
  readonly paused: boolean;
  /** Pods that are wanted. */
  readonly replicas: number;
  readonly status: {
    /** Generation that the Deployment controller has seen. */
    readonly generation: number;
    readonly replicas: number;
    readonly updated: number;
    readonly available: number;
  };
  /** Milliseconds since the epoch of restarts by this function, {@link KEPT} at most. */
  readonly restarts: readonly number[];
  /** The last one by anybody, `kubectl rollout restart` included. */
  readonly restartedAt?: number;
}

const MINUTE = 60_000;
/** Until a new pod has started, and its metrics can have been read. */
const QUIET = 5 * MINUTE;
/** A restart that helps, helps for long. */
const PERIOD = 60 * MINUTE;
/** Restarts within that period, and as many times are kept. */
export const KEPT = 3;

/**
 * Why a Gloo whose login is lost must not be restarted now, so that restarts never follow one another without end.
 * @param now milliseconds since the epoch.
 * @returns undefined where it may be.
 */
export function refusalToRestart({ namespace, name, generation, paused, replicas, status, restarts, restartedAt = 0 }: GlooDeployment, now: number): string | undefined {
  if (paused) return `its rollouts are paused; kubectl rollout resume deploy/${name} -n ${namespace}`;
  if (status.generation < generation || status.updated < replicas || status.available < replicas || status.replicas > status.updated) {
    return `a rollout is under way: ${status.updated} of ${replicas} pods are new, ${status.available} available; kubectl rollout status deploy/${name} -n ${namespace} shows what it waits for`;
  }
  const recent = restarts.filter((time) => now - time < PERIOD);
  if (recent.length >= KEPT) {
    return `it was restarted ${recent.length} times within an hour, and lost its login again each time, so a restart is no mend; kubectl logs deploy/${name} -n ${namespace} has Vault's answers`;
  }
  const last = Math.max(restartedAt, ...restarts);
  if (now - last < QUIET) return `it was restarted ${Math.round((now - last) / 1000)} s ago, and is given ${QUIET / MINUTE} minutes`;
  return undefined;
}
