import { CfnResource, type Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnvironmentInput } from '../lib/environment/input';
import { fullRaft, importedRaft, input, withValue } from './environment/inputs';
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

/** What the environments of the suite leave out: functions in a VPC, one replica, nothing or everything of an earlier stack. */
const others = {
  private: withValue(withValue(input('prod'), 'cluster.create.endpointAccess', 'private'), 'vault.raft', { replicas: 1 }),
  listed: withValue(fullRaft(), 'cluster.create.endpointAccess', { publicFrom: ['203.0.113.0/24'] }),
  imported: importedRaft(),
  importedPrivate: withValue(withValue(importedRaft(), 'cluster.import.endpointAccess', 'private'), 'cluster.import.vpc', {
    id: 'vpc-0a1b2c3d4e5f60718',
    availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
    privateSubnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0b2c3d4e5f607181a', 'subnet-0c3d4e5f6071819a0'],
  }),
} as unknown as Record<string, EnvironmentInput>;

const alone = Object.fromEntries(Object.entries(others).map(([name, other]) => [name, { [name]: other }]));

test.each(Object.entries({ 'the suite': environments, ...alone }))('templates keep the rules of CloudFormation and of AWS Solutions: %s', (_, inputs) => {
  const { app, outdir } = synthesize(inputs, { validate: true, diffRoles: [{ account: '111122223333', region: 'us-east-1', repository: 'acme/gateway' }], plugins: (scope) => [new AwsSolutionsChecks(scope)] });
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
