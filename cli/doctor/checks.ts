import type { Environment } from '../../lib/environment/environment';
import { loginsToProve } from '../../lib/gloo/proof/logins';
import { environmentRoleArn, glooAuthRole } from '../../lib/identity/names';
import { audit } from './checks/audit';
import { awsIdentity } from './checks/aws-identity';
import { certificates } from './checks/certificates';
import { cluster, kubernetesVersion } from './checks/cluster';
import { drift } from './checks/drift';
import { foreign } from './checks/foreign';
import { glooDeployments } from './checks/gloo-deployments';
import { glooLogin } from './checks/gloo-login';
import { enforcement, networkPolicy } from './checks/network-policy';
import { helmReleases } from './checks/helm-releases';
import { rootToken } from './checks/root-token';
import { serviceAccounts } from './checks/service-accounts';
import { vaultPods, vaultRevision, vaultVersion, vaultVoters } from './checks/vault-pods';
import type { Check } from './ports';

/** What there is to check of an environment, from the ground up: a fault below explains those above it. */
export function checksOf(environment: Environment): readonly Check[] {
  const { raft } = environment.vault;
  const logins = loginsToProve(environment, environmentRoleArn(environment, glooAuthRole(environment)));
  return [
    awsIdentity,
    cluster,
    kubernetesVersion,
    helmReleases,
    vaultPods,
    vaultVersion,
    vaultRevision,
    ...(raft ? [vaultVoters] : []),
    ...(raft?.tls ? [certificates] : []),
    networkPolicy,
    enforcement,
    audit,
    rootToken,
    drift,
    foreign,
    serviceAccounts,
    ...logins.map(glooLogin),
    glooDeployments,
  ];
}
