import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appCommand, cdkEnvironment, probing, type Which } from './apps';
import { lastLine, runCommand } from './command';
import { startDeployedAccount, type DeployedAccount } from './deployed-account';
import type { Figure } from './figure';

const ROUNDS = 5;
const TIMEOUT = 120_000;

/**
 * `cdk diff` of all environments, each stack of which is deployed as it is, beside the least app's, in turns.
 * @param account of the environments.
 * @throws where there is a difference: a tree that nobody changed is synthesized the same each time
 */
export async function diffFigures(projectDir: string, account: string): Promise<Figure[]> {
  const samples: Record<Which, { cpu: number[]; requests: number[] }> = { app: { cpu: [], requests: [] }, least: { cpu: [], requests: [] } };
  const directory = mkdtempSync(join(tmpdir(), 'bench-diff-'));
  const accounts: Partial<Record<Which, DeployedAccount>> = {};
  try {
    for (const which of ['least', 'app'] as const) accounts[which] = await deploy(projectDir, which, join(directory, which), account);
    for (let round = 0; round < ROUNDS; round++) {
      for (const which of ['least', 'app'] as const) {
        const deployed = accounts[which];
        if (!deployed) continue;
        const before = deployed.asked.length;
        samples[which].cpu.push(await diff(projectDir, which, deployed.url, join(directory, 'diff')));
        samples[which].requests.push(deployed.asked.length - before);
      }
    }
  } finally {
    for (const deployed of Object.values(accounts)) await deployed.close();
    rmSync(directory, { recursive: true, force: true });
  }
  const beside = (of: 'cpu' | 'requests') => ({ what: 'least app', samples: samples.least[of] });
  return [
    { id: 'diff.cpu', title: 'cdk diff of all environments, unchanged', unit: 'CPU s', samples: samples.app.cpu, beside: beside('cpu'), note: 'the command line, its synth, and the comparison of each stack with what CloudFormation has' },
    { id: 'diff.requests', title: 'cdk diff, requests at AWS', unit: 'requests', samples: samples.app.requests, beside: beside('requests'), note: 'two a stack, and the way in; the least app has the stacks of one environment' },
  ];
}

async function deploy(projectDir: string, which: Which, assemblyDir: string, account: string): Promise<DeployedAccount> {
  const synth = await runCommand(appCommand(projectDir, which), { cwd: projectDir, env: cdkEnvironment(projectDir, assemblyDir), timeout: TIMEOUT });
  if (!synth.ok) throw new Error(`${appCommand(projectDir, which)} failed: ${lastLine(synth.output)}`);
  return startDeployedAccount(assemblyDir, account);
}

/**
 * One `cdk diff`.
 * @returns CPU seconds, those of what the app leaves running too.
 * @throws where it finds a difference.
 */
export async function diff(projectDir: string, which: Which, endpoint: string, outputDir: string): Promise<number> {
  const probed = mkdtempSync(join(tmpdir(), 'bench-probe-'));
  try {
    const leftRunning = join(probed, 'left-running');
    // The probe is for the app: what this left running, it would be asked of the command line otherwise.
    const app = `env CPU_PROBE='${leftRunning}' NODE_OPTIONS='${probing(['cpu-probe.js'])}' ${appCommand(projectDir, which)}`;
    const command = `cdk diff '**' --method=template --fail --no-notices --output '${outputDir}' --app "$BENCH_APP"`;
    const result = await runCommand(command, { cwd: projectDir, env: { ...asReviewer(endpoint, probed), BENCH_APP: app }, timeout: TIMEOUT });
    if (!result.ok) throw new Error(`cdk diff of ${which === 'app' ? 'the app' : 'the least app'} failed: ${lastLine(result.output)}`);
    return result.cpuSeconds + Number(readFileSync(leftRunning, 'utf8'));
  } finally {
    rmSync(probed, { recursive: true, force: true });
  }
}

/** Nobody's own identity, settings or network are asked, and what the command line remembers of an account is forgotten. */
function asReviewer(endpoint: string, home: string): Record<string, string> {
  return {
    CDK_HOME: home,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'AKIAREVIEWER',
    AWS_SECRET_ACCESS_KEY: 'nobody-asks',
    AWS_SESSION_TOKEN: '',
    AWS_PROFILE: '',
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
}
