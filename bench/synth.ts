import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { appCommand, cdkEnvironment, probing, type Which } from './apps';
import { lastLine, runCommand } from './command';
import { summarize, type Figure } from './figure';

/** CPU seconds (medians) that one part of a synth takes. */
export interface PartOfSynth {
  readonly part: string;
  readonly app: number;
  readonly least: number;
}

const ROUNDS = 5;
const PROBED_ROUNDS = 3;
const TIMEOUT = 60_000;
/** CPU seconds below which a part joins the rest. */
const SMALL = 0.008;

/** The app and the least app, run in turns as the CDK command line runs them: the same loader, the same context. */
export async function synthFigures(projectDir: string): Promise<Figure[]> {
  const samples = { app: [] as number[], least: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const which of ['least', 'app'] as const) {
      const { cpu } = await synthesize(projectDir, which);
      samples[which].push(cpu.waitedFor + cpu.leftRunning);
    }
  }
  return [
    {
      id: 'synth.cpu',
      title: 'Synth of all environments',
      unit: 'CPU s',
      samples: samples.app,
      beside: { what: 'least app', samples: samples.least },
      limit: { on: 'ratio', atMost: 3 },
      note: 'the least app declares one such environment, with the same aws-cdk-lib and loader',
    },
  ];
}

/** Where the time goes: medians of a few runs with a probe in them, which itself takes a little. */
export async function synthParts(projectDir: string): Promise<PartOfSynth[]> {
  const runs: Record<Which, Record<string, number>[]> = { app: [], least: [] };
  for (let round = 0; round < PROBED_ROUNDS; round++) {
    for (const which of ['least', 'app'] as const) runs[which].push(await probe(projectDir, which));
  }
  return foldParts({ app: medians(runs.app), least: medians(runs.least) });
}

/** Parts by what they take in the app, the largest first; those that are small in both make one line. */
export function foldParts({ app, least }: Record<Which, Readonly<Record<string, number>>>): PartOfSynth[] {
  const parts = [...new Set([...Object.keys(app), ...Object.keys(least)])].map((part) => ({ part, app: app[part] ?? 0, least: least[part] ?? 0 }));
  const isSmall = (part: PartOfSynth) => Math.max(part.app, part.least) < SMALL;
  const rest = parts.filter(isSmall).reduce((sum, part) => ({ ...sum, app: sum.app + part.app, least: sum.least + part.least }), { part: 'all the rest', app: 0, least: 0 });
  return [...parts.filter((part) => !isSmall(part)).sort((a, b) => b.app - a.app), rest];
}

async function probe(projectDir: string, which: Which): Promise<Record<string, number>> {
  const { files, cpu } = await synthesize(projectDir, which, ['synth-probe.js']);
  const parts = z.record(z.string(), z.number()).parse(JSON.parse(files['parts.json'] ?? '{}'));
  const own = Object.values(parts).reduce((sum, seconds) => sum + seconds, 0);
  return { ...parts, "esbuild's own process": cpu.leftRunning, "the process's end, and others that it waits for": Math.max(0, cpu.waitedFor - own) };
}

function medians(runs: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const parts = new Set(runs.flatMap((run) => Object.keys(run)));
  return Object.fromEntries([...parts].map((part) => [part, summarize(runs.map((run) => run[part] ?? 0)).median]));
}

interface Synth {
  /** Seconds, of the app's process and those that it waited for, and of those that it did not wait for. */
  readonly cpu: { readonly waitedFor: number; readonly leftRunning: number };
  /** What the probes wrote, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** One synth into a folder that is gone afterwards. @throws with the last line of what it said, where it fails. */
async function synthesize(projectDir: string, which: Which, probes: readonly string[] = []): Promise<Synth> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-synth-'));
  const probed = mkdtempSync(join(tmpdir(), 'bench-probe-'));
  try {
    const env = {
      ...cdkEnvironment(projectDir, directory),
      NODE_OPTIONS: probing(['cpu-probe.js', ...probes]),
      CPU_PROBE: join(probed, 'left-running'),
      SYNTH_PROBE: join(probed, 'parts.json'),
    };
    const result = await runCommand(appCommand(projectDir, which), { cwd: projectDir, env, timeout: TIMEOUT });
    if (!result.ok) throw new Error(`${appCommand(projectDir, which)} failed: ${lastLine(result.output)}`);
    const files = Object.fromEntries(readdirSync(probed).map((name) => [name, readFileSync(join(probed, name), 'utf8')]));
    return { cpu: { waitedFor: result.cpuSeconds, leftRunning: Number(files['left-running'] ?? 0) }, files };
  } finally {
    for (const folder of [directory, probed]) rmSync(folder, { recursive: true, force: true });
  }
}
