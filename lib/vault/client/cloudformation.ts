import type { AwsCredentials } from './aws';
import { askByQuery } from './aws-api';
import { Setback } from './errors';
import { NoAnswer, type Http } from './http';
import { element } from './xml';

/** A stack, as `cloudformation:DescribeStacks` shows it. */
export interface Stack {
  /** `UPDATE_COMPLETE`. */
  readonly status: string;
  /** Values by key. While the stack changes, those from before. */
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Reads one stack, of the function's own region. `AWS_ENDPOINT_URL_CLOUDFORMATION` moves the endpoint, as in every AWS SDK.
 * @param nameOrId its name, or its ARN.
 * @returns undefined where there is none.
 * @throws Setback where CloudFormation does not say.
 */
export async function describeStack(http: Http, credentials: AwsCredentials, nameOrId: string, env: NodeJS.ProcessEnv): Promise<Stack | undefined> {
  const region = env.AWS_REGION ?? '';
  const url = new URL(env.AWS_ENDPOINT_URL_CLOUDFORMATION ?? `https://cloudformation.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`);
  const parameters = { Action: 'DescribeStacks', StackName: nameOrId, Version: '2010-05-15' };
  const answer = await askByQuery(http, credentials, { url, service: 'cloudformation', region }, parameters).catch((error: unknown) => {
    if (error instanceof NoAnswer) throw new Setback('passing', `cloudformation:DescribeStacks of ${nameOrId} had no answer from ${url.host}: ${error.message}.`);
    throw error;
  });
  const status = element(answer.body, 'StackStatus');
  if (answer.status === 200 && status) return { status, outputs: outputsOf(answer.body) };
  const said = element(answer.body, 'Message') ?? '';
  // Every fault of the request has the code ValidationError; only the words say which.
  if (answer.status === 400 && /does not exist/.test(said)) return undefined;
  const what = `cloudformation:DescribeStacks of ${nameOrId} was answered with ${element(answer.body, 'Code') ?? `HTTP ${answer.status}`}`;
  if (answer.status === 403) {
    throw new Setback('settling', `${what}: the function's execution role may not read it. Its policy, in the function's own stack, names this one; check that nothing (a permission boundary, an SCP) takes it away.`);
  }
  throw new Setback('passing', `${what} ${said}`.trim());
}

function outputsOf(xml: string): Record<string, string> {
  const members = xml.match(/<member>(?:(?!<\/?member>)[^])*<\/member>/g) ?? [];
  return Object.fromEntries(
    members.flatMap((member) => {
      const [key, value] = [element(member, 'OutputKey'), element(member, 'OutputValue')];
      return key === undefined || value === undefined ? [] : [[key, value]];
    }),
  );
}
