import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { ClusterEnvironment, Environment } from '../lib/environment/environment';
import { accessPolicyBindings, CLUSTER_ADMIN, type AccessEntry } from './api-server/access-entries';
import type { ApiServer } from './api-server/api-server';
import type { Manifest } from './api-server/rbac';
import type { IamOptions, IamStore } from './aws/iam';
import type { DeployedResource, Deployment } from './cloudformation/deployment';
import type { ClusterObjects } from './cluster-objects';
import type { KubernetesObjects } from './kubernetes-objects';
import { withOperator, type Person } from './person';

/** An environment and what its templates made, as both are now. */
export interface Deployed<Of extends ClusterEnvironment = Environment> {
  environment: Of;
  deployment: Deployment;
}

/** All in which a deployment shows. */
export interface Shown<Of extends ClusterEnvironment = Environment> {
  readonly deployed: Deployed<Of>;
  readonly iam: IamStore;
  readonly objects: KubernetesObjects;
  readonly clusterObjects: ClusterObjects;
  readonly apiServer: ApiServer;
  readonly operator: Person;
}

/** Types whose stand-ins have a state of their own from the start. */
const FIXED = ['AWS::EKS::Cluster', 'AWS::KMS::Key', 'AWS::SecretsManager::Secret', 'AWS::S3::Bucket'];

/** @throws where another deployment makes or removes a cluster, key, secret or bucket: an update can't here. */
export function checkFixed(before: Deployment, after: Deployment): void {
  const fixed = (of: Deployment) => FIXED.map((type) => of.ofType(type).map(({ physicalId }) => physicalId));
  if (!isDeepStrictEqual(fixed(after), fixed(before))) throw new Error(`An update can't make or remove ${FIXED.join(', ')} here`);
}

/** Makes AWS and the cluster what another deployment says. */
export async function show<Of extends ClusterEnvironment>({ deployed, iam, objects, clusterObjects, apiServer, operator }: Shown<Of>, { environment, deployment }: Deployed<Of>): Promise<void> {
  Object.assign(deployed, { environment, deployment });
  iam.update(deployment);
  objects.update(deployment);
  clusterObjects.update(objects, environment);
  const accessEntries = accessEntriesOf(deployment, operator);
  await apiServer.update({ accessEntries, manifests: clusterManifests(objects, accessEntries) });
}

/** Who may use the cluster: by the templates, and the operator. */
export function accessEntriesOf(deployment: Deployment, operator: Person): readonly AccessEntry[] {
  return withOperator(deployment.ofType('AWS::EKS::AccessEntry').map(accessEntry), operator);
}

/** What is in the cluster: by the templates, and by EKS. */
export function clusterManifests(objects: KubernetesObjects, accessEntries: readonly AccessEntry[]): readonly Manifest[] {
  return [...objects.all, CLUSTER_ADMIN, ...accessPolicyBindings(accessEntries)];
}

/** Issuer of an environment's cluster: its own, or for one that does not exist yet such as EKS would give it, another for each. */
export function issuerUrl({ cluster, region, partition }: Pick<ClusterEnvironment, 'cluster' | 'region' | 'partition'>): string {
  if (cluster.kind === 'imported') return `https://${cluster.issuerHost}`;
  const id = createHash('sha256').update(cluster.name).digest('hex').slice(0, 32).toUpperCase();
  return `https://oidc.eks.${region}.${partition.dnsSuffix}/id/${id}`;
}

/** An imported cluster brings its OIDC provider, and may bring its kubectl role. */
export function importedIdentity({ cluster }: ClusterEnvironment): IamOptions {
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

function accessEntry({ properties }: DeployedResource): AccessEntry {
  const { PrincipalArn, KubernetesGroups, Username, AccessPolicies } = accessEntryProperties.parse(properties);
  const accessPolicies = AccessPolicies.map(({ PolicyArn }) => PolicyArn.split('/').pop() ?? '');
  return { principalArn: PrincipalArn, kubernetesGroups: KubernetesGroups, accessPolicies, ...(Username ? { username: Username } : {}) };
}
