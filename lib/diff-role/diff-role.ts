import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnOIDCProvider, ManagedPolicy, PolicyStatement, Role, WebIdentityPrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acceptStackOfName } from '../accepted-findings';
import { DIFF_ROLE_NAME, GITHUB_ISSUER_HOST, pullRequestSubject, STS_AUDIENCE } from './names';

export interface DiffRoleProps {
  /** As the subject of its tokens spells it, `OWNER/NAME` or `OWNER@ID/NAME@ID`. */
  readonly repository: string;
  /** GitHub's OIDC provider in this account. @default - made */
  readonly oidcProviderArn?: string;
  /** The stacks whose templates it reads, of this account. */
  readonly stacks: readonly Stack[];
}

/** ARNs that fit into one managed policy, of which IAM takes 6144 characters. */
const STACKS_A_POLICY = 30;

/**
 * The role by which a pull request's run reads the deployed templates. It trusts tokens of one repository's pull requests, not
 * of its branches, and reads template and status of exactly the app's stacks: it makes no change set, for that would write.
 */
export class DiffRole extends Construct {
  readonly role: IRole;

  constructor(scope: Construct, id: string, { repository, oidcProviderArn, stacks }: DiffRoleProps) {
    super(scope, id);
    const provider = oidcProviderArn ?? this.provider();
    const role = new Role(this, 'Role', {
      roleName: DIFF_ROLE_NAME,
      description: `Reads the deployed templates for pull requests of ${repository}`,
      assumedBy: new WebIdentityPrincipal(provider, {
        StringEquals: { [`${GITHUB_ISSUER_HOST}:aud`]: STS_AUDIENCE, [`${GITHUB_ISSUER_HOST}:sub`]: pullRequestSubject(repository) },
      }),
    });
    this.role = role;
    for (let from = 0; from < stacks.length; from += STACKS_A_POLICY) this.grantRead(role, from, stacks.slice(from, from + STACKS_A_POLICY));
  }

  private provider(): string {
    const provider = new CfnOIDCProvider(this, 'OidcProvider', { url: `https://${GITHUB_ISSUER_HOST}`, clientIdList: [STS_AUDIENCE] });
    // An account has one: others' roles may trust it by the time that this stack goes.
    provider.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return provider.attrArn;
  }

  private grantRead(role: Role, from: number, stacks: readonly Stack[]): void {
    // An id ends a stack's ARN, and it has none before it is made.
    const arns = stacks.map(({ stackName, region, account }) => Stack.of(this).formatArn({ service: 'cloudformation', region, account, resource: 'stack', resourceName: `${stackName}/*` }));
    const policy = new ManagedPolicy(this, `Read${from === 0 ? '' : from}`, {
      description: 'Templates and status of the stacks of this app',
      roles: [role],
      statements: [new PolicyStatement({ sid: 'ReadTemplates', actions: ['cloudformation:GetTemplate', 'cloudformation:DescribeStacks'], resources: arns })],
    });
    for (const arn of arns) acceptStackOfName(policy, arn, 'A stack of this name, with whatever id CloudFormation gives it.');
  }
}
