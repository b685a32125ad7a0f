import type { EnvironmentInput } from '../../lib/environment/input';
import { parseEnvironments } from '../../lib/environment/parse';
import { proofDigest } from '../../lib/gloo/proof/logins';
import type { Breakage } from './broken-assembly';

/** The environment that is broken: the guide's. */
export const rehearsed: EnvironmentInput = { account: '111122223333', region: 'us-east-1', cluster: { create: { name: 'c' } }, gloo: { discovery: true } };

export interface Case extends Breakage {
  readonly what: string;
  /** Title of the step that has to fail. */
  readonly step: string;
  /** Words of its error that lead to the cause. */
  readonly says: readonly string[];
}

const step = {
  provider: 'OIDC provider of the cluster',
  trust: "Trust policies: Gloo's and Vault's service accounts, and nobody else",
  permissions: 'Permissions of the two roles',
  running: 'Vault runs, unsealed',
  configured: 'The function from cdk.out configures Vault',
  held: 'Vault holds what the environment says',
  audited: 'Nothing static is left, and every access is logged',
  closed: 'Nobody else reaches Vault through the API server',
  values: "Gloo's Helm values",
  crds: "Gloo's CRDs are applied before its chart, at its version",
  proof: 'The deployment proves that Gloo will be able to log in',
  login: 'Gloo logs in and reads a secret',
  healed: 'Gloo that lost its login is restarted, once a login works again',
  templates: 'Templates hold no secret, and snapshots hold the templates',
} as const;

const trustOfGloo = { stack: 'Identity', resource: 'AuthRoleTrust', step: step.trust } as const;
const trustOfVault = { stack: 'Identity', resource: 'ServerRoleTrust', step: step.trust } as const;
const permissionsOfGloo = { stack: 'Identity', resource: 'AuthRolePolicy', step: step.permissions } as const;
const permissionsOfVault = { stack: 'Identity', resource: 'ServerRoleGetRolePolicy', step: step.permissions } as const;
const properties = { stack: 'Vault', resource: 'Configuration', step: step.configured } as const;
const held = { ...properties, step: step.held } as const;
const rbac = { stack: 'Vault', resource: 'ConfigurationAccess', step: step.configured } as const;
const vaultChart = { stack: 'Vault', resource: 'Chart' } as const;
const glooChart = { stack: 'Gloo', resource: 'Chart' } as const;
const inGloo = { stack: 'Gloo', step: step.proof } as const;
const healing = { stack: 'Gloo', step: step.healed } as const;
/** Its id ends in the digest of what bears on the login. */
const proof = { ...inGloo, resource: `LoginProofProof${parseEnvironments({ rehearsed }).map(proofDigest).join('')}` } as const;

/** Texts inside texts: manifests, Helm values and CfnJson have their quotes escaped. */
const inner = (text: string) => text.replaceAll('"', '\\"');

