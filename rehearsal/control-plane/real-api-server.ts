import { z } from 'zod';
import { AccessEntries, accessPolicyBindings } from '../api-server/access-entries';
import type { ApiServer, ApiServerOptions } from '../api-server/api-server';
import { TokenAuthenticator } from '../api-server/token-authenticator';
import type { OidcIssuer, ServiceAccountTokenRequest } from '../aws/oidc-issuer';
import type { GlooDeployments } from '../gloo/gloo-deployments';
import type { KubernetesObject, KubernetesObjects } from '../kubernetes-objects';
import { AuditLog } from './audit-log';
import { addOnObjects, endpointsObject, glooServiceAccounts, vaultServices, type VaultPod } from './cluster-contents';
import { AppliedObjects } from './applied-objects';
import { ClusterState } from './cluster-state';
import { startControlPlane } from './control-plane';
import type { ControlPlanePrograms } from './find-control-plane';
import { glooEndpoints, glooObjects } from './gloo-pods';
import { KubernetesRefusal, type KubernetesClient } from './kubernetes-client';
import { startTokenWebhook } from './token-webhook';

export interface RealApiServerOptions extends Pick<ApiServerOptions, 'ca' | 'clusterName' | 'authenticate' | 'accessEntries'> {
  readonly programs: ControlPlanePrograms;
  readonly issuer: OidcIssuer;
  /** What is put into the cluster: the manifests in their order, and what the charts' pods need. */
  readonly objects: KubernetesObjects;
  /** How the cluster's objects are now, those of charts, add-ons and controllers among them. */
  readonly state: () => readonly KubernetesObject[];
  /** The pods of Vault. */
  readonly pods: readonly VaultPod[];
  /** Gloo's Deployments, each with an address for its pod. */
  readonly gloo: Pick<GlooDeployments, 'addresses' | 'isReady'>;
  /** Names of the pods that a Service of Vault's chart leads to now. */
  readonly podsBehind: (service: string) => readonly string[];
}

/** A real kube-apiserver in which the templates' manifests were applied. */
export interface RealApiServer extends ApiServer {
  /** `1.35.4`. */
  readonly version: string;
  /** Requests of an administrator. */
  readonly client: KubernetesClient;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /**
   * A service account's token by the API server's TokenRequest, as the kubelet asks for one. An account that nobody made is
   * made for it, without annotations: whoever may edit a namespace could.
   */
  issueToken(request: ServiceAccountTokenRequest): Promise<string>;
}

const tokenRequest = z.object({ status: z.object({ token: z.string() }) });

/**
 * Starts a control plane and puts into it what the templates say.
 * @throws for a manifest that the API server refuses, with its words.
 */
export async function startRealApiServer(options: RealApiServerOptions): Promise<RealApiServer> {
  const { ca, issuer, programs, objects, pods } = options;
  const entries = new AccessEntries(options.accessEntries);
  const webhook = await startTokenWebhook(ca, new TokenAuthenticator({ ...options, entries }));
  const closers: (() => Promise<void> | void)[] = [() => webhook.close()];
  const close = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const closer of closers.splice(0).reverse()) {
      await Promise.resolve(closer()).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) {
      throw failures[0] as Error;
    }
  };
  try {
    const controlPlane = await startControlPlane({ programs, ca, issuer, tokenWebhook: webhook.kubeconfig });
    closers.push(() => controlPlane.close());
    const { client, endpoint, caPem, kubeconfig, auditLog } = controlPlane;
    const audit = new AuditLog(auditLog, (receivedAt) => webhook.refusalAfter(receivedAt));
    closers.push(() => audit.close());

    let { accessEntries } = options;
    const contents = new AppliedObjects(client);
    const applyContents = () => contents.write([...addOnObjects(objects), ...accessPolicyBindings(accessEntries), ...objects.all, ...(objects.installs('gloo') ? [...glooServiceAccounts(objects), ...glooObjects(objects, options.gloo)] : []), ...(objects.installs('vault') ? vaultServices(objects) : [])]);
    await applyContents();
    const endpoints = () =>
      (objects.installs('vault') ? objects.vaultServices() : []).map((service) => {
        const names = options.podsBehind(service.name);
        return endpointsObject(service, pods.filter(({ name }) => names.includes(name)));
      });
    const state = new ClusterState(client, () => [...options.state(), ...endpoints(), ...(objects.installs('gloo') ? glooEndpoints(objects, options.gloo) : [])]);
    closers.push(() => state.close());
    await state.start();
    return {
      endpoint,
      caPem,
      version: programs.version,
      client,
      kubeconfig,
      get requests() {
        return audit.requests();
      },
      delayAccessEntries: (milliseconds) => entries.delayUntil(Date.now() + milliseconds),
      removeAccessEntry: (principalArn) => entries.remove(principalArn),
      update: async (changed) => {
        ({ accessEntries } = changed);
        entries.replace(accessEntries);
        await applyContents();
      },
      issueToken: (request) => issueToken(client, request),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function issueToken(client: KubernetesClient, { namespace, serviceAccount, audience, expiresIn }: ServiceAccountTokenRequest): Promise<string> {
  const what = `Token of ServiceAccount ${namespace}/${serviceAccount}`;
  const ask = () =>
    client.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`, what, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [audience].flat(), expirationSeconds: expiresIn },
    });
  const answer = await ask().catch(async (error: unknown) => {
    if (!(error instanceof KubernetesRefusal && error.code === 404)) {
      throw error;
    }
    await client.apply(serviceAccountObject(namespace, serviceAccount));
    return ask();
  });
  return tokenRequest.parse(answer).status.token;
}

function serviceAccountObject(namespace: string, name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
}
