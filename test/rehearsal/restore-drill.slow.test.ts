import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseEnvironments } from '../../lib/environment/parse';
import { restoreDrill } from '../../rehearsal/rehearse';
import { breakAssembly, type Breakage } from './broken-assembly';
import { created } from './raft-breakages';
import { describeWithVault } from './vault/available';

const projectDir = resolve(__dirname, '..', '..');

describeWithVault('the restore drill', (vault) => {
  const directory = mkdtempSync(join(tmpdir(), 'drill-test-'));
  const assemblyDir = join(directory, 'cdk.out');
  const [environment] = parseEnvironments({ rehearsed: created });
  const drill = (assembly: string) => restoreDrill({ environment: environment!, assemblyDir: assembly, projectDir, vault: vault(), functionTimeoutMs: 40_000 });

  beforeAll(async () => {
    const file = join(directory, 'environments.json');
    writeFileSync(file, JSON.stringify({ rehearsed: created }));
    const cdk = join(projectDir, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    await promisify(execFile)(process.execPath, [cdk, 'synth', '--quiet', '--no-notices', '--output', assemblyDir, '-c', `environments=${file}`], { cwd: projectDir });
  }, 60_000);
  afterAll(() => rmSync(directory, { recursive: true }));

  test('brings every secret back into an empty Vault', async () => {
    const { passed, steps, beyond } = await drill(assemblyDir);
    expect(steps.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(passed).toBe(true);
    expect(beyond.map(({ how }) => how).join('\n')).toContain('200 of 200 secrets read by Gloo');
  }, 90_000);

  const took = 'A snapshot is stored';
  const restored = 'vault operator init, then the snapshot from S3 is restored';
  const broken: readonly (readonly [string, Breakage, string, string])[] = [
    ['may not write to its bucket', { stack: 'Vault', resource: 'SnapshotsRights', from: 's3:PutObject', to: 's3:PutObjectAcl' }, took, 'AccessDenied'],
    ['has another role in Vault', { stack: 'Vault', resource: 'SnapshotsSchedule', from: 'vault-backup-c', to: 'vault-backup-d' }, took, 'Vault refused the login'],
    ['may read what it has stored', { stack: 'Vault', resource: 'SnapshotsRights', from: '"s3:PutObject"', to: '["s3:PutObject","s3:GetObject"]' }, restored, 'may read a snapshot is ["vault-backup-c"]'],
  ];
  test.each(broken)('fails where the snapshot function %s', async (_, breakage, title, words) => {
    const assembly = breakAssembly(assemblyDir, 'rehearsed', breakage);
    try {
      const { passed, steps } = await drill(assembly);
      expect(passed).toBe(false);
      expect(steps.at(-1)).toMatchObject({ title, error: expect.stringContaining(words) as unknown });
    } finally {
      rmSync(assembly, { recursive: true });
    }
  }, 120_000);
});
