import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { FunctionCalls } from '../../rehearsal/function-calls';
import { accessEntriesOf, clusterManifests } from '../../rehearsal/deployed-environment';
import type { DeployedResource } from '../../rehearsal/cloudformation/deployment';
import { Observer } from '../../rehearsal/observer';
import { CUSTOM_RESOURCES } from '../../rehearsal/updates';
import { DEV_ROOT_TOKEN } from '../../rehearsal/vault/vault-process';
import { devVault } from '../../rehearsal/vault-under-test';
import { createWorld, type World } from '../../rehearsal/world';
import { synthesizeGuide } from '../vault/configuration/handler/synthesized';
import { describeWithVault } from './vault/available';

/** What the functions have here, in milliseconds, of which they keep 20 s for their answer. */
const TIMEOUT = 26_000;

/** A way in which what a Delete needs is not there. @returns takes it back. */
interface Trouble {
  readonly what: string;
  readonly make?: (world: World) => Promise<() => unknown>;
  /** `https://…` in the place of the cluster's. */
  readonly endpoint?: () => string;
  /** What the function that configures Vault says at its end. @default - that it left Vault as it is */
  readonly says?: string;
}

const troubles: readonly Trouble[] = [
  { what: 'whose API server refuses connections', endpoint: () => 'https://127.0.0.1:1' },
  { what: 'whose API server takes a connection and is silent', endpoint: () => `https://127.0.0.1:${(silent.address() as AddressInfo).port}` },
  { what: 'whose name is gone', endpoint: () => 'https://gone.invalid' },
  {
    what: 'whose access entries are gone',
    make: (world) => {
      world.apiServer.delayAccessEntries(600_000);
      return Promise.resolve(() => world.apiServer.delayAccessEntries(0));
    },
  },
  {
    what: 'whose namespaces, with their Roles, are gone',
    make: async ({ apiServer, deployment, objects, operator }) => {
      const accessEntries = accessEntriesOf(deployment, operator);
      await apiServer.update({ accessEntries, manifests: [] });
      return () => apiServer.update({ accessEntries, manifests: clusterManifests(objects, accessEntries) });
    },
  },
  {
    what: 'whose Vault hangs',
    make: async (world) => {
      await devVault(world).pause();
      return () => devVault(world).resume();
    },
  },
  {
    what: 'whose Vault is sealed',
    make: async (world) => {
      const observer = await Observer.withRoot(() => world.vault.place(), DEV_ROOT_TOKEN);
      await observer.write('sys/seal', {});
      return () => devVault(world).restart();
    },
  },
  {
    what: 'whose dev-mode Vault was restarted, and knows its root token again',
    says: 'removed policy vault-config-trial',
    make: async (world) => {
      await devVault(world).restart();
      return () => undefined;
    },
  },
  {
    what: 'whose Vault is gone',
    make: async (world) => {
      await devVault(world).stop();
      return () => undefined;
    },
  },
];

const sockets: Socket[] = [];
const silent = createServer((socket) => void sockets.push(socket));

describeWithVault('the Delete of each custom resource', (vault) => {
  let world: World;
  let calls: FunctionCalls;
  let close: () => Promise<void>;
  beforeAll(async () => {
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { environment, directory, assemblyDir } = await synthesizeGuide({ gloo: { discovery: true } });
    world = await createWorld({ assemblyDir, environment, vault: vault() });
    const { apiServer, aws, awsCaFile } = world;
    calls = new FunctionCalls({ deployed: world, apiServer, aws, awsCaFile, timeoutMs: TIMEOUT });
    close = async () => {
      await world.close();
      rmSync(directory, { recursive: true });
      for (const socket of sockets) socket.destroy();
      silent.close();
    };
    // The load balancers of a Gloo that is deleted.
    for (const { namespace, name } of world.objects.proxyServices()) world.clusterObjects.change('Service', namespace, name, () => undefined);
  }, 60_000);
  afterAll(() => close());

  const own = () => world.deployment.resources.filter(({ type }) => CUSTOM_RESOURCES.includes(type));
  const at = (resource: DeployedResource, endpoint: string | undefined): DeployedResource =>
    endpoint === undefined ? resource : { ...resource, properties: { ...resource.properties, cluster: { ...(resource.properties.cluster as object), endpoint } } };

  test.each(troubles.map((trouble) => [trouble.what, trouble] as const))('blocks no stack of a cluster %s', async (_what, { make, endpoint, says = 'left Vault as it is, so that the stack can be deleted: ' }) => {
    const back = await make?.(world);
    try {
      expect(own().map(({ type }) => type)).toEqual(expect.arrayContaining(['Custom::VaultConfiguration', 'Custom::GlooLoginProof', 'Custom::LoadBalancerDrain']));
      const ended = await Promise.all(
        own().map(async (resource) => {
          const started = performance.now();
          const { error, log } = await calls.change({ request: 'Delete', resource: at(resource, endpoint?.()) });
          return { type: resource.type, error: error?.message, inTime: performance.now() - started < TIMEOUT, log };
        }),
      );
      expect(ended.map(({ type, error, inTime }) => [type, error, inTime])).toEqual(own().map(({ type }) => [type, undefined, true]));
      // Not by having been well: it says what it left.
      expect(ended.find(({ type }) => type === 'Custom::VaultConfiguration')?.log.at(-1)).toContain(says);
    } finally {
      await back?.();
    }
  }, 60_000);
});
