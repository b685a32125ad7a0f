import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Environment } from '../lib/environment/environment';
import { RESOURCE_TYPE as PROOF } from '../lib/gloo/proof/properties';
import { RESOURCE_TYPE } from '../lib/vault/configuration/properties';
import { accessPolicyBindings, CLUSTER_ADMIN } from './api-server/access-entries';
import { startApiServer, type ApiServer } from './api-server/api-server';
import type { TokenMaker } from './api-server/token-request';
import { IamStore } from './aws/iam';
import { enforcesPolicies, infrastructureOf } from './aws/infrastructure';
import { createOidcIssuer, type OidcIssuer } from './aws/oidc-issuer';
import { startAws, type Aws } from './aws/server';
import { createCertificateAuthority } from './certificate-authority';
import { CertManager } from './cert-manager';
import { ClusterObjects } from './cluster-objects';
import { deployStage } from './cloudformation/deploy-stage';
import type { ControlPlanePrograms } from './control-plane/find-control-plane';
import { startRealApiServer, type RealApiServer } from './control-plane/real-api-server';
import { podsBehind, podsOf } from './control-plane/vault-pods';
import type { DeployedResource, Deployment } from './cloudformation/deployment';
import type { ClusterAttributes } from './cloudformation/resource-types';
import { existingInfrastructure } from './existing-cluster';
import type { Credentials } from './gloo/gloo-client';
import { assumeRoleWithWebIdentity } from './gloo/web-identity';
import { KubernetesObjects } from './kubernetes-objects';
import { functionBehind, scheduled, type DeployedFunction } from './deployed-functions';
import { inDevMode, withReplicas, type VaultUnderTest } from './vault-under-test';
import { invokeLambda, type Invocation, type LambdaFunction } from './lambda/invoke';
import { addPerson, operatorOf, withOperator, type Person } from './operator';
import { PodIdentity } from './pod-identity';
import { startRaftVault, type RaftVault } from './raft-vault';
import type { VaultCommand } from './vault/find-vault';
import { spawnGuard } from './vault/running-vault';
import { startDevVault } from './vault/vault-process';

/** A deployed environment: its templates carried out, with a real Vault, and stand-ins for AWS and the API server. */
export interface World {
  readonly environment: Environment;
  readonly deployment: Deployment;
  readonly objects: KubernetesObjects;
  /** What the API server shows of the cluster, and what happens to it by somebody's hand. */
  readonly clusterObjects: ClusterObjects;
  readonly iam: IamStore;
  readonly issuer: OidcIssuer;
  readonly aws: Aws;
  readonly apiServer: ApiServer;
  /** The same, where it is a real one. */
  readonly controlPlane?: RealApiServer;
  readonly vault: VaultUnderTest;
  /** When Vault's pods were started, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly pods: PodIdentity;
  /** PEM of the authority that signed AWS's certificates; the cluster has another. */
  readonly awsCaPem: string;
  /** A file with the same. */
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
  /** Invokes the function behind a rule of EventBridge, with the rule's own input, as its schedule would. */
  runSchedule(rule: string, timeoutMs?: number): Promise<Invocation>;
  /** {@link configure} with the credentials of another role of the templates. */
  configureAs(roleName: string, event: ConfigurationRequest, timeoutMs: number): Promise<Invocation>;
  /**
   * Address of a Service of the cluster, as a pod would resolve it; undefined where there is none of that name.
   * @throws where it has no endpoint.
   */
  readonly resolveService: (address: string) => string | undefined;
  /** What a variable in the environment of Gloo's pods holds; undefined where its chart sets none of that name. */
  readonly glooVariable: (name: string) => string | undefined;
  close(): Promise<void>;
}

export type ConfigurationProperties = Readonly<Record<string, unknown>>;

