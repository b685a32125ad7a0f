import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../lib/environment/environment';
import { startApiServer, type ApiServer } from './api-server/api-server';
import type { Manifest } from './api-server/rbac';
import type { TokenMaker } from './api-server/token-request';
import { IamStore } from './aws/iam';
import { enforcesPolicies, infrastructureOf } from './aws/infrastructure';
import { createOidcIssuer, type OidcIssuer } from './aws/oidc-issuer';
import { startAws } from './aws/server';
import { createCertificateAuthority } from './certificate-authority';
import { CertManager } from './cert-manager';
import { ClusterObjects } from './cluster-objects';
import { deployStage } from './cloudformation/deploy-stage';
import type { ControlPlanePrograms } from './control-plane/find-control-plane';
import { vaultLabels } from './control-plane/cluster-contents';
import { startRealApiServer, type RealApiServer } from './control-plane/real-api-server';
import { glooAddresses } from './control-plane/gloo-pods';
import { PodDeletions } from './control-plane/pod-deletions';
import { podNames, podsBehind, podsOf } from './control-plane/vault-pods';
import type { Deployment } from './cloudformation/deployment';
import type { ClusterAttributes } from './cloudformation/resource-types';
import { accessEntriesOf, clusterManifests, importedIdentity, issuerUrl, type Deployed } from './deployed-environment';
import { environmentsInput } from './environment-input';
import { existingInfrastructure } from './existing-cluster';
import { FunctionCalls, type ConfigurationProperties, type ConfigurationRequest } from './function-calls';
import { GlooDeployments } from './gloo/gloo-deployments';
import { glooPod, type PodGround } from './gloo/gloo-pod';
import type { GlooProcess } from './gloo/gloo-process';
import { assumeRoleWithWebIdentity } from './gloo/web-identity';
import { KubernetesObjects, type KubernetesObject } from './kubernetes-objects';
import { VaultStatefulSet } from './vault-stateful-set';
import { inDevMode, withReplicas, type VaultUnderTest } from './vault-under-test';
import type { Invocation } from './lambda/invoke';
import { addPerson, operatorOf, type Person } from './person';
import { PodIdentity } from './pod-identity';
import { startRaftVault, type RaftVault } from './raft-vault';
import { synthesize } from './synthesize';
import { LoadBalancers } from './load-balancers';
import { Removals, type DestroyOptions } from './removals';
import { Updates, type CustomResourceCall } from './updates';
import type { VaultCommand } from './vault/find-vault';
import { spawnGuard } from './vault/running-vault';
import { startDevVault, type VaultProcess } from './vault/vault-process';