/** What may go wrong in its templates, in the order in which it is found. */
export const breakages: readonly Case[] = [
  { what: 'the client id of the OIDC provider', stack: 'Cluster', resource: 'EksClusterOidcProviderNative', from: 'sts.amazonaws.com', to: 'vault', step: step.provider, says: ['does not accept tokens for sts.amazonaws.com'] },

  { what: "the trust policy's sub", ...trustOfGloo, from: 'gloo-system:gloo', to: 'gloo-system:glooo', says: [':sub wants "system:serviceaccount:gloo-system:glooo"', 'the request has "system:serviceaccount:gloo-system:gloo"', 'trust policy of dev-role-iam-c'] },
  { what: "the trust policy's aud", ...trustOfGloo, from: 'sts.amazonaws.com', to: 'vault', says: [':aud wants "vault", the request has "sts.amazonaws.com"', 'trust policy of dev-role-iam-c'] },
  { what: "the role's name", stack: 'Identity', resource: 'AuthRole', from: '"RoleName":"dev-role-iam-c"', to: '"RoleName":"qa-role-iam-c"', step: step.trust, says: ['there is no role "dev-role-iam-c"', 'qa-role-iam-c'] },
  { what: "the annotation on Gloo's service account", ...glooChart, from: 'eks.amazonaws.com/role-arn', to: 'eks.amazonaws.com/role', step: step.trust, says: ['The role in the annotation of service account gloo-system/gloo is absent', 'role/dev-role-iam-c'] },

  { what: "iam:GetRole of Vault's role", ...permissionsOfVault, from: '"iam:GetRole"', to: '"iam:GetUser"', says: ['vault-server-c may not read dev-role-iam-c: Vault could not bind it'] },

  { what: "the region in Gloo's values", ...glooChart, from: inner('"region":"us-east-1"'), to: inner('"region":"eu-west-1"'), step: step.values, says: ['vault.aws.region is "eu-west-1", and the environment wants "us-east-1"'] },
  { what: "the mount path in Gloo's values", ...glooChart, from: inner('"mountPath":"aws"'), to: inner('"mountPath":"aws-iam"'), step: step.values, says: ['vault.aws.mountPath is "aws-iam", and the environment wants "aws"'] },
  { what: "the path prefix in Gloo's values", ...glooChart, from: inner('"pathPrefix":"dev"'), to: inner('"pathPrefix":"qa"'), step: step.values, says: ['vault.pathPrefix is "qa", and the environment wants "dev"'] },

  { what: "the namespace of Vault's chart", ...vaultChart, from: '"Namespace":"vault"', to: '"Namespace":"vaults"', step: step.running, says: ['The namespace of Vault\'s chart is "vaults"', '"vault"'] },
  { what: "the dev mode of Vault's chart", ...vaultChart, from: inner('"enabled":true'), to: inner('"enabled":false'), step: step.running, says: ["Vault's chart is not in dev mode"] },
  { what: "the release of Vault's chart", ...vaultChart, from: '"Release":"vault"', to: '"Release":"hashicorp"', step: step.configured, says: ['services "vault" not found', "check the Vault chart's release"] },

  { what: "the annotation on Vault's service account", stack: 'Vault', resource: 'ServiceAccount', from: 'eks.amazonaws.com/role-arn', to: 'eks.amazonaws.com/role', step: step.configured, says: ['NoCredentialProviders', 'check that the service account "vault" carries eks.amazonaws.com/role-arn'] },
  { what: 'the group of the access entry', stack: 'Vault', resource: 'ConfigurationAccessEntry', from: '"vault-configuration"', to: '"vault-configurator"', step: step.configured, says: ['the API server answered 403', 'vault-config-c: groups vault-configurator', 'Group vault-configuration to Role vault-configuration'] },
  { what: 'the principal of the access entry', stack: 'Vault', resource: 'ConfigurationAccessEntry', from: '{"Fn::GetAtt":["ConfigurationRole03BB8166","Arn"]}', to: '"arn:aws:iam::111122223333:role/other"', step: step.configured, says: ['the API server answered 401', 'no access entry is in effect for arn:aws:iam::111122223333:role/vault-config-c'] },
  { what: 'the resourceName in RBAC', ...rbac, from: 'http:vault:8200', to: 'vault:8200', says: ['the API server answered 403', 'services "http:vault:8200" is forbidden', 'get, update, delete on services/proxy vault:8200'] },
  { what: "iam:GetRole of the function's role", stack: 'Vault', resource: 'ConfigurationRights', from: 'iam:GetRole', to: 'iam:GetUser', step: step.configured, says: ['iam:GetRole of dev-role-iam-c was answered with AccessDenied', "Its policy, in the function's stack, names this role"] },
  { what: 'the STS region', ...properties, from: '"stsRegion":"us-east-1"', to: '"stsRegion":"eu-west-1"', says: ['refused the login', 'AWS refused GetCallerIdentity: SignatureDoesNotMatch: Credential should be scoped to a valid region', 'eu-west-1', "the endpoint's region is us-east-1"] },
  { what: 'the STS endpoint', ...properties, from: 'https://sts.us-east-1.', to: 'https://sts.eu-west-1.', says: ['PUT auth/aws/login had no answer', 'Vault hangs'] },
  { what: 'the mount path of the auth method', ...held, from: '"authMethod":{"mountPath":"aws"', to: '"authMethod":{"mountPath":"aws-iam"', says: ['The type of auth/aws is absent'] },
  { what: 'the KV path', ...held, from: '"secretsEngine":{"mountPath":"dev"', to: '"secretsEngine":{"mountPath":"qa"', says: ['The engine at dev/ is [null,null], and the environment wants ["kv","2"]'] },
  { what: 'a path of the Vault policy', ...held, from: '"dev/*"', to: '"devs/*"', says: ['The policy dev is [["devs/*"', 'wants [["dev/*"'] },
  { what: 'the name of the Vault policy', ...held, from: '"policy":{"name":"dev"', to: '"policy":{"name":"qa"', says: ['Vault has no policy "dev"'] },
  { what: "the server-ID header, Vault's side", ...held, from: 'vault.gloo.example.com', to: 'vault.example.com', says: ['iam_server_id_header_value is "vault.example.com", and the environment wants "vault.gloo.example.com"'] },
  { what: "the name of Vault's role", ...held, from: '"roles":[{"name":"dev-role-iam-c"', to: '"roles":[{"name":"gloo"', says: ['Vault has no role "dev-role-iam-c" in auth/aws'] },
  { what: 'the session', ...held, from: '"maxTtl":"900"', to: '"maxTtl":"90000"', says: ['The session is [90000,0], and the environment wants [900,0]'] },
  { what: 'the audit device', ...properties, from: '"auditDevice":"stdout"', to: '"auditDevice":"none"', step: step.audited, says: ['The audit device stdout/ is [null,null], and the environment wants ["file",{"file_path":"stdout"}]'] },

  { what: 'another role let into the API server', stack: 'Cluster', resource: 'EksClusterClusterAdminRoleAccess', from: '{"Fn::GetAtt":["EksClusterKubectlProviderHandlerServiceRole2B48112A","Arn"]}', to: '"arn:aws:iam::111122223333:role/dev-role-iam-c"', step: step.closed, says: ['The API server let dev-role-iam-c in'] },
  { what: 'a load balancer for Vault', ...vaultChart, from: inner('"server":{'), to: inner('"server":{"service":{"type":"LoadBalancer"},'), step: step.closed, says: ["Vault's chart makes a way in from outside the cluster"] },
  { what: 'the NetworkPolicy', stack: 'Vault', resource: 'NetworkPolicy', from: inner('"namespace":"vault"'), to: inner('"namespace":"default"'), step: step.closed, says: ['There is a NetworkPolicy for Vault is false, and the environment wants true'] },

  { what: 'the service account before the chart', ...inGloo, resource: 'ServiceAccountgloo', from: inner('"name":"gloo"'), to: inner('"name":"glooo"'), says: ['at the hop "service account token"', '404 (serviceaccounts "gloo" not found)', 'kubectl create sa gloo'] },
  { what: 'the service account of discovery', ...inGloo, resource: 'ServiceAccountdiscovery', from: inner('"name":"discovery"'), to: inner('"name":"fds"'), says: ['as gloo-system/discovery, at the hop "service account token"', '404 (serviceaccounts "discovery" not found)'] },
  { what: "RBAC for Gloo's tokens", ...inGloo, resource: 'LoginProofAccess', from: 'serviceaccounts/token', to: 'serviceaccounts/tokens', says: ['403 (serviceaccounts "gloo" is forbidden', 'RBAC must allow create on serviceaccounts/token', 'create on serviceaccounts/tokens gloo'] },
  { what: "RBAC for the proof's requests to Vault", ...inGloo, resource: 'LoginProofAccess', from: 'http:vault:8200', to: 'vault:8200', says: ['at the hop "login"', 'the API server answered 403', 'services "http:vault:8200" is forbidden'] },
  { what: "the group of the proof's access entry", ...inGloo, resource: 'LoginProofAccessEntry', from: '"gloo-login-proof"', to: '"gloo-proof"', says: ['403 (serviceaccounts "gloo" is forbidden', 'gloo-proof-c: groups gloo-proof'] },
  { what: 'the role in the proof', ...proof, from: 'role/dev-role-iam-c', to: 'role/vault-server-c', says: ['at the hop "web identity"', 'AccessDenied', 'iam:GetRole of vault-server-c was answered with AccessDenied'] },
  { what: 'the server-ID header in the proof', ...proof, from: 'vault.gloo.example.com', to: 'vault.example.com', says: ['at the hop "login"', 'X-Vault-AWS-IAM-Server-ID', 'Gloo signs the server id "vault.example.com"'] },
  { what: 'the region in the proof', ...proof, from: '"region":"us-east-1"', to: '"region":"eu-west-1"', says: ['at the hop "login"', 'SignatureDoesNotMatch', "Gloo's values have it sign for the region eu-west-1"] },

  { what: "the server-ID header, Gloo's side", ...glooChart, from: 'vault.gloo.example.com', to: 'vault.example.com', step: step.login, says: ['auth/aws/login was answered with 400', 'X-Vault-AWS-IAM-Server-ID', 'vault.gloo.example.com', 'but got', 'vault.example.com'] },
  { what: "Vault's address in Gloo's values", ...glooChart, from: 'http://vault.vault:8200', to: 'https://vault.vault:8200', step: step.login, says: ["Gloo's settings name https://vault.vault:8200, which is no Service of this cluster"] },

  { what: "the right to make Gloo's CRDs", stack: 'Gloo', resource: 'GlooCrdsAccess', from: inner('"get","create","patch"'), to: inner('"get","patch"'), step: step.crds, says: ['PATCH authconfigs.enterprise.gloo.solo.io was answered by the API server with 403', 'cannot create resource', 'ClusterRole and ClusterRoleBinding gloo-crds'] },

  { what: 'the right to restart Gloo', ...healing, resource: 'HealingAccess', from: inner('"get","patch"'), to: inner('"get"'), says: ['once a login works', 'PATCH deployments/gloo in gloo-system was answered by the API server with 403', 'deployments.apps "gloo" is forbidden', 'must allow get and patch', 'is [1,0], and the environment wants [1,1]'] },
  { what: "the right to try Gloo's login", ...healing, resource: 'HealingAccess', from: 'serviceaccounts/token', to: 'serviceaccounts/tokens', says: ['at the hop "service account token"', 'serviceaccounts "gloo" is forbidden'] },
  { what: "the port of Gloo's metrics", ...glooChart, step: step.healed, from: inner('"serviceMonitorEnabled":true'), to: inner('"serviceMonitorEnabled":false'), says: ["does not know whether Gloo's login is lost", 'no service port 9091 found for service "gloo"'] },

  { what: 'a token in a template', stack: 'Vault', resource: 'ConfigurationFunction', from: '"Configures Vault', to: '"hvs.CAESIJ0123456789abcdef Configures Vault', step: step.templates, says: ['Vault', 'holds something that looks like a secret'] },
];

