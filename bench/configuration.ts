import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { invokeLambda } from '../rehearsal/lambda/invoke';
import { Observer } from '../rehearsal/observer';
import { DEV_ROOT_TOKEN } from '../rehearsal/vault/vault-process';
import { devVault } from '../rehearsal/vault-under-test';
import type { ConfigurationRequest, World } from '../rehearsal/world';
import { AuditedVault } from './audited-vault';
import type { Figure } from './figure';
import { countRequests, proxiedRequests, type RequestCounts, type VaultRequest } from './requests';

const FIRST_RUNS = 5;
/** Second runs after each first one. */
const SECOND_RUNS = 3;

/** What bank-vaults' configurer needs for the guide's part alone, counted once: requests of its first and second run. */
export const bankVaults = { first: 13, second: { requests: 12, reads: 8, writes: 4 } } as const;
export const BANK_VAULTS = 'bank-vaults';
const QUOTED = "bank-vaults' requests are counted once, for the guide's part alone";
const FLOOR = 'the floor is an empty function in a process of its own, as each run here has, and as many requests straight to Vault, one after the other';

/** One run of the configuration function, seen from three sides. */
interface ConfigurationRun {
  readonly ms: number;
  readonly proxied: readonly VaultRequest[];
  readonly audited: readonly VaultRequest[];
  /** An empty function in a fresh process, then as many requests straight to Vault, one after the other. */
  readonly floorMs: number;
}

/**
 * First and second configurations of an empty Vault by the function out of cdk.out: requests and wall time.
 * @param world with a Vault that nobody has configured yet; it is left configured.
 */
export async function configurationFigures(world: World): Promise<Figure[]> {
  const first: ConfigurationRun[] = [];
  const second: ConfigurationRun[] = [];
  for (let round = 0; round < FIRST_RUNS; round++) {
    if (round > 0) await devVault(world).restart();
    await AuditedVault.use(await Observer.of(() => world.vault.place(), DEV_ROOT_TOKEN), async (vault) => {
      first.push(await measure(world, vault, { RequestType: 'Create' }));
      const again = { RequestType: 'Update', OldResourceProperties: world.configurationProperties, PhysicalResourceId: 'again' } as const;
      for (let run = 0; run < SECOND_RUNS; run++) second.push(await measure(world, vault, again));
    });
  }
  const beside = (count: number) => ({ what: BANK_VAULTS, samples: [count] });
  const atMost = (count: number) => ({ on: 'value', atMost: count }) as const;
  return [
    { id: 'configuration.first.proxied', title: 'First configuration, at the API server', unit: 'requests', samples: counts(first, 'proxied', 'requests'), beside: beside(bankVaults.first), limit: atMost(18), note: `${composition(first)}; ${QUOTED}` },
    { id: 'configuration.first.audited', title: "First configuration, in Vault's audit log", unit: 'requests', samples: counts(first, 'audited', 'requests'), beside: beside(bankVaults.first), limit: atMost(18) },
    { id: 'configuration.second.requests', title: 'Second run, all with its login', unit: 'requests', samples: counts(second, 'proxied', 'requests'), beside: beside(bankVaults.second.requests), limit: { on: 'ratio', atMost: 1 }, note: composition(second) },
    { id: 'configuration.second.reads', title: 'Second run, reads', unit: 'reads', samples: counts(second, 'proxied', 'reads'), beside: beside(bankVaults.second.reads) },
    { id: 'configuration.second.writes', title: "Second run, writes in Vault's audit log", unit: 'writes', samples: counts(second, 'audited', 'writes'), beside: beside(bankVaults.second.writes), limit: atMost(0) },
    { id: 'configuration.first.ms', title: 'First configuration, wall', unit: 'ms', samples: first.map(({ ms }) => ms), beside: floor(first), note: FLOOR },
    { id: 'configuration.second.ms', title: 'Second run, wall', unit: 'ms', samples: second.map(({ ms }) => ms), beside: floor(second) },
  ];
}

async function measure(world: World, vault: AuditedVault, event: ConfigurationRequest): Promise<ConfigurationRun> {
  const before = world.apiServer.requests.length;
  let ms = 0;
  const audited = await vault.during(async () => {
    const started = performance.now();
    const ended = await world.configure(event);
    ms = performance.now() - started;
    if (ended.error) throw new Error(`${event.RequestType} failed: ${ended.error.message}`);
  });
  const proxied = proxiedRequests(world.apiServer.requests.slice(before));
  const floorMs = (await emptyInvocationMs()) + (await vault.rawMs(proxied.length));
  return { ms, proxied, audited, floorMs };
}

/** Milliseconds of a function that does nothing, in a fresh process as each invocation here has. */
export async function emptyInvocationMs(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-empty-'));
  try {
    writeFileSync(join(directory, 'index.js'), 'exports.handler = async () => ({});\n');
    const started = performance.now();
    await invokeLambda({ assetDirectory: directory, handler: 'index.handler', environment: {} }, {}, 10_000);
    return performance.now() - started;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function counts(runs: readonly ConfigurationRun[], side: 'proxied' | 'audited', kind: keyof RequestCounts): number[] {
  return runs.map((run) => countRequests(run[side])[kind]);
}

function floor(runs: readonly ConfigurationRun[]): NonNullable<Figure['beside']> {
  return { what: 'floor', samples: runs.map(({ floorMs }) => floorMs) };
}

/** `9 reads, 7 writes, 2 logins; not audited: sys/seal-status`, of the last run. */
function composition(runs: readonly ConfigurationRun[]): string {
  const { proxied, audited } = runs.at(-1) ?? { proxied: [], audited: [] };
  const { reads, writes, logins } = countRequests(proxied);
  const known = new Set(audited.map(({ path }) => path));
  const silent = proxied.filter(({ path }) => !known.has(path.split('?')[0] ?? '')).map(({ path }) => path);
  return `${reads} reads, ${writes} writes, ${logins} ${logins === 1 ? 'login' : 'logins'}${silent.length === 0 ? '' : `; Vault does not audit ${silent.join(', ')}`}`;
}
