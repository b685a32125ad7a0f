import type { GuestEnvironment } from '../../lib/environment/environment';
import { startApiServer, type ApiServer } from '../api-server/api-server';
import { enforcesPolicies, infrastructureOf } from '../aws/infrastructure';
import { createOidcIssuer, type OidcIssuer } from '../aws/oidc-issuer';
import { createCertificateAuthority } from '../certificate-authority';
import type { Deployment } from '../cloudformation/deployment';
import { deployStage } from '../cloudformation/deploy-stage';
import type { ClusterAttributes } from '../cloudformation/resource-types';
import { ClusterObjects } from '../cluster-objects';
import type { ControlPlanePrograms } from '../control-plane/find-control-plane';
import { glooAddresses } from '../control-plane/gloo-pods';
import { startRealApiServer } from '../control-plane/real-api-server';
import { accessEntriesOf, clusterManifests, importedIdentity, issuerUrl, type Deployed } from '../deployed-environment';
import { existingInfrastructure } from '../existing-cluster';
import { FunctionCalls } from '../function-calls';
import { GlooDeployments } from '../gloo/gloo-deployments';
import { glooPod, type PodGround } from '../gloo/gloo-pod';
import type { GlooProcess } from '../gloo/gloo-process';
import { KubernetesObjects, type KubernetesObject } from '../kubernetes-objects';
import type { Invocation } from '../lambda/invoke';
import { PodIdentity } from '../pod-identity';
import { Updates, type CustomResourceCall } from '../updates';
import type { World } from '../world';
import { openEntrance, type Entrance } from './internal-load-balancer';

/** A deployed environment without a Vault: its cluster, in the account of the one whose Vault it reads from. */
export interface GuestCluster extends PodGround {
  readonly environment: GuestEnvironment;
  readonly deployment: Deployment;
  readonly issuer: OidcIssuer;
  readonly apiServer: ApiServer;
  readonly entrance: Entrance;
  /** Invokes the function that proves Gloo's login, as CloudFormation would. */
  prove(timeoutMs?: number): Promise<Invocation>;
  /** Invokes the function behind a rule of EventBridge, with the rule's own input. */
  runSchedule(rule: string, timeoutMs?: number): Promise<Invocation>;
  /** As `World.update`. */
  update(to: GuestEnvironment, onStack?: (stack: string) => Promise<void>): Promise<readonly CustomResourceCall[]>;
  startGloo(): Promise<GlooProcess>;
  close(): Promise<void>;
}

export interface GuestClusterOptions {
  /** The owner's. */
  readonly host: World;
  readonly environment: GuestEnvironment;
  /** The cloud assembly that a stage of this environment stands in now. */
  readonly assemblyOf: (environment: GuestEnvironment) => Promise<string>;
  /** A real API server. @default - the stand-in */
  readonly controlPlane?: ControlPlanePrograms;
}

const NOT_YET = 'https://not-yet.invalid';
const FUNCTION_LIMIT = 60_000;

