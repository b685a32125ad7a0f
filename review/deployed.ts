import { CloudFormationClient, DescribeStacksCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@aws-sdk/types';
import { isMapping } from '../lib/environment/fields';
import type { DeployedStack, Template } from './model';

/** Reads stacks of one account and region by `DescribeStacks` and `GetTemplate`, which create nothing. */
export class DeployedStacks {
  private readonly client: CloudFormationClient;

  constructor(region: string, credentials: AwsCredentialIdentity | AwsCredentialIdentityProvider) {
    this.client = new CloudFormationClient({ region, credentials });
  }

  /**
   * A stack of that name; undefined where there is none, or one that a change set has named and nobody has made.
   * @throws in words for a refusal, and for a template that is no JSON.
   */
  async read(name: string): Promise<DeployedStack | undefined> {
    try {
      const { Stacks: [stack] = [] } = await this.client.send(new DescribeStacksCommand({ StackName: name }));
      if (stack?.StackStatus === undefined || stack.StackStatus === 'REVIEW_IN_PROGRESS') return undefined;
      const { TemplateBody = '' } = await this.client.send(new GetTemplateCommand({ StackName: name, TemplateStage: 'Original' }));
      return { status: stack.StackStatus, terminationProtection: stack.EnableTerminationProtection ?? false, template: parseTemplate(TemplateBody) };
    } catch (error) {
      // Every fault of a request has the code ValidationError; only the words say which.
      if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message)) return undefined;
      throw error;
    }
  }

  close(): void {
    this.client.destroy();
  }
}

function parseTemplate(body: string): Template {
  let template: unknown;
  try {
    template = JSON.parse(body);
  } catch {
    throw new Error('its template is no JSON: this app did not deploy it.');
  }
  if (!isMapping(template)) throw new Error('its template is no mapping: this app did not deploy it.');
  return template;
}
