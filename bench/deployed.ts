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
import { createWorld, type World } from '../rehearsal/world';
import { AuditedVault } from './audited-vault';
import { lastLine, runCommand } from './command';
import { configurationFigures } from './configuration';
import type { Figure } from './figure';
import { glooFigures } from './gloo';
import { withKeptConnections } from './kept-connections';
import { listingFigures } from './listing';
import { appCommand, cdkEnvironment } from './synth';

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

/** Many secrets in a Vault of either mode, listed by Gloo. */
export function listedFigures(deployed: Deployed): Promise<Figure[]> {
  return inWorld(deployed, async (stage) => {
    const { world } = stage;
    const { name, gloo, vault } = world.environment;
    if (!vault.raft) stage.observer = await devObserver(world);
    await configure(world);
    if (vault.raft) await breakGlassStep.run(stage);
    const { address } = await world.vault.place();
    return withKeptConnections(address, 1, (agent) =>
      AuditedVault.use(observerOf(stage), async (audited) => {
        // It tells the same to the rehearsal, which would parse it while the lists are timed.
        await audited.observer.delete('sys/audit/stdout');
        const pod = glooPod(world, 'gloo');
        const client = new GlooClient(pod.source, world.resolveService, REQUEST_SECONDS, { trusted: world.glooVariable('VAULT_CACERT_BYTES'), agent });
        return listingFigures({ name, audited, client, token: await pod.logIn(), mountPath: vault.kv.mountPath, namespace: gloo.namespace });
      }),
    );
  });
}

const REQUEST_SECONDS = 60;

const devObserver = (world: World) => Observer.of(() => world.vault.place(), DEV_ROOT_TOKEN);

async function configure(world: World): Promise<void> {
  const { error } = await world.configure({ RequestType: 'Create' });
  if (error) throw new Error(`Create failed: ${error.message}`);
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
