import { NotKnown } from '../../../cli/doctor/finding';
import type { VaultPods } from '../../../cli/roll/pods';
import { planned, restart, type RollPorts } from '../../../cli/roll/roll';
import { NEW, pods } from './some-pods';

const back = { uid: 'uid-9', revision: NEW };
const evicted: [string, object][] = [];
beforeEach(() => evicted.splice(0));

/** Looks that follow each other; the last one stays. */
function world(looks: readonly (VaultPods | Error)[], answer: Awaited<ReturnType<RollPorts['kube']['evict']>> = 'gone', limit = 200): RollPorts {
  let at = 0;
  return {
    namespace: 'vault',
    look: () => {
      const now = looks[Math.min(at++, looks.length - 1)]!;
      return now instanceof Error ? Promise.reject(now) : Promise.resolve(now);
    },
    kube: {
      evict: (path, preconditions) => {
        evicted.push([path, preconditions]);
        return Promise.resolve(answer);
      },
    },
    limit,
    every: 1,
    interrupted: new AbortController().signal,
  };
}

test('evicts the pod that was seen, and waits until all is well again', async () => {
  const looks = [pods(), pods(), pods({ 1: { uid: undefined, vault: { silent: '404' } } }), new NotKnown('the API server had no answer'), pods({ 1: { ...back, ready: false } }), pods({ 1: { ...back, vault: { version: '2.0.5' } } })];
  await expect(restart(world(looks), 'vault-1')).resolves.toMatchObject({ pod: 'vault-1', led: false, version: '2.0.5' });
  expect(evicted).toEqual([['/api/v1/namespaces/vault/pods/vault-1', { uid: 'uid-1' }]]);
});

test('says that the pod led', async () => {
  const after = pods({ 0: { uid: 'uid-9', revision: NEW, vault: { leads: false } }, 2: { vault: { leads: true } } });
  await expect(restart(world([pods(), after]), 'vault-0')).resolves.toMatchObject({ led: true });
});

test('one that somebody else has evicted meanwhile is waited for all the same', async () => {
  await expect(restart(world([pods(), pods({ 1: back })], 'changed'), 'vault-1')).resolves.toMatchObject({ pod: 'vault-1' });
});

test('a pod that does not come back ends it, with what it lacks', async () => {
  await expect(restart(world([pods(), pods({ 1: { ...back, vault: { sealed: true } } })], 'gone', 20), 'vault-1')).rejects.toThrow(
    'vault-1 was evicted and is not well after 0 s: vault-1 is sealed. The other pods were left as they are. See why (kubectl describe pod -n vault vault-1; kubectl logs -n vault vault-1 -c vault), and run it again: it goes on with what is left.',
  );
});

test('before each restart, all has to be well', async () => {
  await expect(restart(world([pods({ 2: { vault: { sealed: true } } })]), 'vault-1')).rejects.toThrow(
    'Not all of Vault is well, and a restart could cost its majority: vault-2 is sealed. No pod was restarted by this. See npx gloo-vault doctor',
  );
  expect(evicted).toEqual([]);
});

test('a disruption budget has its say', async () => {
  await expect(restart(world([pods()], 'budget'), 'vault-1')).rejects.toThrow(/^A disruption budget lets no pod of Vault go at this moment: .*kubectl get poddisruptionbudget -n vault$/);
});

test('Ctrl-C ends the waiting', async () => {
  const controller = new AbortController();
  const running = restart({ ...world([pods()], 'gone', 60_000), every: 60_000, interrupted: controller.signal }, 'vault-1');
  setTimeout(() => controller.abort(), 5);
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
});

describe('the plan', () => {
  test('is empty where every pod runs what is deployed, however they are', () => {
    const all = { 0: { revision: NEW }, 1: { revision: NEW }, 2: { revision: NEW, ready: false } };
    expect(planned(pods(all), false)).toEqual([]);
    expect(() => planned(pods(all), true)).toThrow('vault-2 is not Ready');
  });

  test('waits for the controller', () => {
    expect(() => planned({ pods: pods().pods }, false)).toThrow("The StatefulSet's controller has not seen its last change yet; run it again in a moment.");
  });

  test('is none for a Vault that cannot miss a pod', () => {
    expect(() => planned({ ...pods(), pods: pods().pods.slice(0, 1) }, false)).toThrow('Vault has 1 replica, and');
  });
});
