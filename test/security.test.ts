import { CfnResource, type Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environments } from './environments';
import { synthesize } from './synthesize';

interface Report {
  readonly pluginReports: readonly { readonly violations: readonly { readonly ruleName: string }[] }[];
}

function violations(outdir: string): string[] {
  const file = join(outdir, 'validation-report.json');
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, 'utf8')) as Report).pluginReports.flatMap((report) => report.violations.map(({ ruleName }) => ruleName));
}

/** What an environment's own warnings say is for its operator, and asserted with the environments. */
const ownWarnings = (ruleName: string) => ruleName.startsWith('Annotation::gloo-vault:');

beforeEach(() => {
  // The report also goes to the console.
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = 0;
});

test('templates keep the rules of CloudFormation and of AWS Solutions', () => {
  const { app, outdir } = synthesize(environments, { validate: true, plugins: (scope) => [new AwsSolutionsChecks(scope)] });
  app.synth();
  expect(violations(outdir).filter((rule) => !ownWarnings(rule))).toEqual([]);
});

test('a template that breaks them is found', () => {
  const { app, outdir, stacks } = synthesize(environments, { validate: true, plugins: (scope) => [new AwsSolutionsChecks(scope)] });
  const stack = [...stacks.values()][0];
  new Bucket(stack as Stack, 'Unsafe');
  new CfnResource(stack as Stack, 'Misspelt', { type: 'AWS::Logs::LogGroup', properties: { RetentionInDay: 'ten' } });
  expect(() => app.synth()).toThrow();
  expect(violations(outdir)).toEqual(expect.arrayContaining(['AwsSolutions-S1', 'F3002']));
});
