import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { AnyEnvironment } from '../../environment/environment';
import { glooAuthRole, glooServiceAccounts } from '../../identity/names';
import { text } from '../../vault/client/properties';
import { glooHelmValues } from '../helm-values';
import type { LoginToProve, VaultProperties } from './properties';

/** Where Gloo's Vault source stands in its Helm values. Strict: a key that Gloo obeys and the proof does not know must not be passed over. */
const vaultSource = z.strictObject({
  address: z.url(),
  aws: z.strictObject({ iamServerIdHeader: text, mountPath: text, region: text }),
  pathPrefix: text,
});
const helmValues = z.object({
  settings: z.object({ secretOptions: z.object({ sources: z.tuple([z.object({ vault: vaultSource })], z.unknown()) }) }),
});
const annotated = z.object({ serviceAccount: z.object({ extraAnnotations: z.object({ 'eks.amazonaws.com/role-arn': text }) }) });

/**
 * The logins that Gloo will make, one a service account: read from the very values that its chart gets, so that what is
 * wrong there is wrong here.
 * @param authRoleArn IAM role of Gloo's service accounts.
 */
export function loginsToProve(environment: AnyEnvironment, authRoleArn: string): LoginToProve[] {
  const { gloo, vault, region: podRegion, partition } = environment;
  const values = glooHelmValues(environment, authRoleArn);
  const { aws, pathPrefix } = sourceIn(values);
  return glooServiceAccounts(gloo).map((serviceAccount) => ({
    namespace: gloo.namespace,
    serviceAccount,
    roleArn: annotated.parse(values[serviceAccount]).serviceAccount.extraAnnotations['eks.amazonaws.com/role-arn'],
    podRegion,
    dnsSuffix: partition.dnsSuffix,
    mountPath: aws.mountPath,
    serverIdHeader: aws.iamServerIdHeader,
    region: aws.region,
    pathPrefix,
    ...('owner' in vault ? { owner: vault.owner } : {}),
  }));
}

/** Where Gloo's values send it: a Service of the cluster, as the API server's proxy spells it, or another environment's Vault. */
export function vaultBehind(environment: AnyEnvironment): VaultProperties {
  const { address } = sourceIn(glooHelmValues(environment, ''));
  if ('owner' in environment.vault) return { address, authority: environment.vault.caCertificate };
  const { protocol, hostname, port } = new URL(address);
  const [name = '', namespace = ''] = hostname.split('.');
  return { namespace, service: `${protocol}${name}:${port}` };
}

/**
 * Short digest of all that bears on the logins, and of nothing else: with other settings it is another one. No CDK token
 * goes into it, for those are numbered anew in each synth.
 */
export function proofDigest(environment: AnyEnvironment): string {
  const { cluster, account, vault, gloo } = environment;
  const bearing = {
    cluster: [account, cluster.name, cluster.kind === 'imported' ? cluster.issuerHost : 'created'],
    logins: loginsToProve(environment, glooAuthRole(environment)),
    vault: [vaultBehind(environment), ...('owner' in vault ? [vault.owner] : [vault.mode, vault.chartVersion]), vault.revision, vault.auth.session, vault.policy],
    gloo: gloo.chartVersion,
  };
  return createHash('sha256').update(JSON.stringify(bearing)).digest('hex').slice(0, 8);
}

const sourceIn = (values: Record<string, unknown>) => helmValues.parse(values).settings.secretOptions.sources[0].vault;
