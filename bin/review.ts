import { Command } from 'commander';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { awsIdentity } from '../cli/aws-identity';
import { parseArn, partitionOf } from '../lib/environment/aws';
import { Mask, toMessage } from '../lib/vault/client/errors';
import { Http } from '../lib/vault/client/http';
import { diffRoleArn } from '../lib/diff-role/names';
import { readAssembly } from '../review/assembly';
import { DeployedStacks } from '../review/deployed';
import { githubCredentials } from '../review/github-credentials';
import { LONGEST_COMMENT, renderMarkdown } from '../review/markdown';
import type { AppStack } from '../review/model';
import { review, type WhyNot } from '../review/review';
import { diffRoles } from './diff-roles';

interface Options {
  readonly assembly: string;
  readonly environment?: string[];
  readonly github?: true;
  readonly account: string[];
  readonly comment?: string;
  readonly link?: string;
  readonly json?: true;
}

const TOKEN_TIMEOUT = 30_000;

async function main(options: Options): Promise<void> {
  // AWS's clients say at every run that they will want a later Node: this package says which it wants.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const all = readAssembly(resolve(options.assembly));
  const names = [...new Set(all.map(({ environment }) => environment))];
  const unknown = options.environment?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) throw new Error(`--environment ${unknown.join(' ')}: there is no such environment; there are ${names.join(', ')}.`);
  const stacks = all.filter(({ environment }) => options.environment?.includes(environment) ?? true);
  const hasRole = (account: string) => options.account.includes(account);
  if (options.github && !stacks.some(({ account }) => hasRole(account))) {
    process.stdout.write('No account has a role for this: bin/diff-roles.ts names none, so nothing was compared.\n');
    return;
  }
  const whyNot: WhyNot = (account) => (options.github && !hasRole(account) ? `bin/diff-roles.ts has no role for the account ${account}.` : undefined);
  const http = new Http(undefined, TOKEN_TIMEOUT);
  const mask = new Mask();
  const readers = new Map<string, Promise<DeployedStacks>>();
  const open = async (account: string, region: string): Promise<DeployedStacks> => {
    const partition = partitionOf(region);
    if (partition === undefined) throw new Error(`${region} is no region that this app knows.`);
    if (options.github) return new DeployedStacks(region, githubCredentials(http, process.env, diffRoleArn(partition.name, account), region));
    const { credentials, arn } = await awsIdentity({ aws: http, mask, env: process.env, environment: { region, partition } });
    // Of another account's stacks there is none here, and all would seem new.
    if (parseArn(arn)?.account !== account) throw new Error(`your credentials are ${arn}, and the stack is the account ${account}'s: use those of that account, with -e for its environments.`);
    return new DeployedStacks(region, credentials);
  };
  const readerOf = ({ account, region }: AppStack): Promise<DeployedStacks> => {
    const key = `${account} ${region}`;
    const reader = readers.get(key) ?? open(account, region);
    readers.set(key, reader);
    return reader;
  };
  try {
    const found = await review(stacks, new Set(all.map(({ account }) => account)), async (stack) => (await readerOf(stack)).read(stack.name), whyNot);
    process.stdout.write(options.json ? `${JSON.stringify(found, undefined, 2)}\n` : renderMarkdown(found));
    if (options.comment !== undefined) writeFileSync(resolve(options.comment), renderMarkdown(found, { limit: LONGEST_COMMENT, ...(options.link === undefined ? {} : { link: options.link }) }));
    if (found.environments.some((environment) => environment.stacks.some(({ failed }) => failed))) process.exitCode = 1;
  } finally {
    http.close();
    for (const reader of await Promise.allSettled(readers.values())) if (reader.status === 'fulfilled') reader.value.close();
  }
}

new Command('review')
  .description('What the synthesized templates would change of the deployed stacks, with replacements and IAM first. Reads only: DescribeStacks and GetTemplate.')
  .option('--assembly <directory>', 'cloud assembly to compare', 'cdk.out')
  .option('-e, --environment <name...>', 'environments to compare (default: all)')
  .option('--github', "in a run of GitHub Actions: take each account's role by the run's token (default: your own credentials)")
  .option('--account <id...>', 'accounts that have such a role, whatever the assembly says (default: those of bin/diff-roles.ts)', diffRoles.map(({ account }) => account))
  .option('--comment <file>', `write it for a pull request's comment too, cut to ${LONGEST_COMMENT} characters`)
  .option('--link <url>', 'where all of it stands, for a comment that was cut')
  .option('--json', 'print the result as JSON')
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${toMessage(error, new Mask())}\n`);
    process.exitCode = 1;
  });
