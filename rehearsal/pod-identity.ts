import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OidcIssuer } from './aws/oidc-issuer';
import type { KubernetesObjects } from './kubernetes-objects';

/**
 * EKS's pod identity webhook: gives a pod whose service account is annotated with a role a token for STS and the
 * variables that the AWS SDKs look for. Without the annotation it gives nothing, as in EKS.
 */
export class PodIdentity {
  constructor(private readonly world: { objects: KubernetesObjects; tokens: Pick<OidcIssuer, 'issueToken'>; region: string; directory: string }) {}

  /** The role in the annotation of a service account. */
  roleArn(namespace: string, serviceAccount: string): string | undefined {
    return this.world.objects.serviceAccountAnnotations(namespace, serviceAccount)['eks.amazonaws.com/role-arn'];
  }

  /** A token of a service account, as the API server issues it: the real one, or with the stand-in the issuer itself. */
  token(namespace: string, serviceAccount: string, audience = 'sts.amazonaws.com'): Promise<string> {
    return this.world.tokens.issueToken({ namespace, serviceAccount, audience, expiresIn: 3600 });
  }

  async environment(namespace: string, serviceAccount: string): Promise<Record<string, string>> {
    const { objects, region, directory } = this.world;
    const annotations = objects.serviceAccountAnnotations(namespace, serviceAccount);
    const roleArn = annotations['eks.amazonaws.com/role-arn'];
    if (roleArn === undefined) return {};
    const tokenFile = join(directory, `${namespace}-${serviceAccount}-token`);
    writeFileSync(tokenFile, await this.token(namespace, serviceAccount, annotations['eks.amazonaws.com/audience']), { mode: 0o600 });
    return {
      AWS_ROLE_ARN: roleArn,
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      ...(annotations['eks.amazonaws.com/sts-regional-endpoints'] === 'true' ? { AWS_STS_REGIONAL_ENDPOINTS: 'regional' } : {}),
    };
  }
}
