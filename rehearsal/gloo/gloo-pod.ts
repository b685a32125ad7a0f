import type { ClusterEnvironment } from '../../lib/environment/environment';
import type { Aws } from '../aws/server';
import type { KubernetesObjects } from '../kubernetes-objects';
import type { PodIdentity } from '../pod-identity';
import { GlooClient, vaultSource, type Credentials, type GlooRequest, type GlooToken, type VaultSource } from './gloo-client';
import { assumeRoleWithWebIdentity } from './web-identity';

/** A pod of Gloo's with the values of its chart: its client of Vault, and the identity by which it logs in. */
export interface GlooPod {
  readonly client: GlooClient;
  readonly source: VaultSource;
  /** From the service account's token to one of Vault's. The AWS identity is asked for once, as the SDKs keep it for an hour. */
  logIn(): Promise<GlooToken>;
}

/** What a pod needs of a world. */
export interface PodGround {
  readonly environment: ClusterEnvironment;
  readonly objects: KubernetesObjects;
  readonly pods: PodIdentity;
  readonly aws: Aws;
  /** PEM of the authority that signed AWS's certificates; the cluster has another. */
  readonly awsCaPem: string;
  /**
   * Address of a Service of the cluster, as a pod would resolve it; undefined where there is none of that name.
   * @throws where it has no endpoint.
   */
  readonly resolveService: (address: string) => string | undefined;
  /** What a variable in the environment of Gloo's pods holds; undefined where its chart sets none of that name. */
  readonly glooVariable: (name: string) => string | undefined;
  /** Requests of Gloo's pods to Vault so far, in the order they were sent. */
  readonly glooRequests: GlooRequest[];
}

/** Where nothing says otherwise, `DefaultConfig` of Vault's Go client. */
const GO_CLIENT = { timeoutSeconds: 60, max: 2 };

/**
 * @param process ends the client's requests with it; its client tries again by itself what a server's fault was. @default - each answer is the first
 * @throws where the service account names no role.
 */
export function glooPod(world: PodGround, serviceAccount: string, process?: AbortSignal): GlooPod {
  const { gloo } = world.environment;
  const roleArn = world.pods.roleArn(gloo.namespace, serviceAccount);
  if (!roleArn) throw new Error(`The service account ${gloo.namespace}/${serviceAccount} has no annotation eks.amazonaws.com/role-arn: Gloo's pod gets no AWS identity`);
  const source = vaultSource(world.objects.release('gloo').values);
  const client = new GlooClient(source, world.resolveService, Number(world.glooVariable('VAULT_CLIENT_TIMEOUT') ?? GO_CLIENT.timeoutSeconds), {
    ...(process ? { maxRetries: Number(world.glooVariable('VAULT_MAX_RETRIES') ?? GO_CLIENT.max), signal: process } : {}),
    trusted: world.glooVariable('VAULT_CACERT_BYTES'),
    onRequest: (request) => void world.glooRequests.push(request),
  });
  let credentials: Promise<Credentials> | undefined;
  const identity = async () => assumeRoleWithWebIdentity(world, roleArn, await world.pods.token(gloo.namespace, serviceAccount));
  return {
    client,
    source,
    logIn: async () => {
      credentials ??= identity();
      const kept = credentials;
      return client.logIn(
        await kept.catch((error: unknown) => {
          credentials = undefined;
          throw error;
        }),
      );
    },
  };
}
