import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvironmentInput } from '../../lib/environment/input';
import { parseEnvironments } from '../../lib/environment/parse';
import { createOidcIssuer } from '../aws/oidc-issuer';
import { issuerUrl } from '../deployed-environment';
import { synthesize } from '../synthesize';
import type { VaultCommand } from '../vault/find-vault';
import { startGround } from './ground';
import { play, Undisturbed, type Play } from './play';
import { NOTHING, sum, type Tally } from './tally';
import { describe, startOf, trialOf, type Trial } from './trial';
import type { Variant } from './variants';

export interface HostilityOptions {
  readonly vault: VaultCommand;
  readonly runs: number;
  /** Of the first trial; each further one has the next. */
  readonly seed: number;
  /** Vaults at once. */
  readonly vaults: number;
  readonly onProgress?: (done: number) => void;
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
    let tally = NOTHING;
    const left = Array.from({ length: runs }, (_, index) => trialOf(seed + index));
    const playAll = async () => {
      const ground = await startGround({ assemblyDir, environment, vault, issuer });
      try {
        for (let trial = takeNext(left, ground.holds); trial; trial = takeNext(left, ground.holds)) {
          const played = tallyOf(trial, await play(ground, trial, undisturbed));
          tally = sum(tally, played);
          onProgress?.(tally.runs);
        }
      } finally {
        await ground.close();
      }
    };
    await Promise.all(Array.from({ length: Math.min(vaults, runs) }, playAll));
    return tally;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function tallyOf(trial: Trial, { ended, requests, faults, secrets, broken, account }: Play): Tally {
  const each = faults.map((kind) => ({ ...NOTHING, faults: { [kind]: 1 } }));
  const repeat = `Repeat it: npm run hostility -- --seed ${trial.seed} --runs 1`;
  const failures = broken.length === 0 ? [] : [[describe(trial), repeat, ...broken, ...account.map((line) => `    ${line}`)].join('\n  ')];
  return each.reduce(sum, { ...NOTHING, runs: 1, [ended === 'well' ? 'ended' : 'refused']: 1, requests, secrets, failures });
}

/** The one that needs the least before it: to configure a Vault takes as long as a trial. */
function takeNext(left: Trial[], holds: Variant | undefined): Trial | undefined {
  const suits = left.findIndex((trial) => holds !== undefined && startOf(trial) === holds);
  const first = suits >= 0 ? suits : left.findIndex((trial) => startOf(trial) === undefined);
  return left.splice(Math.max(first, 0), 1)[0];
}
