import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { renderXml, type Xml } from '../rehearsal/aws/xml';

/** What `cdk diff` asks of AWS, on loopback: an account in which all stacks of an assembly are deployed as they are. */
export interface DeployedAccount {
  /** For `AWS_ENDPOINT_URL`: every service. */
  readonly url: string;
  /** What was asked since the start, `GetTemplate` and the like. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Newer than any that an assembly asks for. */
const BOOTSTRAP_VERSION = '9999';

/**
 * It looks at no signature and no permission: this is about time.
 * @param account of the credentials that ask.
 */
export async function startDeployedAccount(assemblyDir: string, account: string): Promise<DeployedAccount> {
  const templates = new Map(new CloudAssembly(assemblyDir).stacksRecursively.map(({ stackName, template }) => [stackName, JSON.stringify(template)]));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const target = request.headers['x-amz-target'];
      const parameters = new URLSearchParams(body);
      const action = typeof target === 'string' ? (target.split('.').at(-1) ?? '') : (parameters.get('Action') ?? '');
      asked.push(action);
      const answer = answerTo(action, parameters, templates, account);
      const found = answer ?? { Error: { Type: 'Sender', Code: 'ValidationError', Message: `Nothing is known of ${action} ${parameters.get('StackName') ?? ''}` } };
      if (typeof target === 'string') response.writeHead(answer ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(found));
      else if (answer) response.writeHead(200, { 'content-type': 'text/xml' }).end(renderXml(`${action}Response`, { [`${action}Result`]: answer }));
      else response.writeHead(400, { 'content-type': 'text/xml' }).end(renderXml('ErrorResponse', found));
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerTo(action: string, parameters: URLSearchParams, templates: ReadonlyMap<string, string>, account: string): Exclude<Xml, string | number | boolean> | undefined {
  const name = parameters.get('StackName') ?? '';
  const template = templates.get(name);
  switch (action) {
    case 'GetCallerIdentity':
      return { Arn: `arn:aws:iam::${account}:user/reviewer`, UserId: 'AIDAREVIEWER', Account: account };
    case 'AssumeRole': {
      const arn = parameters.get('RoleArn') ?? '';
      return { AssumedRoleUser: { Arn: arn, AssumedRoleId: 'AROAREVIEWER:diff' }, Credentials: { AccessKeyId: 'ASIAREVIEWER', SecretAccessKey: 'nobody-asks', SessionToken: 'nobody-asks', Expiration: new Date(Date.now() + 3_600_000).toISOString() } };
    }
    case 'GetParameter':
      return { Parameter: { Value: BOOTSTRAP_VERSION, Type: 'String' } };
    case 'DescribeStacks':
      return template === undefined ? undefined : { Stacks: { member: [{ StackName: name, StackStatus: 'CREATE_COMPLETE', CreationTime: new Date(0).toISOString() }] } };
    case 'GetTemplate':
      return template === undefined ? undefined : { TemplateBody: template };
    default:
      return undefined;
  }
}