/** A deployed environment: its templates carried out, with a real Vault, and stand-ins for AWS and the API server. */
export interface World extends PodGround {
  readonly environment: Environment;
  readonly deployment: Deployment;
  /** What the API server shows of the cluster, and what happens to it by somebody's hand. */
  readonly clusterObjects: ClusterObjects;
  readonly iam: IamStore;
  readonly issuer: OidcIssuer;
  readonly apiServer: ApiServer;
  /** The same, where it is a real one. */
  readonly controlPlane?: RealApiServer;
  readonly vault: VaultUnderTest;
  /** Of Gloo's Services. */
  readonly loadBalancers: LoadBalancers;
  /** Vault's pods as the API server shows them: one that is deleted there ends, and comes again. */
  readonly vaultSet: VaultStatefulSet;
  /** When Vault's pods were started, milliseconds since the epoch. */
  readonly startedAt: number;
  /** A file with `awsCaPem`. */
  readonly awsCaFile: string;
  /** Who runs the commands. */
  readonly operator: Person;
  /** Temporary files of this world. */
  readonly directory: string;
  /** The custom resource's properties, as CloudFormation would hand them over. */
  readonly configurationProperties: ConfigurationProperties;
  /** Invokes the configuration function, the asset of cdk.out, as CloudFormation would. */
  configure(event: ConfigurationRequest, options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<Invocation>;
  /** Invokes the function that proves Gloo's login in the same manner. @throws where the templates have no proof. */
  prove(event: ConfigurationRequest, timeoutMs?: number): Promise<Invocation>;
  /** Invokes the function that applies Gloo's CRDs. @throws where the templates have none. */
  applyCrds(event: ConfigurationRequest, timeoutMs?: number): Promise<Invocation>;
  /** Invokes the function behind a rule of EventBridge, with the rule's own input, as its schedule would. */
  runSchedule(rule: string, timeoutMs?: number): Promise<Invocation>;
  /** {@link configure} with the credentials of another role of the templates. */
  configureAs(roleName: string, event: ConfigurationRequest, timeoutMs: number): Promise<Invocation>;
  /**
   * Deploys a changed environment: another synth of it, carried out in place, with the custom resources' Updates.
   * @param onStack told of each stack that was updated, before the next one
   * @returns what was asked of custom resources, with their functions' answers
   * @throws with what a custom resource said, when all that was done to its stack was taken back
   */
  update(to: Environment, onStack?: (stack: string) => Promise<void>): Promise<readonly CustomResourceCall[]>;
  /**
   * Deletes the stacks. One that fails leaves what is not deleted yet, and another call goes on from there.
   * @returns what was asked of custom resources, with their functions' answers
   * @throws with what a custom resource said
   */
  destroy(options?: DestroyOptions): Promise<readonly CustomResourceCall[]>;
  /** Starts a Deployment of Gloo's, behind whose Service its metrics are; the one that runs, if it does. @throws where it would crash-loop */
  startGloo(name?: 'gloo' | 'discovery'): Promise<GlooProcess>;
  stopGloo(): Promise<void>;
  close(): Promise<void>;
}

export type { ConfigurationProperties, ConfigurationRequest };

export interface WorldOptions {
  /** `cdk.out`. */
  readonly assemblyDir: string;
  readonly environment: Environment;
  readonly vault: VaultCommand;
  readonly onVaultLine?: (line: string) => void;
  /** A real API server, in a network namespace of its own. @default - the stand-in */
  readonly controlPlane?: ControlPlanePrograms;
  /**
   * Time limit of the configuration function in milliseconds: how long it waits for what may settle.
   * @default - 60_000; with replicas, of which each has to be watched for a while before it votes, 180_000
   */
  readonly functionTimeoutMs?: number;
  /**
   * Issuer of service-account tokens, of {@link issuerUrl}: its keys take longer to make than all the rest.
   * @default - a new one
   */
  readonly issuer?: OidcIssuer;
  /** Synthesizes environments as a user would write them, into a directory. @default - by bin/app.ts */
  readonly synthesize?: (environments: Readonly<Record<string, unknown>>, directory: string) => Promise<string>;
}

/** Milliseconds that a load balancer takes to go; AWS takes seconds to minutes. */
const LOAD_BALANCER_TAKES = 1500;
const CLUSTER_SECURITY_GROUP = 'sg-0123456789abcdef0';

/** Starts everything. However it ends, and however this process ends, nothing is left behind. */
export async function createWorld({ assemblyDir, environment, vault: command, onVaultLine, functionTimeoutMs = environment.vault.raft ? 180_000 : 60_000, ...options }: WorldOptions): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  const guard = spawnGuard(directory);
  const closers: (() => unknown)[] = [() => guard.kill('SIGKILL'), () => rmSync(directory, { recursive: true, force: true })];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const { cluster, region, account, name: stageName } = environment;
    // Two, so that nothing trusts the one where the other is meant.
    const [ca, awsCa] = await Promise.all([createCertificateAuthority('rehearsal'), createCertificateAuthority('rehearsal of AWS')]);
    const issuer = options.issuer ?? (await createOidcIssuer(issuerUrl(environment)));
    const clusterAt = (endpoint: string): ClusterAttributes => ({
      endpoint,
      certificateAuthorityData: Buffer.from(ca.caPem).toString('base64'),
      openIdConnectIssuerUrl: issuer.url,
      clusterSecurityGroupId: CLUSTER_SECURITY_GROUP,
    });
    const deploy = (endpoint: string, from = assemblyDir) => deployStage({ assemblyDir: from, stageName, account, region, attributes: { cluster: clusterAt(endpoint) } });

