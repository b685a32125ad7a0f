import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnJson, CfnOutput, CfnParameter, CfnResource, Fn, Stack, Stage } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { deployStage } from '../../../rehearsal/cloudformation/deploy-stage';
import type { Deployment } from '../../../rehearsal/cloudformation/deployment';

export const ACCOUNT = '111122223333';
export const ISSUER = 'https://oidc.eks.eu-central-1.amazonaws.com/id/ABC';

export interface SmallApp {
  readonly assemblyDir: string;
  readonly deploy: () => Deployment;
  readonly remove: () => void;
}

/**
 * Synthesizes stage `dev` with two stacks: `Identity` (OIDC provider, role `dev-role` trusted through CfnJson, role
 * `vault-server` with iam:GetRole on it) and `Vault` (a Lambda that learns the role's ARN by a weak reference).
 */
export function synthesizeSmallApp({ region = 'eu-central-1' } = {}): SmallApp {
  const directory = mkdtempSync(join(tmpdir(), 'small-app-'));
  const assemblyDir = join(directory, 'cdk.out');
  const code = join(directory, 'code');
  process.env.CDK_VALIDATION = 'false';
  const app = new App({ outdir: assemblyDir, context: { '@aws-cdk/core:defaultCrossStackReferences': 'weak' } });
  const stage = new Stage(app, 'dev', { env: { account: ACCOUNT, region } });

  const identity = new Stack(stage, 'Identity');
  const provider = new iam.OidcProviderNative(identity, 'Provider', { url: ISSUER, clientIds: ['sts.amazonaws.com'] });
  const issuerUrl = new CfnParameter(identity, 'IssuerUrl', { default: ISSUER }).valueAsString;
  const issuer = Fn.select(1, Fn.split('://', issuerUrl));
  const trusted = (id: string, subject: string) =>
    new iam.WebIdentityPrincipal(provider.openIdConnectProviderArn, {
      StringEquals: new CfnJson(identity, id, { value: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: subject } }),
    });
  const role = new iam.Role(identity, 'DevRole', {
    roleName: 'dev-role',
    assumedBy: trusted('DevTrust', 'system:serviceaccount:gloo-system:gloo'),
  });
  const vault = new iam.Role(identity, 'VaultServer', {
    roleName: 'vault-server',
    assumedBy: trusted('VaultTrust', 'system:serviceaccount:vault:vault'),
  });
  new iam.ManagedPolicy(identity, 'MayGetRole', {
    managedPolicyName: 'may-get-role',
    roles: [vault],
    statements: [new iam.PolicyStatement({ actions: ['iam:GetRole'], resources: [role.roleArn] })],
  });

  const stack = new Stack(stage, 'Vault');
  mkdirSync(code);
  writeFileSync(join(code, 'index.js'), 'exports.handler = async () => ({});\n');
  const configurator = new lambda.Function(stack, 'Configurator', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(code),
    environment: { ROLE_ARN: role.roleArn },
  });
  configurator.addToRolePolicy(new iam.PolicyStatement({ actions: ['iam:GetRole'], resources: ['*'] }));
  new CfnResource(stack, 'Key', { type: 'AWS::KMS::Key' });
  new CfnOutput(stack, 'RoleArn', { value: role.roleArn });
  app.synth();

  return {
    assemblyDir,
    deploy: () => deployStage({ assemblyDir, stageName: 'dev', account: ACCOUNT, region, attributes: {} }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
