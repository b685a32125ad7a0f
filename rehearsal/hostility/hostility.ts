import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvironmentInput } from '../../lib/environment/input';
import { parseEnvironments } from '../../lib/environment/parse';
import { createOidcIssuer } from '../aws/oidc-issuer';
import { issuerUrl } from '../deployed-environment';
import { synthesize } from '../synthesize';
import type { VaultCommand } from '../vault/find-vault';
import type { WorldOptions } from '../world';
import { hostilityOf } from './faults';
import { startGround } from './ground';
import { playInitialisation } from './initialisation';
import { play, Undisturbed, type Play } from './play';
import { SnapshotGround, snapshotHostility } from './snapshots';
import { NOTHING, sum, type Tally } from './tally';
import { against, describe, startOf, trialOf, type Trial } from './trial';
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

/** Plays first configurations of Vaults with replicas, each a fresh one. */
export async function hostileInitialisations({ vault, runs, seed, vaults }: HostilityOptions): Promise<Tally> {
  return inWorld(WITH_REPLICAS, async (options) => {
    const { contents, broken } = await playInitialisation(seed, undefined, { ...options, vault });
    if (broken.length > 0) throw new Error(`Without a fault: ${broken.join('; ')}`);
    const playOne = async (own: number) => {
      const hostility = hostilityOf(own);
      const played = await playInitialisation(own, hostility, { ...options, vault }, contents);
      return tallyOf(`seed ${own}: an initialisation; faults ${against(hostility)}`, `--initialise --seed ${own} --runs 1`, played);
    };
    return inTurns({ runs, seed, vaults }, () => Promise.resolve({ play: playOne, close: () => Promise.resolve() }));
  });
}

/** Takes snapshots of Vaults with a replica, one Vault for many. */
export async function hostileSnapshots({ vault, ...turns }: HostilityOptions): Promise<Tally> {
  return inWorld(WITH_REPLICAS, (options) =>
    inTurns(turns, async () => {
      const ground = await SnapshotGround.start({ ...options, vault });
      const play = async (seed: number) => tallyOf(`seed ${seed}: a snapshot; faults ${against(snapshotHostility(seed))}`, `--snapshots --seed ${seed} --runs 1`, await ground.play(seed));
      return { play, close: () => ground.close() };
    }),
  );
}

interface Player {
  play(seed: number): Promise<Tally>;
  close(): Promise<void>;
}

/** Plays seeds one after the other, with so many players at once. */
async function inTurns({ runs, seed, vaults }: Pick<HostilityOptions, 'runs' | 'seed' | 'vaults'>, open: () => Promise<Player>): Promise<Tally> {
  let tally = NOTHING;
  let next = seed;
  const playAll = async () => {
    const player = await open();
    try {
      while (next < seed + runs) {
        const played = await player.play(next++);
        tally = sum(tally, played);
      }
    } finally {
      await player.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(vaults, runs) }, playAll));
  return tally;
}

const NAME = 'hostility';
const DEV: EnvironmentInput = { account: '111122223333', region: 'us-east-1', cluster: { create: { name: NAME } } };
const WITH_REPLICAS: EnvironmentInput = { ...DEV, production: true, cluster: { create: { name: NAME, nodes: { minSize: 1, desiredSize: 1, maxSize: 1 } } }, vault: { raft: { replicas: 1 } } };

/** Synthesizes an environment, for as many worlds of it as there have to be. */
async function inWorld<T>(input: EnvironmentInput, action: (options: Omit<WorldOptions, 'vault'>) => Promise<T>): Promise<T> {
  const [environment] = parseEnvironments({ [NAME]: input });
  if (!environment) throw new Error('One environment parses to one.');
  const directory = mkdtempSync(join(tmpdir(), 'hostility-'));
  try {
    const [assemblyDir, issuer] = await Promise.all([synthesize({ [NAME]: input }, directory), createOidcIssuer(issuerUrl(environment))]);
    return await action({ assemblyDir, environment, issuer });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Plays trials in several Vaults at once. */
export async function hostility({ vault, runs, seed, vaults, onProgress }: HostilityOptions): Promise<Tally> {
  return inWorld(DEV, async (options) => {
    const undisturbed = new Undisturbed();
    let tally = NOTHING;
    const left = Array.from({ length: runs }, (_, index) => trialOf(seed + index));
    const playAll = async () => {
      const ground = await startGround({ ...options, vault });
      try {
        for (let trial = takeNext(left, ground.holds); trial; trial = takeNext(left, ground.holds)) {
          const played = await play(ground, trial, undisturbed);
          tally = sum(tally, tallyOf(describe(trial), `--seed ${trial.seed} --runs 1`, played));
          onProgress?.(tally.runs);
        }
      } finally {
        await ground.close();
      }
    };
    await Promise.all(Array.from({ length: Math.min(vaults, runs) }, playAll));
    return tally;
  });
}

function tallyOf(title: string, options: string, { ended, requests, faults, secrets, broken, account }: Play): Tally {
  const each = faults.map((kind) => ({ ...NOTHING, faults: { [kind]: 1 } }));
  const failures = broken.length === 0 ? [] : [[title, `Repeat it: npm run hostility -- ${options}`, ...broken, ...account.map((line) => `    ${line}`)].join('\n  ')];
  return each.reduce(sum, { ...NOTHING, runs: 1, [ended === 'well' ? 'ended' : 'refused']: 1, requests, secrets, failures });
}

/** The one that needs the least before it: to configure a Vault takes as long as a trial. */
function takeNext(left: Trial[], holds: Variant | undefined): Trial | undefined {
  const suits = left.findIndex((trial) => holds !== undefined && startOf(trial) === holds);
  const first = suits >= 0 ? suits : left.findIndex((trial) => startOf(trial) === undefined);
  return left.splice(Math.max(first, 0), 1)[0];
}
