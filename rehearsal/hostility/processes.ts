import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { NOTHING, sum, type Tally } from './tally';

const projectDir = resolve(__dirname, '..', '..');

export interface ProcessesOptions {
  readonly runs: number;
  /** Of the first run; each further one has the next. */
  readonly seed: number;
  /** Vaults at once, in each process. */
  readonly vaults: number;
  readonly processes: number;
}

/** Plays trials in several processes at once, each by `bin/hostility.ts`. @throws where one does not come to its end */
export async function inProcesses({ runs, seed, vaults, processes }: ProcessesOptions): Promise<Tally> {
  const bounds = Array.from({ length: processes + 1 }, (_, index) => seed + Math.round((runs * index) / processes));
  const tallies = await Promise.all(bounds.slice(1).map((end, index) => inOne({ runs: end - (bounds[index] ?? end), seed: bounds[index] ?? end, vaults })));
  return tallies.reduce(sum, NOTHING);
}

async function inOne(options: Omit<ProcessesOptions, 'processes'>): Promise<Tally> {
  const given = Object.entries({ ...options, processes: 1 }).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, ['-r', 'ts-node/register', join('bin', 'hostility.ts'), '--json', ...given], { cwd: projectDir, stdio: ['ignore', 'pipe', 'pipe'] });
  const [said, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (said === '') throw new Error(`Runs from seed ${options.seed} came to no end: ${complaint.trim() || 'without a word'}`);
  return JSON.parse(said) as Tally;
}
