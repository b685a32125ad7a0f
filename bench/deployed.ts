import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../lib/environment/environment';
import { GlooClient } from '../rehearsal/gloo/gloo-client';
import { glooPod } from '../rehearsal/gloo/gloo-pod';
import { Observer } from '../rehearsal/observer';
import { breakGlassStep } from '../rehearsal/steps/raft';
import { observerOf, type Stage } from '../rehearsal/steps/step';
import type { VaultCommand } from '../rehearsal/vault/find-vault';
import { DEV_ROOT_TOKEN } from '../rehearsal/vault/vault-process';
import { devVault } from '../rehearsal/vault-under-test';
import { createWorld, type ConfigurationRequest, type World } from '../rehearsal/world';
import { appCommand, cdkEnvironment } from './apps';
import { AuditedVault } from './audited-vault';
import { lastLine, runCommand } from './command';
import { BANK_VAULTS, bankVaults, configurationFigures, emptyInvocationMs } from './configuration';
import type { Figure } from './figure';
import { glooFigures } from './gloo';
import { withKeptConnections } from './kept-connections';
import { listingFigures } from './listing';
import { DEFAULT_RETRIES } from './many-secrets';

/** What needs a deployed environment, as the rehearsal makes one. */
export interface Deployed {
  readonly projectDir: string;
  readonly environment: Environment;
  readonly vault: VaultCommand;
}

/** The configuration of a dev-mode Vault, then Gloo's way in. */
export function configuredFigures(deployed: Deployed): Promise<Figure[]> {
  return inWorld(deployed, async ({ world }) => {
    const configuration = await configurationFigures(world);
    await devVault(world).restart();
    const gloo = await AuditedVault.use(await devObserver(world), async (audited) => {
      await configure(world);
      return glooFigures(world, audited);
    });
    return [...configuration, ...gloo];
  });
}

/** Many secrets in a Vault of either mode, listed by Gloo; with replicas, how they were configured before that. */
export function listedFigures(deployed: Deployed, secrets: number): Promise<Figure[]> {
  return inWorld(deployed, async (stage) => {
    const { world } = stage;
    const { name, gloo, vault } = world.environment;
    if (!vault.raft) stage.observer = await devObserver(world);
    const first = await configure(world);
    const second = vault.raft && (await configure(world, { RequestType: 'Update', OldResourceProperties: world.configurationProperties, PhysicalResourceId: 'again' }));
    if (vault.raft) await breakGlassStep.run(stage);
    const { address } = await world.vault.place();
    return withKeptConnections(address, 1, (agent) =>
      AuditedVault.use(observerOf(stage), async (audited) => {
        // It tells the same to the rehearsal, which would parse it while the lists are timed.
        await audited.observer.delete('sys/audit/stdout');
        const pod = glooPod(world, 'gloo');
        const client = new GlooClient(pod.source, world.resolveService, Number(world.glooVariable('VAULT_CLIENT_TIMEOUT') ?? DEFAULT_RETRIES.timeoutSeconds), {
          maxRetries: Number(world.glooVariable('VAULT_MAX_RETRIES') ?? DEFAULT_RETRIES.max),
          trusted: world.glooVariable('VAULT_CACERT_BYTES'),
          agent,
        });
        const configuration = vault.raft && second ? await withReplicas(name, audited, vault.raft.replicas, first, second) : [];
        return [...configuration, ...(await listingFigures({ name, audited, client, token: await pod.logIn(), mountPath: vault.kv.mountPath, namespace: gloo.namespace }, secrets))];
      }),
    );
  });
}

const devObserver = (world: World) => Observer.of(() => world.vault.place(), DEV_ROOT_TOKEN);

/** A run of the function that configures Vault. */
interface Configured {
  readonly seconds: number;
  /** At the API server. */
  readonly requests: number;
}

async function configure(world: World, event: ConfigurationRequest = { RequestType: 'Create' }): Promise<Configured> {
  const before = world.apiServer.requests.length;
  const started = performance.now();
  const { error } = await world.configure(event);
  if (error) throw new Error(`${event.RequestType} failed: ${error.message}`);
  return { seconds: (performance.now() - started) / 1000, requests: world.apiServer.requests.length - before };
}

/** Seconds that Raft watches a replica before it votes. Source: Vault, Autopilot, `server_stabilization_time`. */
const STABILIZATION = 10;

async function withReplicas(name: string, audited: AuditedVault, replicas: number, first: Configured, second: Configured): Promise<Figure[]> {
  const floor = async ({ requests }: Configured, waiting: number) => ({ what: 'floor', samples: [waiting + ((await emptyInvocationMs()) + (await audited.rawMs(requests))) / 1000] });
  const figures = (run: 'first' | 'second', title: string, { seconds, requests }: Configured, peer: number, beside: Figure['beside'] & object, note?: string): Figure[] => [
    { id: `configuration.${name}.${run}.requests`, title: `${title} (${name}), at the API server`, unit: 'requests', samples: [requests], beside: { what: BANK_VAULTS, samples: [peer] } },
    { id: `configuration.${name}.${run}.s`, title: `${title} (${name}), wall`, unit: 's', samples: [seconds], beside, ...(note === undefined ? {} : { note }) },
  ];
  return [
    ...figures('first', 'First configuration', first, bankVaults.first, await floor(first, replicas > 1 ? STABILIZATION : 0), `initialised, configured, every replica votes: the floor has the ${STABILIZATION} s that Raft watches a replica before it votes`),
    ...figures('second', 'Second run', second, bankVaults.second.requests, await floor(second, 0)),
  ];
}

async function inWorld<T>({ projectDir, environment, vault }: Deployed, action: (stage: Stage) => Promise<T>): Promise<T> {
  const assemblyDir = mkdtempSync(join(tmpdir(), 'bench-assembly-'));
  try {
    const synth = await runCommand(appCommand(projectDir), { cwd: projectDir, env: cdkEnvironment(projectDir, assemblyDir), timeout: 60_000 });
    if (!synth.ok) throw new Error(`${appCommand(projectDir)} failed: ${lastLine(synth.output)}`);
    const world = await createWorld({ assemblyDir, environment, vault });
    try {
      return await action({ world, assemblyDir, projectDir });
    } finally {
      await world.close();
    }
  } finally {
    rmSync(assemblyDir, { recursive: true, force: true });
  }
}
