import { CfnJson, Token, type aws_iam as iam } from 'aws-cdk-lib';
import { WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

export interface ServiceAccountTrustProps {
  readonly oidcProviderArn: string;
  /** Issuer without `https://`; may be a token of a cluster that does not exist yet. */
  readonly issuerHost: string;
  readonly namespace: string;
  readonly serviceAccounts: readonly string[];
}

/**
 * Principal of a trust policy for IRSA: tokens of just these service accounts, meant for STS (guide row 2).
 * `StringEquals`, where the guide has `StringEqualsIfExists`: that would let a token without the claim through.
 */
export function serviceAccountTrust(scope: Construct, id: string, props: ServiceAccountTrustProps): iam.PrincipalBase {
  const subjects = props.serviceAccounts.map((name) => `system:serviceaccount:${props.namespace}:${name}`);
  const conditions = {
    [`${props.issuerHost}:aud`]: 'sts.amazonaws.com',
    [`${props.issuerHost}:sub`]: subjects.length === 1 ? subjects[0] : subjects,
  };
  // A key can't hold a token; CloudFormation resolves one inside a CfnJson.
  const resolved = Token.isUnresolved(props.issuerHost) ? new CfnJson(scope, id, { value: conditions }) : conditions;
  return new WebIdentityPrincipal(props.oidcProviderArn, { StringEquals: resolved });
}
