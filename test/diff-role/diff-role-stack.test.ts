import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { WITHOUT_VALIDATION } from '../../lib/app-props';
import { DiffRoleStack } from '../../lib/diff-role/diff-role-stack';
import type { DiffRoleInput } from '../../lib/diff-role/input';

const ACCOUNT = '111122223333';
const OTHER = '444455556666';
const role: DiffRoleInput = { account: ACCOUNT, region: 'us-east-1', repository: 'acme@1001/gateway@2002' };

interface Policy {
  readonly Properties: { readonly PolicyDocument: { readonly Statement: readonly { readonly Action: readonly string[]; readonly Resource: readonly string[] }[] } };
}

/** The stack of the role, beside stacks of these names. */
function templateOf(names: readonly string[] = [], settings: Partial<DiffRoleInput> = {}, region = 'us-east-1'): Template {
  const app = new App({ context: { '@aws-cdk/core:enablePartitionLiterals': true }, ...WITHOUT_VALIDATION });
  const stacks = names.map((name) => new Stack(app, name, { env: { account: name.startsWith('other-') ? OTHER : ACCOUNT, region } }));
  return Template.fromStack(new DiffRoleStack(app, { ...role, ...settings }, stacks));
}

const policiesOf = (template: Template) => Object.values(template.findResources('AWS::IAM::ManagedPolicy')) as Policy[];

test("trusts tokens of one repository's pull requests, by name, and nobody else", () => {
  const template = templateOf();
  template.resourceCountIs('AWS::IAM::Role', 1);
  template.hasResourceProperties('AWS::IAM::Role', {
    RoleName: 'gloo-vault-diff',
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Action: 'sts:AssumeRoleWithWebIdentity',
          Effect: 'Allow',
          Principal: { Federated: { 'Fn::GetAtt': [Match.stringLikeRegexp('OidcProvider'), 'Arn'] } },
          Condition: { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com', 'token.actions.githubusercontent.com:sub': 'repo:acme@1001/gateway@2002:pull_request' } },
        },
      ],
    },
  });
  template.hasResource('AWS::IAM::OIDCProvider', { Properties: { Url: 'https://token.actions.githubusercontent.com', ClientIdList: ['sts.amazonaws.com'] }, DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
});

test("reads template and status of the account's stacks and its own, in their region, and does nothing else", () => {
  const statements = policiesOf(templateOf(['dev-Vault', 'dev-Gloo', 'other-Vault'], {}, 'eu-central-1')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  expect(statements.map(({ Action }) => Action)).toEqual([['cloudformation:GetTemplate', 'cloudformation:DescribeStacks']]);
  expect(statements.flatMap(({ Resource }) => Resource)).toEqual([
    `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/dev-Vault/*`,
    `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/dev-Gloo/*`,
    `arn:aws:cloudformation:us-east-1:${ACCOUNT}:stack/DiffRole-${ACCOUNT}/*`,
  ]);
});

test('takes a provider that there is', () => {
  const oidcProviderArn = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;
  const template = templateOf([], { oidcProviderArn });
  template.resourceCountIs('AWS::IAM::OIDCProvider', 0);
  template.hasResourceProperties('AWS::IAM::Role', { AssumeRolePolicyDocument: { Statement: [Match.objectLike({ Principal: { Federated: oidcProviderArn } })] } });
});

test('as many stacks as there are fit into policies that IAM takes', () => {
  // Names as long as an environment's may be.
  const policies = policiesOf(templateOf(Array.from({ length: 100 }, (_, index) => `e${'x'.repeat(60)}${100 + index}-Monitoring`)));
  expect(policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement.flatMap(({ Resource }) => Resource))).toHaveLength(101);
  expect(policies.length).toBeLessThanOrEqual(10);
  // IAM counts no white space.
  for (const { Properties } of policies) expect(JSON.stringify(Properties.PolicyDocument).length).toBeLessThanOrEqual(6144);
});
