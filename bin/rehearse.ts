import { Command } from 'commander';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { loadEnvironments } from '../lib/environment/load';
import { availableControlPlane } from '../rehearsal/control-plane/available';
import { isInNamespace, runInNamespace } from '../rehearsal/control-plane/network-namespace';
import type { Exchange } from '../rehearsal/picture/exchange';
import { PictureFile } from '../rehearsal/picture/picture-file';
import { rehearse, restoreDrill } from '../rehearsal/rehearse';
import { rehearseSharing } from '../rehearsal/sharing/rehearse-sharing';
import { renderReport, type EnvironmentReport } from '../rehearsal/report';
import { findVault } from '../rehearsal/vault/find-vault';
import { environments as builtIn } from './environments';

interface Options {
  readonly environment?: string[];
  readonly environments?: string;
  readonly json?: true;
  readonly report?: string;
  readonly output: string;
  readonly synth: boolean;
  readonly restoreDrill?: true;
  readonly sharing?: true;
  readonly controlPlane?: true;
}

const projectDir = resolve(__dirname, '..');

const command = new Command('rehearse')
  .description('Configures a real Vault with the Lambda asset of cdk.out, under the IAM and RBAC of the templates, and reads a secret as Gloo does. Needs no AWS account.')
  .option('-e, --environment <name...>', 'environments to rehearse (default: all)')
  .option('--restore-drill', 'instead, restore a snapshot into an empty Vault (default: of all environments that have snapshots)')
  .option('--sharing', 'instead, have the guests of a shared Vault come, read, change their role and leave (default: of all environments that have guests)')
  .option('--control-plane', 'with a real kube-apiserver and etcd, in a network namespace of their own, where this machine has that to give')
  .option('--environments <file>', 'environments from a YAML or JSON file, as with cdk -c environments=FILE')
  .option('-o, --output <directory>', 'cloud assembly to write and rehearse', 'cdk.out')
  .option('--no-synth', 'rehearse the cloud assembly that is there already')
  .option('--json', 'print the result as JSON')
  .option('--report <file>', 'write a page about it too: one HTML file, with the rows, the steps and the requests, no secret in it')
  .action(main);

async function main(options: Options): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const environments = loadEnvironments(options.environments, builtIn);
  const chosen = environments.filter(({ name, vault, guests }) => options.environment?.includes(name) ?? ((!options.restoreDrill || vault.raft !== undefined) && (!options.sharing || guests.length > 0)));
  const unknown = options.environment?.filter((name) => !environments.some((environment) => environment.name === name)) ?? [];
  if (unknown.length > 0) {
    throw new Error(`--environment ${unknown.join(' ')}: there is no such environment; there are ${environments.map(({ name }) => name).join(', ')}.`);
  }
  const assemblyDir = resolve(options.output);
  const vault = await findVault({ env: process.env, onProgress: say });
  const controlPlane = options.controlPlane && (await availableControlPlane(vault, { env: process.env, onProgress: say }));
  if (controlPlane && !isInNamespace(process.env)) {
    process.exitCode = await runInNamespace(process.execPath, [...process.execArgv, ...process.argv.slice(1)], { ...process.env, VAULT_BIN: controlPlane.vault });
    return;
  }
  const apiServer = controlPlane ? controlPlane.programs.description : 'stand-in';
  say(`Vault: ${vault.description}`);
  say(`API server: ${apiServer}`);
  const page = options.report === undefined ? undefined : new PictureFile(resolve(options.report), { began: new Date().toISOString(), vault: vault.description, apiServer }, chosen.map(({ name }) => name));

  const reports: EnvironmentReport[] = [];
  try {
    if (options.synth && !options.sharing) await synthesize(assemblyDir, options.environments, say);
    for (const environment of chosen) {
      say(`\n${environment.name}`);
      let exchanges: readonly Exchange[] = [];
      const report = await (options.sharing ? rehearseSharing : options.restoreDrill ? restoreDrill : rehearse)({
        environment,
        assemblyDir,
        projectDir,
        vault,
        ...(controlPlane ? { controlPlane: controlPlane.programs } : {}),
        onStep: (title, result) => {
          if (result) say(`  ${result.error === undefined ? '✔' : '✖'} ${title} (${Math.round(result.ms)} ms)`);
        },
        onTraffic: (sent) => (exchanges = sent),
      });
      reports.push(report);
      page?.add(report, exchanges);
    }
  } catch (error) {
    page?.fail(error);
    throw error;
  }
  const passed = reports.every((report) => report.passed);
  if (options.json) process.stdout.write(`${JSON.stringify({ vault: vault.description, apiServer, passed, environments: reports }, undefined, 2)}\n`);
  else for (const report of reports) process.stdout.write(`${renderReport(report, process.stdout.columns ?? 140)}\n`);
  process.exitCode = passed ? 0 : 1;
}

/** `cdk synth`, as a user runs it. */
async function synthesize(assemblyDir: string, file: string | undefined, say: (line: string) => void): Promise<void> {
  const started = performance.now();
  const cdk = resolve(projectDir, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const args = ['synth', '--quiet', '--no-notices', '--output', assemblyDir, ...(file ? ['-c', `environments=${resolve(file)}`] : [])];
  await promisify(execFile)(process.execPath, [cdk, ...args], { cwd: projectDir }).catch((error: { stderr?: string; message: string }) => {
    throw new Error(`cdk synth failed:\n${error.stderr ?? error.message}`);
  });
  say(`Synthesized ${assemblyDir} (${Math.round(performance.now() - started)} ms)`);
}

command.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
