import { App, CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Construct } from 'constructs';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WITHOUT_VALIDATION } from '../../../lib/app-props';
import { ImportedCluster } from '../../../lib/cluster/imported-cluster';
import type { Environment, Raft } from '../../../lib/environment/environment';
import { parseEnvironments } from '../../../lib/environment/parse';
import { VaultSnapshots } from '../../../lib/vault/snapshots/vault-snapshots';
import { environments } from '../../environments';

const { context } = JSON.parse(readFileSync(join(__dirname, '..', '..', '..', 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };

const outdirs: string[] = [];
afterAll(() => outdirs.forEach((outdir) => rmSync(outdir, { recursive: true, force: true })));

export interface SnapshotStack {
  readonly app: App;
  readonly outdir: string;
  readonly snapshots: VaultSnapshots;
  readonly environment: Environment;
  readonly template: () => Template;
}

/** The prod environment's snapshots alone, on an imported cluster, which needs the fewest resources. */
export function snapshotStack(change: Partial<Raft['snapshots']> = {}): SnapshotStack {
  const [prod, existing] = parseEnvironments({ prod: environments.prod, existing: environments.existing }) as [Environment, Environment];
  if (!prod.vault.raft || existing.cluster.kind !== 'imported') throw new Error('prod has to be of mode raft, existing imported');
  const raft: Raft = { ...prod.vault.raft, snapshots: { ...prod.vault.raft.snapshots, ...change } };
  const environment: Environment = { ...prod, vault: { ...prod.vault, raft } };
  const outdir = mkdtempSync(join(tmpdir(), 'cdk.out-'));
  outdirs.push(outdir);
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true }, outdir, ...WITHOUT_VALIDATION });
  const stack = new Stack(app, 'Vault', { env: { account: prod.account, region: prod.region } });
  const snapshots = new VaultSnapshots(stack, 'Snapshots', {
    environment,
    access: new ImportedCluster(stack, 'Imported', { ...existing.cluster, name: prod.cluster.name }),
    namespace: new Construct(stack, 'Namespace'),
    configured: new CfnResource(stack, 'Configured', { type: 'Custom::Configured' }),
    key: new Key(stack, 'Key', { enableKeyRotation: true }),
  });
  return { app, outdir, snapshots, environment, template: () => Template.fromStack(stack) };
}

/** What cdk-nag's rules have against a stack. */
export function findings({ app, outdir }: SnapshotStack): string[] {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  // The report also goes to the console.
  const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    app.synth();
  } catch (error) {
    // So it ends where there are any; the report names them.
    if ((error as Error).name !== 'ValidationFailed') throw error;
  }
  printed.mockRestore();
  process.exitCode = 0;
  const file = join(outdir, 'validation-report.json');
  if (!existsSync(file)) return [];
  const { pluginReports } = JSON.parse(readFileSync(file, 'utf8')) as { pluginReports: { violations: { ruleName: string }[] }[] };
  return pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName));
}
