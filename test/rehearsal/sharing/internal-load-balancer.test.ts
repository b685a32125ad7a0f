import { once } from 'node:events';
import { createServer, connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { openEntrance } from '../../../rehearsal/sharing/internal-load-balancer';
import type { World } from '../../../rehearsal/world';

const CLIENT = ['10.1.0.0/16'];
const INTERNAL = { 'service.beta.kubernetes.io/aws-load-balancer-internal': 'true' };
const service = (spec: object = {}, annotations: object = INTERNAL) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'shared', namespace: 'vault', annotations },
  spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', loadBalancerSourceRanges: CLIENT, ports: [{ port: 8200, targetPort: 8200 }], ...spec },
});
const policy = (cidr: string) => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'vault', namespace: 'vault' }, spec: { ingress: [{ from: [{ ipBlock: { cidr } }], ports: [{ port: 8200 }] }] } });

/** What comes of a connection, and why it was cut off. */
async function through(objects: readonly object[], ready = true): Promise<{ got: string; refusals: readonly string[] }> {
  const pod = createServer((socket) => socket.end('Vault')).listen(0, '127.0.0.1');
  await once(pod, 'listening');
  const address = `https://127.0.0.1:${(pod.address() as AddressInfo).port}`;
  const raft = { nodes: [{ name: 'vault-0', address }], services: { isReady: () => ready, endpoints: () => [] } };
  const entrance = await openEntrance({ environment: { vault: { namespace: 'vault' } }, objects: { all: objects }, vault: { raft } } as unknown as World, CLIENT);
  try {
    const got = await text(connect(entrance.port, '127.0.0.1')).catch(() => 'cut off');
    return { got, refusals: entrance.refusals };
  } finally {
    await entrance.close();
    pod.close();
  }
}

test('hands on to a pod that is ready what the Service and the NetworkPolicy admit', async () => {
  expect(await through([service(), policy('10.0.0.0/8')])).toEqual({ got: 'Vault', refusals: [] });
  expect(await through([service()])).toEqual({ got: 'Vault', refusals: [] });
});

test.each<[string, readonly object[], boolean, string]>([
  ['no Service', [policy('10.0.0.0/8')], true, 'the namespace vault has no Service of type LoadBalancer with port 8200'],
  ['one that faces the internet', [service({}, {})], true, 'the Service shared faces the internet'],
  ['one that hides who asks', [service({ externalTrafficPolicy: 'Cluster' })], true, 'the Service shared hides from whom requests come, so that the NetworkPolicy admits none'],
  ['ranges without the client', [service({ loadBalancerSourceRanges: ['10.2.0.0/16'] })], true, 'the Service shared admits 10.2.0.0/16, and not 10.1.0.0/16'],
  ['no ranges', [service({ loadBalancerSourceRanges: [] })], true, 'the Service shared admits nobody, and not 10.1.0.0/16'],
  ['a NetworkPolicy without the client', [service(), policy('10.2.0.0/16')], true, 'the NetworkPolicy of Vault admits 10.2.0.0/16, and not 10.1.0.0/16'],
  ['no leader, where the Service selects it', [service({ selector: { 'vault-active': 'true' } })], true, 'no pod of Vault is ready'],
  ['no pod that is ready', [service()], false, 'no pod of Vault is ready'],
])('lets nobody in: %s', async (_, objects, ready, refusal) => {
  const { got, refusals } = await through(objects, ready);
  expect(got).not.toBe('Vault');
  expect(refusals).toEqual([refusal]);
});
