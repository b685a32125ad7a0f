import { setTimeout as sleep } from 'node:timers/promises';
import { routeToService } from '../../../rehearsal/api-server/backend';
import type { RaftNode } from '../../../rehearsal/vault/raft-node';
import { watchRaftServices, type RaftServices } from '../../../rehearsal/vault/raft-services';
import type { Health } from '../../../rehearsal/vault/vault-status';

const NEVER = 1_000;
const STANDBY: Health = { initialized: true, sealed: false, standby: true, version: '1.21.1' };
const ACTIVE = { ...STANDBY, standby: false };

/** A node that says what it is told to say: undefined is silence. */
class FakeNode implements Pick<RaftNode, 'name' | 'address' | 'isRunning' | 'startedAt' | 'health'> {
  running = true;
  started = 1;
  constructor(
    readonly name: string,
    readonly address: string,
    public says: Health | undefined,
  ) {}
  isRunning = () => this.running;
  startedAt = () => this.started;
  health = () => (this.says ? Promise.resolve(this.says) : Promise.reject(new Error('silence')));
}

let nodes: [FakeNode, FakeNode, FakeNode];
let services: RaftServices;
const watch = (publishNotReadyAddresses: boolean): void => {
  const readinessProbe = { initialDelaySeconds: 0, periodSeconds: 0.3, failureThreshold: 2 };
  services = watchRaftServices({ nodes: nodes as unknown as RaftNode[], namespace: 'vault', publishNotReadyAddresses, readinessProbe });
};
const active = () => services.endpoints('vault-active');
const all = () => nodes.map(({ address }) => address);
async function until(condition: () => boolean): Promise<void> {
  for (let look = 0; look < 100 && !condition(); look++) {
    await sleep(20);
  }
  expect(condition()).toBe(true);
}

beforeEach(() => {
  nodes = [new FakeNode('vault-0', 'https://127.0.0.1:1', ACTIVE), new FakeNode('vault-1', 'https://127.0.0.1:2', STANDBY), new FakeNode('vault-2', 'https://127.0.0.1:3', STANDBY)];
});
afterEach(() => services.close());

test('the leader is behind vault-active, the others behind vault-standby, all behind vault', async () => {
  watch(false);
  expect(services.endpoints('vault')).toEqual([]);
  await until(() => active().length === 1 && services.endpoints('vault').length === 3);
  expect(active()).toEqual(['https://127.0.0.1:1']);
  expect(services.endpoints('vault-standby')).toEqual(['https://127.0.0.1:2', 'https://127.0.0.1:3']);
  expect(services.endpoints('vault')).toEqual(all());
});

test('a killed leader is no endpoint from that moment; started again, its label is gone', async () => {
  watch(false);
  await services.waitForEndpoint('vault-active', NEVER);
  nodes[0].running = false;
  expect(active()).toEqual([]);
  nodes[0].says = undefined;
  Object.assign(nodes[0], { running: true, started: 2 });
  expect(active()).toEqual([]);
  await until(() => services.endpoints('vault').length === 2);
  nodes[0].says = STANDBY;
  await until(() => services.endpoints('vault-standby').length === 3);
});

test('a killed leader stays an endpoint where unready addresses are published', async () => {
  watch(true);
  await services.waitForEndpoint('vault-active', NEVER);
  nodes[0].running = false;
  expect(active()).toEqual(['https://127.0.0.1:1']);
  expect(services.endpoints('vault')).toEqual(all());
});

test('a frozen leader stays one beside the new one until its probes have failed', async () => {
  watch(false);
  await services.waitForEndpoint('vault-active', NEVER);
  nodes[0].says = undefined;
  nodes[1].says = ACTIVE;
  await until(() => active().length === 2);
  await until(() => active().length === 1);
  expect(active()).toEqual(['https://127.0.0.1:2']);
});

test('a sealed or uninitialised Vault is unready', async () => {
  nodes[1].says = { ...STANDBY, sealed: true };
  nodes[2].says = { ...STANDBY, initialized: false, sealed: true };
  watch(false);
  await until(() => services.endpoints('vault').length === 1);
  await sleep(300);
  expect(services.endpoints('vault')).toEqual(['https://127.0.0.1:1']);
  expect(services.pods.map((pod) => pod.target())).toEqual(all());
});

test('a started node is ready only after the probe\'s initial delay', async () => {
  services = watchRaftServices({ nodes: nodes as unknown as RaftNode[], namespace: 'vault', publishNotReadyAddresses: false });
  nodes[0].started = Date.now() - 4_000;
  await until(() => services.endpoints('vault').length === 2);
  expect(active()).toEqual([]);
});

test('the API server takes the endpoints in turn', async () => {
  nodes[1].says = ACTIVE;
  watch(false);
  await until(() => active().length === 2);
  const request = { namespace: 'vault', resource: 'services', name: 'https:vault-active:8200', path: '/', prefix: '' } as const;
  const taken = [1, 2, 3].map(() => routeToService(request, services.services));
  expect(taken.map((route) => (route.kind === 'backend' ? route.origin.port : route.kind))).toEqual(['1', '2', '1']);
});

test('an endpoint that does not come is an error with the state of every pod', async () => {
  nodes[0].says = { ...STANDBY, sealed: true };
  watch(false);
  await expect(services.waitForEndpoint('vault-active', 400)).rejects.toThrow(
    'Service vault-active has no such endpoint after 400 ms; the pods: vault-0 (vault-active=false, not ready), vault-1 (vault-active=false, ready), vault-2 (vault-active=false, ready)',
  );
});
