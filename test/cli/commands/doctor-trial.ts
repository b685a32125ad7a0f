import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { EnvironmentInput } from '../../../lib/environment/input';
import { parseEnvironments } from '../../../lib/environment/parse';
import { runCommand, type Ended } from '../../../rehearsal/operator';
import { addPerson } from '../../../rehearsal/person';
import { DOCTOR_PERMISSIONS } from '../../../rehearsal/steps/doctor';
import { createWorld, type World } from '../../../rehearsal/world';

const projectDir = resolve(__dirname, '..', '..', '..');

/** What doctor says of Vault's version, the one that was built here being another than the chart's. */
export const BUILT_HERE = /^warning: chart 0\.34\.1 deploys 2\.0\.4, and vault-0 runs /;

/** What `doctor --json` prints. */
export interface Report {
  readonly status: string;
  readonly checks: readonly { readonly id: string; readonly status: string; readonly found: string; readonly mends: readonly string[] }[];
  readonly mends: readonly string[];
}

/** By check, for all that is not well: its status and what was found. */
export type Said = Readonly<Record<string, string | RegExp>>;

/** A world with an environment deployed and configured in it, for doctor to look at. */
export class Trial {
  private constructor(
    readonly world: World,
    private readonly directory: string,
  ) {}

  /** @param before what happens between Vault's start and its configuration. */
  static async of(name: string, input: EnvironmentInput, vault: Parameters<typeof createWorld>[0]['vault'], before?: (world: World) => Promise<void>): Promise<Trial> {
    const directory = mkdtempSync(join(tmpdir(), 'doctor-test-'));
    const file = join(directory, 'environments.json');
    writeFileSync(file, JSON.stringify({ [name]: input }));
    const assemblyDir = join(directory, 'cdk.out');
    const cdk = join(projectDir, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    await promisify(execFile)(process.execPath, [cdk, 'synth', '--quiet', '--no-notices', '--output', assemblyDir, '-c', `environments=${file}`], { cwd: projectDir });
    const [environment] = parseEnvironments({ [name]: input });
    const trial = new Trial(await createWorld({ assemblyDir, environment: environment!, vault }), directory);
    addPerson(trial.world.iam, trial.world.operator, DOCTOR_PERMISSIONS);
    await before?.(trial.world);
    await trial.configure();
    return trial;
  }

  async configure(): Promise<void> {
    const { error } = await this.world.configure({ RequestType: 'Create' });
    if (error !== undefined) throw new Error(JSON.stringify(error));
  }

  /** The command as a person runs it. @param as another role's name, for AWS. @default - the operator's */
  run(args: readonly string[], as?: string): Promise<Ended> {
    return runCommand(this.world, projectDir, ['doctor', ...args], as === undefined ? {} : { as });
  }

  async report(as?: string): Promise<{ readonly code: number; readonly report: Report; readonly unwell: Readonly<Record<string, string>> }> {
    const { code, stdout, stderr } = await this.run(['--json'], as);
    if (!stdout.startsWith('{')) throw new Error(`doctor ended with ${code}: ${stderr}`);
    const report = JSON.parse(stdout) as Report;
    return { code, report, unwell: Object.fromEntries(report.checks.filter(({ status }) => status !== 'ok').map(({ id, status, found }) => [id, `${status}: ${found}`])) };
  }

  /** Doctor says just that, and each failure has a mend. */
  async expectToSay(said: Said): Promise<void> {
    const { code, report, unwell } = await this.report();
    const expected = Object.entries({ ...said, 'vault-version': BUILT_HERE }).map(([id, words]) => [id, typeof words === 'string' ? words : (expect.stringMatching(words) as string)] as const);
    expect(unwell).toEqual(Object.fromEntries(expected));
    expect(code).toBe(Object.values(unwell).some((words) => words.startsWith('failure')) ? 1 : 0);
    expect(report.checks.filter(({ status, mends }) => status === 'failure' && mends.length === 0)).toEqual([]);
  }

  async close(): Promise<void> {
    await this.world.close();
    rmSync(this.directory, { recursive: true });
  }
}
