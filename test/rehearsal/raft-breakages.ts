import type { EnvironmentInput } from '../../lib/environment/input';
import { input, withValue } from '../environment/inputs';
import type { Case } from './breakages';

const existing = withValue(withValue(input('existing'), 'cluster.import.name', 'c'), 'cluster.import.addons', {}) as unknown as EnvironmentInput;

/** Production's, with the one replica that starts soonest. */
export const created: EnvironmentInput = {
  account: '111122223333',
  region: 'us-east-1',
  production: true,
  cluster: { create: { name: 'c' } },
  vault: { raft: { replicas: 1, recovery: { shares: 3, threshold: 2 } } },
};

/** The environment that is broken: the same on a cluster that exists and has no add-on yet. */
export const rehearsed: EnvironmentInput = { ...created, cluster: existing.cluster };

const step = {
  started: 'Templates carried out, Vault started',
  permissions: 'Permissions of the two roles',
  configured: 'The function from cdk.out configures Vault',
  glass: 'The root token is gone; recovery keys make another, and that is revoked',
  login: 'Gloo logs in and reads a secret',
} as const;

const inVault = { stack: 'Vault' } as const;
const rights = { ...inVault, resource: 'ConfigurationRights', step: step.configured } as const;
const glooChart = { stack: 'Gloo', resource: 'Chart', step: step.login } as const;

/** What may go wrong in the templates of a Vault with replicas, in the order in which it is found. */
export const breakages: readonly Case[] = [
  { what: "the seal in Vault's configuration", ...inVault, resource: 'Chart', from: 'awskms', to: 'gcpckms', step: step.started, says: ['it has no block seal "awskms"'] },
  { what: 'the issuer of the certificates', ...inVault, resource: 'CertificateAuthority', from: '\\"kind\\":\\"ClusterIssuer\\"', to: '\\"kind\\":\\"Issuer\\"', step: step.started, says: ['names the ClusterIssuer "vault-ca", which no manifest makes'] },
  { what: "the Secret of Vault's certificate", ...inVault, resource: 'Certificate', from: '\\"secretName\\":\\"vault-tls\\"', to: '\\"secretName\\":\\"vault-cert\\"', step: step.started, says: ['No Certificate fills the Secret vault/vault-tls; there are vault/vault-cert'] },
  { what: "kms:Decrypt of Vault's role", ...inVault, resource: 'RaftSealUse', from: 'kms:Decrypt', to: 'kms:DeriveSharedSecret', step: step.permissions, says: ['The list of what vault-server-c may do is', 'kms:DeriveSharedSecret'] },
  { what: 'the pod in the RBAC of the function', ...inVault, resource: 'ConfigurationAccess', from: 'https:vault-0:8200', to: 'https:vault-1:8200', step: step.configured, says: ['GET sys/seal-status: the API server answered 403', 'https:vault-0:8200'] },
  { what: 'secretsmanager:PutSecretValue of the function', ...rights, from: 'secretsmanager:PutSecretValue', to: 'secretsmanager:DescribeSecret', says: ["The secret for Vault's recovery keys could not be written", 'AccessDeniedException'] },
  { what: 'the right to encrypt the recovery keys', ...rights, from: 'kms:GenerateDataKey', to: 'kms:GenerateMac', says: ["The secret for Vault's recovery keys could not be written", 'AccessDeniedException'] },
  { what: 'the number of replicas that shall vote', ...inVault, resource: 'Configuration', from: '"replicas":"1"', to: '"replicas":"3"', step: step.configured, says: ['Vault is configured, and 1 of 3 replicas vote in Raft (vault-0)'] },
  { what: 'the threshold of the recovery keys', ...inVault, resource: 'Configuration', from: '"recoveryThreshold":"2"', to: '"recoveryThreshold":"3"', step: step.glass, says: ['Recovery keys and threshold is [3,3], and the environment wants [3,2]'] },
  { what: "the leader's name in the certificate", ...inVault, resource: 'Certificate', from: 'vault-active.vault', to: 'vault-leader.vault', step: step.login, says: ["does not match certificate's altnames"] },
  { what: 'the authority that Gloo trusts', ...glooChart, from: 'VAULT_CACERT_BYTES', to: 'VAULT_CACERT_PEM', says: ['certificate'] },
  { what: "the Secret of Gloo's authority", ...glooChart, from: '\\"name\\":\\"vault-client-tls\\"', to: '\\"name\\":\\"vault-ca\\"', says: ['No Certificate fills the Secret gloo-system/vault-ca'] },
  { what: "the Service in Gloo's settings", ...glooChart, from: 'https://vault-active.vault:8200', to: 'https://vault-leader.vault:8200', says: ['https://vault-leader.vault:8200, which is no Service of this cluster'] },
];
