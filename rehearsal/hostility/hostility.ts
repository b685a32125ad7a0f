import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvironmentInput } from '../../lib/environment/input';
import { parseEnvironments } from '../../lib/environment/parse';
import { createOidcIssuer } from '../aws/oidc-issuer';
import { issuerUrl } from '../deployed-environment';
import { synthesize } from '../synthesize';
import type { VaultCommand } from '../vault/find-vault';
import type { FaultKind } from './faults';
import { startGround } from './ground';
import { play, Undisturbed } from './play';
import { describe, trialOf } from './trial';

export interface HostilityOptions {
  readonly vault: VaultCommand;
  readonly runs: number;
  /** Of the first trial; each further one has the next. */
  readonly seed: number;
  /** Vaults at once. */
  readonly vaults: number;
  readonly onProgress?: (done: number) => void;
}

/** What all trials came to. */
export interface Tally {
  readonly runs: number;
  /** Hostile runs that came to their end all the same. */
  readonly ended: number;
  /** The others, each in one clear error. */
  readonly refused: number;
  readonly requests: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Each with how to repeat it. */
  readonly failures: readonly string[];
  readonly seconds: number;
}

const NAME = 'hostility';
const input: EnvironmentInput = { account: '111122223333', region: 'us-east-1', cluster: { create: { name: NAME } } };

/** Plays trials in several Vaults at once. */
export async function hostility({ vault, runs, seed, vaults, onProgress }: HostilityOptions): Promise<Tally> {
  const [environment] = parseEnvironments({ [NAME]: input });
  if (!environment) throw new Error('One environment parses to one.');
  const directory = mkdtempSync(join(tmpdir(), 'hostility-'));
  try {
    const [assemblyDir, issuer] = await Promise.all([synthesize({ [NAME]: input }, directory), createOidcIssuer(issuerUrl(environment))]);
    const undisturbed = new Undisturbed();
    const started = performance.now();
    const tally = { runs: 0, ended: 0, refused: 0, requests: 0, faults: {} as Partial<Record<FaultKind, number>>, failures: [] as string[] };
    let next = seed;
    const playAll = async () => {
      const ground = await startGround({ assemblyDir, environment, vault, issuer });
      try {
        while (next < seed + runs) {
          const trial = trialOf(next++);
          const { ended, requests, faults, broken, account } = await play(ground, trial, undisturbed);
          tally.runs += 1;
          tally[ended === 'well' ? 'ended' : 'refused'] += 1;
          tally.requests += requests;
          for (const kind of faults) tally.faults[kind] = (tally.faults[kind] ?? 0) + 1;
          if (broken.length > 0) tally.failures.push([describe(trial), `Repeat it: npm run hostility -- --seed ${trial.seed} --runs 1`, ...broken, ...account.map((line) => `    ${line}`)].join('\n  '));
          onProgress?.(tally.runs);
        }
      } finally {
        await ground.close();
      }
    };
    await Promise.all(Array.from({ length: Math.min(vaults, runs) }, playAll));
    return { ...tally, seconds: (performance.now() - started) / 1000 };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** One line. */
export function summary({ runs, ended, refused, requests, faults, failures, seconds }: Tally): string {
  const kinds = Object.entries(faults).sort(([, a], [, b]) => b - a);
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  return (
    `${runs} hostile runs, ${requests} requests, ${total} faults (${kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')}): ` +
    `${ended} came to their end, ${refused} ended in one clear error, ${runs - failures.length} were whole after a second run; ${Math.round(seconds)} s`
  );
}