/** The part of CloudFormation's event that the provider framework passes on. */
export interface ConfigurationRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResourceProperties?: ConfigurationProperties;
  readonly OldResourceProperties?: ConfigurationProperties;
  readonly PhysicalResourceId?: string;
}

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
}

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
    const deploy = (endpoint: string) => deployStage({ assemblyDir, stageName, account, region, attributes: { cluster: clusterAt(endpoint) } });

    // The API server's address is an attribute of the cluster, and who may use it stands in the same templates.
    const draft = deploy('https://not-yet.invalid');
    const objects = new KubernetesObjects(draft);
    const infrastructure = (endpoint: string) => (cluster.kind === 'imported' ? existingInfrastructure(cluster, region, endpoint) : infrastructureOf(draft, clusterAt(endpoint)));
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
    const backend: { origin?: string; raft?: RaftVault } = {};
    const services = objects.vaultServices();
    const target = (name: string) => () => (backend.raft ? backend.raft.services.services.find((service) => service.name === name)?.target() : backend.origin);
    const ports = services.map((service) => ({ ...service, target: target(service.name) }));
    const podPorts = objects.vaultPods().map((pod, index) => ({ ...pod, target: () => backend.raft?.nodes[index]?.address }));
    const operator = operatorOf(environment);
    addPerson(iam, operator);
    const accessEntries = withOperator(draft.ofType('AWS::EKS::AccessEntry').map(accessEntry), operator);
    const authentication = { ca, clusterName: cluster.name, authenticate: (url: string, headers: { 'x-k8s-aws-id': string }) => aws.whoSigned(url, headers), accessEntries };
    const vaultPods = options.controlPlane ? podsOf(objects) : [];
    const podAddresses = vaultPods.map(({ address }) => address);
    const controlPlane =
      options.controlPlane &&
      (await startRealApiServer({ ...authentication, programs: options.controlPlane, issuer, objects, state: () => clusterObjects.all(), pods: vaultPods, podsBehind: (service) => podsBehind(service, vaultPods, backend) }));
    const manifests = [...objects.all, CLUSTER_ADMIN, ...accessPolicyBindings(accessEntries)];
    const makeToken: TokenMaker = async ({ namespace, serviceAccount, audiences, expiresIn }) =>
      objects.hasServiceAccount(namespace, serviceAccount) ? issuer.issueToken({ namespace, serviceAccount, audience: audiences, expiresIn }) : undefined;
    const apiServer = controlPlane ?? (await startApiServer({ ...authentication, manifests, objects: () => clusterObjects.all(), services: ports, pods: podPorts, makeToken }));
    closers.push(() => apiServer.close());

    const deployment = deploy(apiServer.endpoint);
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
    if (vault.dev) backend.origin = vault.dev.address;
    closers.push(() => vault.stop());

    const resource = only(deployment, RESOURCE_TYPE);
    const fn = functionBehind(deployment, resource);
    const lambda = (called: DeployedFunction, credentials: Credentials): LambdaFunction => ({
      ...called,
      environment: {
        ...called.environment,
        AWS_REGION: region,
        AWS_LAMBDA_FUNCTION_NAME: called.name,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
        AWS_ENDPOINT_URL_IAM: aws.tlsUrls.iam,
        AWS_ENDPOINT_URL_STS: aws.tlsUrls.sts,
        AWS_ENDPOINT_URL_KMS: aws.tlsUrls.kms,
        AWS_ENDPOINT_URL_S3: aws.tlsUrls.s3,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.tlsUrls.secretsmanager,
        // Lambda's own trust, AWS's authorities in it.
        NODE_EXTRA_CA_CERTS: awsCaFile,
      },
    });
    const properties = worldly(resource.properties, environment, apiServer);
    return {
      environment,
      deployment,
      objects,
      clusterObjects,
      iam,
      issuer,
      aws,
      apiServer,
      ...(controlPlane ? { controlPlane } : {}),
      vault,
      startedAt,
      pods,
      awsCaPem: awsCa.caPem,
      awsCaFile,
      operator,
      directory,
      configurationProperties: properties,
      configure: (event, { timeoutMs = functionTimeoutMs, signal } = {}) =>
        invokeLambda(lambda(fn, aws.issueSession(fn.roleName, fn.name)), { ResourceProperties: properties, ...event }, timeoutMs, signal),
      prove: async (event, timeoutMs = functionTimeoutMs) => {
        const proof = only(deployment, PROOF);
        const called = functionBehind(deployment, proof);
        return invokeLambda(lambda(called, aws.issueSession(called.roleName, called.name)), { ResourceProperties: worldly(proof.properties, environment, apiServer), ...event }, timeoutMs);
      },
      runSchedule: (rule, timeoutMs = functionTimeoutMs) => {
        const { called, input } = scheduled(deployment, rule);
        return invokeLambda(lambda(called, aws.issueSession(called.roleName, called.name)), worldlyInput(input, environment, apiServer), timeoutMs);
      },
      configureAs: async (roleName, event, timeoutMs) => {
        const credentials = await assumeRoleWithWebIdentity({ aws, awsCaPem: awsCa.caPem, environment }, iam.role(roleName).arn, await pods.token(environment.gloo.namespace, 'gloo'));
        return invokeLambda(lambda(fn, credentials), { ResourceProperties: properties, ...event }, timeoutMs);
      },
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
        return variable?.valueFrom ? certManager.valueOf(environment.gloo.namespace, variable.valueFrom.secretKeyRef) : variable?.value;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const serviceNames = ({ name, namespace }: { name: string; namespace: string }) => ['', '.svc', '.svc.cluster.local'].map((suffix) => `${name}.${namespace}${suffix}`);

/** Issuer of an environment's cluster: its own, or for one that does not exist yet such as EKS would give it. */
export function issuerUrl({ cluster, region, partition }: Environment): string {
  return cluster.kind === 'imported' ? `https://${cluster.issuerHost}` : `https://oidc.eks.${region}.${partition.dnsSuffix}/id/0123456789ABCDEF0123456789ABCDEF`;
}

/** An imported cluster brings its OIDC provider, and may bring its kubectl role. */
function importedIdentity({ cluster }: Environment) {
  if (cluster.kind === 'new') return {};
  return {
    providers: 'providerArn' in cluster.oidc ? [{ arn: cluster.oidc.providerArn, issuerHost: cluster.issuerHost, clientIds: ['sts.amazonaws.com'] }] : [],
    existingRoles: cluster.kubectlRoleArn ? [cluster.kubectlRoleArn.split('/').pop() ?? ''] : [],
  };
}

const accessEntryProperties = z.object({
  PrincipalArn: z.string(),
  KubernetesGroups: z.array(z.string()).default([]),
  Username: z.string().optional(),
  AccessPolicies: z.array(z.object({ AccessScope: z.object({ Type: z.literal('cluster') }), PolicyArn: z.string() })).default([]),
});

function accessEntry({ properties }: DeployedResource) {
  const { PrincipalArn, KubernetesGroups, Username, AccessPolicies } = accessEntryProperties.parse(properties);
  const accessPolicies = AccessPolicies.map(({ PolicyArn }) => PolicyArn.split('/').pop() ?? '');
  return { principalArn: PrincipalArn, kubernetesGroups: KubernetesGroups, accessPolicies, ...(Username ? { username: Username } : {}) };
}

/** An imported cluster's endpoint and CA are the user's; here, the stand-in answers in their place. */
function worldly(properties: ConfigurationProperties, { cluster }: Environment, apiServer: ApiServer): ConfigurationProperties {
  if (cluster.kind === 'new') return properties;
  return {
    ...properties,
    cluster: { ...(properties.cluster as object), endpoint: apiServer.endpoint, certificateAuthority: Buffer.from(apiServer.caPem).toString('base64') },
  };
}

/** The same for an event of a schedule, whose properties stand at its top or below. */
function worldlyInput(input: Readonly<Record<string, unknown>>, environment: Environment, apiServer: ApiServer): Readonly<Record<string, unknown>> {
  if ('cluster' in input) return worldly(input, environment, apiServer);
  return { ...input, ResourceProperties: worldly(input.ResourceProperties as ConfigurationProperties, environment, apiServer) };
}

export function only(deployment: Deployment, type: string): DeployedResource {
  const [resource, ...others] = deployment.ofType(type);
  if (!resource || others.length > 0) throw new Error(`The templates have ${others.length + (resource ? 1 : 0)} resources of type ${type}, not one.`);
  return resource;
}