/** Carries its templates out, beside what the account has. Its Gloo does not run yet. */
export async function startGuestCluster({ host, environment, assemblyOf, ...options }: GuestClusterOptions): Promise<GuestCluster> {
  const { cluster, region, account, name: stageName, gloo } = environment;
  const { iam, aws, awsCaPem, awsCaFile, operator, directory } = host;
  const [ca, issuer, assemblyDir] = await Promise.all([createCertificateAuthority(stageName), createOidcIssuer(issuerUrl(environment)), assemblyOf(environment)]);
  const clusterAt = (endpoint: string): ClusterAttributes => ({
    endpoint,
    certificateAuthorityData: Buffer.from(ca.caPem).toString('base64'),
    openIdConnectIssuerUrl: issuer.url,
    clusterSecurityGroupId: `sg-of-${stageName}`,
  });
  const deploy = (endpoint: string, from: string): Deployment => deployStage({ assemblyDir: from, stageName, account, region, attributes: { cluster: clusterAt(endpoint) } });
  const deployed: Deployed<GuestEnvironment> = { environment, deployment: deploy(NOT_YET, assemblyDir) };
  const objects = new KubernetesObjects(deployed.deployment);
  const infrastructure = (endpoint: string) => (cluster.kind === 'imported' ? existingInfrastructure(cluster, region, endpoint) : infrastructureOf(deployed.deployment, clusterAt(endpoint)));
  const clusterObjects = new ClusterObjects(objects, environment, enforcesPolicies(infrastructure(NOT_YET)));
  iam.join(deployed.deployment, importedIdentity(environment));
  aws.addCluster(issuer, () => infrastructure(apiServer.endpoint));

  const gloos: GlooDeployments = new GlooDeployments({
    objects,
    clusterObjects,
    read: (namespace, name) => (controlPlane ? controlPlane.client.request('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, `Deployment ${namespace}/${name}`) : clusterObjects.find('Deployment', namespace, name)),
    pod: (name, process) => glooPod(guest, name, process),
    ...(options.controlPlane ? { addresses: glooAddresses(objects) } : {}),
  });
  const accessEntries = accessEntriesOf(deployed.deployment, operator);
  const authentication = { ca, clusterName: cluster.name, authenticate: (url: string, headers: { 'x-k8s-aws-id': string }) => aws.whoSigned(url, headers), accessEntries };
  const state = () => clusterObjects.all();
  const controlPlane = options.controlPlane && (await startRealApiServer({ ...authentication, programs: options.controlPlane, issuer, objects, state, pods: [], podsBehind: () => [], gloo: gloos }));
  const apiServer: ApiServer =
    controlPlane ??
    (await startApiServer({
      ...authentication,
      manifests: clusterManifests(objects, accessEntries),
      objects: state,
      replace: (before, after) => clusterObjects.replace(before, after as KubernetesObject),
      services: gloos.services(),
      makeToken: async ({ namespace, serviceAccount, audiences, expiresIn }) => (objects.hasServiceAccount(namespace, serviceAccount) ? issuer.issueToken({ namespace, serviceAccount, audience: audiences, expiresIn }) : undefined),
    }));
  deployed.deployment = deploy(apiServer.endpoint, assemblyDir);
  const entrance = await openEntrance(host, environment.vault.clientCidrs);
  const { host: address } = new URL(environment.vault.url);
  const calls = new FunctionCalls({ deployed, apiServer, aws, awsCaFile, hosts: { [address]: { host: '127.0.0.1', port: entrance.port } }, timeoutMs: FUNCTION_LIMIT });
  const updates = new Updates<GuestEnvironment>({
    shown: { deployed, iam, objects, clusterObjects, apiServer, operator },
    calls,
    synthesize: async (to) => deploy(apiServer.endpoint, await assemblyOf(to)),
  });
  const guest: GuestCluster = {
    get environment() {
      return deployed.environment;
    },
    get deployment() {
      return deployed.deployment;
    },
    issuer,
    apiServer,
    entrance,
    objects,
    aws,
    awsCaPem,
    pods: new PodIdentity({ objects, tokens: controlPlane ?? issuer, region, directory }),
    glooRequests: host.glooRequests,
    resolveService: (url) => (new URL(url).host === address ? `https://127.0.0.1:${entrance.port}` : undefined),
    glooVariable: (name) => {
      const variable = objects.glooVariable(name);
      if (variable?.secret) throw new Error(`${gloo.namespace}/${variable.secret.name}: no cert-manager fills a Secret in a cluster without a Vault`);
      return variable?.value;
    },
    prove: (timeoutMs) => calls.prove({ RequestType: 'Create' }, timeoutMs),
    runSchedule: (rule, timeoutMs) => calls.runSchedule(rule, timeoutMs),
    update: (to, onStack) => updates.to(to, onStack),
    startGloo: () => gloos.start('gloo'),
    close: async () => {
      await gloos.stop();
      await Promise.all([entrance.close(), apiServer.close()]);
    },
  };
  return guest;
}