/** More of it: what the steps of identity find, with neither Vault nor API server. */
export const identityBreakages: readonly Case[] = [
  { what: 'the issuer of the OIDC provider', stack: 'Cluster', resource: 'EksClusterOidcProviderNative', from: 'OpenIdConnectIssuerUrl', to: 'Endpoint', step: step.provider, says: ['IAM has no OIDC provider for the issuer https://oidc.eks.us-east-1.amazonaws.com/id/', 'of cluster c'] },
  { what: "the trust policy's sub of discovery", ...trustOfGloo, from: 'gloo-system:discovery', to: 'gloo-system:fds', says: ['the request has "system:serviceaccount:gloo-system:discovery"', 'trust policy of dev-role-iam-c'] },
  { what: 'a trust policy for one service account too many', ...trustOfGloo, from: inner('gloo-system:gloo"'), to: inner('gloo-system:gloo","system:serviceaccount:gloo-system:gateway-proxy"'), says: ['AssumeRoleWithWebIdentity with another service account went through, and must not'] },
  { what: 'a trust policy for another namespace', ...trustOfGloo, from: inner('gloo-system:gloo"'), to: inner('gloo-system:gloo","system:serviceaccount:default:gloo"'), says: ['the same name in another namespace went through, and must not'] },
  { what: "the namespace of Gloo's chart", ...glooChart, from: '"Namespace":"gloo-system"', to: '"Namespace":"gloo"', step: step.trust, says: ['The namespace of Gloo\'s chart, whose service accounts these are, is "gloo"'] },
  { what: "the role in the annotation of discovery's", ...glooChart, from: inner('"discovery":{"enabled":true,"serviceAccount":{"extraAnnotations":{"eks.amazonaws.com/role-arn":"arn:aws:iam::111122223333:role/dev'), to: inner('"discovery":{"enabled":true,"serviceAccount":{"extraAnnotations":{"eks.amazonaws.com/role-arn":"arn:aws:iam::111122223333:role/qa'), step: step.trust, says: ['gloo-system/discovery is "arn:aws:iam::111122223333:role/qa-role-iam-c"'] },
  { what: "the trust policy's sub of Vault's role", ...trustOfVault, from: 'vault:vault', to: 'vault:default', says: ['trust policy of vault-server-c', 'the request has "system:serviceaccount:vault:vault"'] },
  { what: "Gloo let into Vault's role", ...trustOfVault, from: inner('"system:serviceaccount:vault:vault"'), to: inner('["system:serviceaccount:vault:vault","system:serviceaccount:gloo-system:gloo"]'), says: ["Gloo's token at Vault's role went through, and must not"] },
  { what: "an action of the guide's policy", ...permissionsOfGloo, from: 'iam:GetUser', to: 'iam:GetGroup', says: ['dev-role-iam-c may iam:GetUser is false, and the environment wants true'] },
  { what: "the guide's sts:AssumeRole", ...permissionsOfGloo, from: 'sts:AssumeRole', to: 'sts:TagSession', says: ['dev-role-iam-c may assume itself is false'] },
  { what: "Gloo's role let into Vault's", ...permissionsOfGloo, from: 'role/dev-role-iam-c', to: 'role/*', says: ['dev-role-iam-c may assume vault-server-c'] },
  { what: 'an action that the guide does not have', ...permissionsOfGloo, from: '"iam:GetUser"', to: '"iam:GetUser","iam:PassRole"', says: ['The list of what dev-role-iam-c may do', 'iam:PassRole'] },
  { what: "iam:GetRole of Vault's role on every role", ...permissionsOfVault, from: 'role/dev-role-iam-c', to: 'role/*', says: ['vault-server-c may read more roles than dev-role-iam-c'] },
  { what: "an action of Vault's role beside it", ...permissionsOfVault, from: '"iam:GetRole"', to: '["iam:GetRole","iam:ListRoles"]', says: ['The list of what vault-server-c may do', 'iam:ListRoles'] },
];
