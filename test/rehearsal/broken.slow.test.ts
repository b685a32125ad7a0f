import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseEnvironments } from '../../lib/environment/parse';
import { createOidcIssuer, type OidcIssuer } from '../../rehearsal/aws/oidc-issuer';
import { rehearse } from '../../rehearsal/rehearse';
import type { EnvironmentReport } from '../../rehearsal/report';
import { issuerUrl } from '../../rehearsal/deployed-environment';
import * as guide from './breakages';
import type { Case } from './breakages';
import { breakAssembly } from './broken-assembly';
import * as raft from './raft-breakages';
import { describeWithVault } from './vault/available';

const projectDir = resolve(__dirname, '..', '..');

/** So short that the function waits for what passes by itself, and for nothing else: it keeps 20 s for its answer. */
const IMPATIENT = 22_000;
/** Long enough to initialise a Vault. */
const SECONDS_TO_START = 60_000;

/** Rehearsals under way at once: the next ones begin while the first waits for its processes. */
const AHEAD = 3;

describe.each([
  ['in dev mode', guide, IMPATIENT],
  ['with replicas', raft, SECONDS_TO_START],
] as const)('a Vault %s', (_mode, { breakages, rehearsed }, functionTimeoutMs) => describeWithVault('a rehearsal', (vault) => {
  const [environment] = parseEnvironments({ rehearsed });
  const directory = mkdtempSync(join(tmpdir(), 'broken-test-'));
  const assemblyDir = join(directory, 'cdk.out');
  const underWay = new Map<number, Promise<EnvironmentReport>>();

  let issuer: OidcIssuer;
  beforeAll(async () => {
    issuer = await createOidcIssuer(issuerUrl(environment!));
    const file = join(directory, 'environments.json');
    writeFileSync(file, JSON.stringify({ rehearsed }));
    const cdk = join(projectDir, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    await promisify(execFile)(process.execPath, [cdk, 'synth', '--quiet', '--no-notices', '--output', assemblyDir, '-c', `environments=${file}`], { cwd: projectDir });
  }, 60_000);
  afterAll(async () => {
    await Promise.allSettled(underWay.values());
    rmSync(directory, { recursive: true });
  });

  async function rehearseBroken(breakage: Case): Promise<EnvironmentReport> {
    const broken = breakAssembly(assemblyDir, environment!.name, breakage);
    try {
      return await rehearse({ environment: environment!, assemblyDir: broken, projectDir, vault: vault(), issuer, functionTimeoutMs });
    } finally {
      rmSync(broken, { recursive: true });
    }
  }

  function reportOf(index: number): Promise<EnvironmentReport> {
    breakages.slice(0, index + AHEAD).forEach((breakage, at) => {
      if (at >= index && !underWay.has(at)) underWay.set(at, rehearseBroken(breakage));
    });
    return underWay.get(index) as Promise<EnvironmentReport>;
  }

  test('of whole templates passes, and shows every row of the guide', async () => {
    const report = await rehearse({ environment: environment!, assemblyDir, projectDir, vault: vault() });
    expect(report.steps.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(report.rows.filter(({ shown }) => !shown)).toEqual([]);
    expect(report.passed).toBe(true);
  }, 300_000);

  test.each(breakages.map((breakage, index) => [breakage.what, breakage, index] as const))(
    'fails by %s',
    async (_, { step, says }, index) => {
      const { passed, steps } = await reportOf(index);
      const last = steps.at(-1);
      expect(passed).toBe(false);
      expect(last).toMatchObject({ title: step });
      for (const words of says) expect(last?.error).toContain(words);
    },
    240_000,
  );
}));