    // The API server's address is an attribute of the cluster, and who may use it stands in the same templates.
    const draft = deploy('https://not-yet.invalid');
    const deployed: Deployed = { environment, deployment: draft };
    const objects = new KubernetesObjects(draft);
    const infrastructure = (endpoint: string) => (cluster.kind === 'imported' ? existingInfrastructure(cluster, region, endpoint) : infrastructureOf(deployed.deployment, clusterAt(endpoint)));
    const clusterObjects = new ClusterObjects(objects, environment, enforcesPolicies(infrastructure('https://not-yet.invalid')));
    const iam = new IamStore(draft, importedIdentity(environment));
    const aws = await startAws({
      iam,
      issuers: [issuer],
      region,
      ca: awsCa,
      infrastructure: () => infrastructure(apiServer.endpoint),
    });
    closers.push(() => aws.close());
    const backend: { origin?: string; dev?: VaultProcess; raft?: RaftVault } = {};
    const services = objects.vaultServices();
    const target = (name: string) => () => (backend.raft ? backend.raft.services.services.find((service) => service.name === name)?.target() : backend.origin);
    const ports = services.map((service) => ({ ...service, target: target(service.name) }));
    const podPorts = objects.vaultPods().map((pod, index) => ({ ...pod, target: () => backend.raft?.nodes[index]?.address }));
    const operator = operatorOf(environment);
    addPerson(iam, operator);
    const accessEntries = accessEntriesOf(draft, operator);
    const authentication = { ca, clusterName: cluster.name, authenticate: (url: string, headers: { 'x-k8s-aws-id': string }) => aws.whoSigned(url, headers), accessEntries };
    const glooDeployments: GlooDeployments = new GlooDeployments({
      objects,
      clusterObjects,
      read: (namespace, name) => (controlPlane ? controlPlane.client.request('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, `Deployment ${namespace}/${name}`) : clusterObjects.find('Deployment', namespace, name)),
      pod: (name, process) => glooPod(world, name, process),
      ...(options.controlPlane ? { addresses: glooAddresses(objects) } : {}),
    });
    const vaultPods = options.controlPlane ? podsOf(objects) : [];
    const podAddresses = vaultPods.map(({ address }) => address);
    const vaultSet = new VaultStatefulSet({
      namespace: environment.vault.namespace,
      name: objects.release('vault').release,
      labels: vaultLabels(objects.release('vault')),
      serviceAccount: objects.vaultServiceAccount(),
      portName: services[0]?.portName ?? 'http',
      isInstalled: () => objects.installs('vault'),
      pods: podNames(objects).map((name, index) => ({
        name,
        ...(podAddresses[index] === undefined ? {} : { address: podAddresses[index] }),
        isReady: () => backend.raft?.services.isReady(name) ?? backend.origin !== undefined,
        restart: async () => (backend.raft?.nodes[index] ?? backend.dev)?.restart(),
      })),
    });
    const state = () => [...clusterObjects.all(), ...vaultSet.objects()];
    const controlPlane =
      options.controlPlane &&
      (await startRealApiServer({ ...authentication, programs: options.controlPlane, issuer, objects, state, pods: vaultPods, podsBehind: (service) => podsBehind(service, vaultPods, backend), gloo: glooDeployments }));
    const manifests = clusterManifests(objects, accessEntries);
    const makeToken: TokenMaker = async ({ namespace, serviceAccount, audiences, expiresIn }) =>
      objects.hasServiceAccount(namespace, serviceAccount) ? issuer.issueToken({ namespace, serviceAccount, audience: audiences, expiresIn }) : undefined;
    const remove = (object: Manifest) => {
      const { kind, metadata } = object as KubernetesObject;
      if (kind === 'Pod') vaultSet.deleted(metadata.name);
      else clusterObjects.remove({ kind, metadata });
    };
    const apiServer = controlPlane ?? (await startApiServer({ ...authentication, manifests, objects: state, replace: (before, after) => clusterObjects.replace(before, after as KubernetesObject), services: [...ports, ...glooDeployments.services()], pods: podPorts, makeToken, remove }));
    const deletions = controlPlane && new PodDeletions(controlPlane.client, environment.vault.namespace, vaultSet);
    let clusterEnded: Promise<void> | undefined;
    const endCluster = () => (clusterEnded ??= Promise.resolve(deletions?.close()).finally(() => apiServer.close()));
    closers.push(endCluster);
    const loadBalancers = new LoadBalancers(clusterObjects, LOAD_BALANCER_TAKES);
    closers.push(() => loadBalancers.close());

    deployed.deployment = deploy(apiServer.endpoint);
    const awsCaFile = join(directory, 'aws-ca.pem');
    writeFileSync(awsCaFile, awsCa.caPem);
    const pods = new PodIdentity({ objects, tokens: controlPlane ?? issuer, region, directory });
    const vaultOptions = {
      command,
      env: {
        ...(await pods.environment(environment.vault.namespace, objects.vaultServiceAccount())),
        HTTP_PROXY: aws.proxyUrl,
        HTTPS_PROXY: aws.proxyUrl,
        SSL_CERT_FILE: awsCaFile,
        // A pod's request for its node's credentials dies after one hop.
        AWS_EC2_METADATA_DISABLED: 'true',
      },
      ...(onVaultLine ? { onLine: onVaultLine } : {}),
    };
    const certManager = await CertManager.of(objects);
    const startedAt = Date.now();
    const vault = environment.vault.raft
      ? withReplicas(await startRaftVault({ ...vaultOptions, release: objects.release('vault'), certManager, podAddresses }))
      : inDevMode(await startDevVault({ ...vaultOptions, ...(podAddresses[0] ? { podAddress: podAddresses[0] } : {}) }));
    if (vault.raft) backend.raft = vault.raft;
    if (vault.dev) Object.assign(backend, { dev: vault.dev, origin: vault.dev.address });
    closers.push(() => vault.stop());

    const calls = new FunctionCalls({ deployed, apiServer, aws, awsCaFile, timeoutMs: functionTimeoutMs });
    const shown = { deployed, iam, objects, clusterObjects, apiServer, operator };
    const removals = new Removals({ shown, calls, vault, loadBalancers, endCluster });
    const updates = new Updates({
      shown,
      calls,
      synthesize: async (to) => deploy(apiServer.endpoint, await (options.synthesize ?? synthesize)(environmentsInput(to), mkdtempSync(join(directory, 'update-')))),
    });
    closers.push(() => glooDeployments.stop());
    const world: World = {
      get environment() {
        return deployed.environment;
      },
      get deployment() {
        return deployed.deployment;
      },
      objects,
      clusterObjects,
      iam,
      issuer,
      aws,
      apiServer,
      ...(controlPlane ? { controlPlane } : {}),
      vault,
      loadBalancers,
      vaultSet,
      startedAt,
      pods,
      glooRequests: [],
      awsCaPem: awsCa.caPem,
      awsCaFile,
      operator,
      directory,
      get configurationProperties() {
        return calls.configurationProperties;
      },
      configure: (event, settings) => calls.configure(event, settings),
      prove: (event, timeoutMs) => calls.prove(event, timeoutMs),
      applyCrds: (event, timeoutMs) => calls.applyCrds(event, timeoutMs),
      runSchedule: (rule, timeoutMs) => calls.runSchedule(rule, timeoutMs),
      configureAs: async (roleName, event, timeoutMs) => {
        const as = await assumeRoleWithWebIdentity({ aws, awsCaPem: awsCa.caPem, environment }, iam.role(roleName).arn, await pods.token(environment.gloo.namespace, 'gloo'));
        return calls.configure(event, { timeoutMs, as });
      },
      update: (to, onStack) => updates.to(to, onStack),
      destroy: (settings) => removals.all(settings),
      resolveService: (address) => {
        const { hostname, port, protocol } = new URL(address);
        const found = ports.find((service) => protocol === `${service.scheme}:` && Number(port) === service.port && serviceNames(service).includes(hostname));
        if (!found) return undefined;
        const origin = found.target();
        if (origin === undefined) throw new Error(`The Service ${found.name} has no endpoint`);
        return origin;
      },
      glooVariable: (name) => {
        const variable = objects.glooVariable(name);
        return variable?.secret ? certManager.valueOf(environment.gloo.namespace, variable.secret) : variable?.value;
      },
      startGloo: (name = 'gloo') => glooDeployments.start(name),
      stopGloo: () => glooDeployments.stop(),
      close,
    };
    return world;
  } catch (error) {
    await close();
    throw error;
  }
}

const serviceNames = ({ name, namespace }: { name: string; namespace: string }) => ['', '.svc', '.svc.cluster.local'].map((suffix) => `${name}.${namespace}${suffix}`);
