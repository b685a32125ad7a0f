import { drain } from '../../../lib/gloo/drain/drain';
import * as cloudformation from '../../../lib/vault/client/cloudformation';
import type { LoadBalancerDrainProperties } from '../../../lib/gloo/drain/properties';
import type { Run } from '../../../lib/vault/client/attempts';
import { Mask, Setback } from '../../../lib/vault/client/errors';
import type { Patience } from '../../../lib/vault/client/retry';
import { startApiServer, type StandInApiServer } from '../../../rehearsal/api-server/api-server';
import type { Manifest } from '../../../rehearsal/api-server/rbac';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';

jest.mock('../../../lib/vault/client/cloudformation');
const describeStack = jest.mocked(cloudformation.describeStack);

const ROLE = 'arn:aws:iam::111122223333:role/gloo-drain-c';
const RBAC = 'rbac.authorization.k8s.io';
const access: Manifest[] = [
  { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name: 'gloo-drain', namespace: 'gloo-system' }, rules: [{ apiGroups: [''], resources: ['services'], resourceNames: ['gateway-proxy', 'internal'], verbs: ['get'] }] },
  { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: { name: 'gloo-drain', namespace: 'gloo-system' }, roleRef: { apiGroup: RBAC, kind: 'Role', name: 'gloo-drain' }, subjects: [{ kind: 'Group', apiGroup: RBAC, name: 'gloo-drain' }] },
];
const service = (name: string, type: string, deletionTimestamp?: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'gloo-system', finalizers: ['service.kubernetes.io/load-balancer-cleanup'], ...(deletionTimestamp ? { deletionTimestamp } : {}) },
  spec: { type },
  status: { loadBalancer: { ingress: [{ hostname: `${name}.elb.amazonaws.com` }] } },
});
const STACK = 'arn:aws:cloudformation:us-east-1:111122223333:stack/c-Gloo/1';
const DELETED = '2026-11-24T11:00:00Z';
const authority = createCertificateAuthority('drain');

let server: StandInApiServer;
let objects: readonly Manifest[];
let log: string[];
beforeEach(async () => {
  describeStack.mockReset().mockResolvedValue({ status: 'DELETE_IN_PROGRESS', outputs: {} });
  objects = [];
  log = [];
  server = await startApiServer({
    ca: await authority,
    clusterName: 'c',
    authenticate: () => Promise.resolve({ roleArn: ROLE }),
    accessEntries: [{ principalArn: ROLE, kubernetesGroups: ['gloo-drain'] }],
    manifests: access,
    objects: () => objects,
    services: [],
  });
});
afterEach(() => server.close());

const patience = { starting: 400, settling: 100, passing: 100, pause: { first: 10, longest: 20 } };
const run = (more: Partial<Patience> = {}): Run => ({
  env: { AWS_REGION: 'us-east-1' },
  aws: { accessKeyId: 'ASIAEXAMPLEKEY123456', secretAccessKey: 'a-secret-key' },
  mask: new Mask(),
  requestTimeout: 2000,
  log: (line) => void log.push(line),
  patience: { ...patience, ...more, deadline: Date.now() + 5000 },
});
const properties = (more: Partial<LoadBalancerDrainProperties> = {}): LoadBalancerDrainProperties => ({
  cluster: { name: 'c', endpoint: server.endpoint, certificateAuthority: Buffer.from(server.caPem).toString('base64') },
  namespace: 'gloo-system',
  services: ['gateway-proxy', 'internal'],
  ...more,
});

test('there is nothing to wait for', async () => {
  await drain(run(), STACK, properties());
  expect(log).toEqual(['no load balancer of gloo-system/gateway-proxy, internal is left']);
});

test('a Service without a load balancer is not waited for, deleted or not', async () => {
  objects = [service('gateway-proxy', 'ClusterIP'), service('internal', 'NodePort', DELETED)];
  await drain(run(), STACK, properties());
  expect(server.requests.slice(-2).map(({ resource, path, status }) => [resource, path, status])).toEqual([
    ['', '/api/v1/namespaces/gloo-system/services/gateway-proxy', 200],
    ['', '/api/v1/namespaces/gloo-system/services/internal', 200],
  ]);
});

test('it waits until the last of them is gone, and says what for', async () => {
  objects = [service('gateway-proxy', 'LoadBalancer', DELETED), service('internal', 'LoadBalancer', DELETED)];
  const saying = (line: string) => {
    log.push(line);
    objects = objects.slice(1);
  };
  await drain({ ...run(), log: saying }, STACK, properties());
  expect(log).toEqual([
    expect.stringMatching(/^waiting: Gloo's load balancer is not gone yet: Service gloo-system\/gateway-proxy .*, Service gloo-system\/internal /),
    expect.stringMatching(/^waiting: Gloo's load balancer is not gone yet: Service gloo-system\/internal /),
    'no load balancer of gloo-system/gateway-proxy, internal is left',
  ]);
});

test('one that stays fails at the limit, and the next run goes on from there', async () => {
  objects = [service('internal', 'LoadBalancer', DELETED)];
  await expect(drain(run(), STACK, properties())).rejects.toThrow(/^Gloo's load balancer is not gone yet: Service gloo-system\/internal \(internal\.elb\.amazonaws\.com; deleted 2026-11-24T11:00:00Z\).* \(gave up after \d+ attempts in \d+ s\)$/);
  objects = [];
  await drain(run(), STACK, properties());
});

test('one that nobody deleted is not deleted here, and is told long before the limit', async () => {
  objects = [service('gateway-proxy', 'LoadBalancer'), service('internal', 'LoadBalancer', DELETED)];
  const started = Date.now();
  await expect(drain(run({ starting: 4000 }), STACK, properties())).rejects.toThrow("Gloo's chart is deleted, and Service gloo-system/gateway-proxy (gateway-proxy.elb.amazonaws.com) is not");
  expect(Date.now() - started).toBeLessThan(2000);
  expect(objects).toHaveLength(2);
  expect(new Set(server.requests.map(({ verb }) => verb))).toEqual(new Set(['get']));
});

test.each(['UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'])('a Gloo that stays, for its stack is only updated or rolled back, is nothing to wait for: %s', async (status) => {
  describeStack.mockResolvedValue({ status, outputs: {} });
  objects = [service('gateway-proxy', 'LoadBalancer')];
  await drain(run(), STACK, properties());
  expect(describeStack.mock.calls.map(([, , stack]) => stack)).toEqual([STACK]);
  expect(log).toEqual(['waited for no load balancer: the stack stays, and what is in it']);
});

test.each(['DELETE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', undefined])('one that does not, or of which nobody knows, is: %s', async (status) => {
  if (status === undefined) describeStack.mockRejectedValue(new Setback('settling', 'AccessDenied'));
  else describeStack.mockResolvedValue({ status, outputs: {} });
  objects = [service('gateway-proxy', 'LoadBalancer')];
  await expect(drain(run(), STACK, properties())).rejects.toThrow("Gloo's chart is deleted, and Service gloo-system/gateway-proxy");
});

const gone = 'waited for no load balancer, so that the stack can be deleted: ';

test.each([
  ['refuses connections', () => properties({ cluster: { ...properties().cluster, endpoint: 'https://127.0.0.1:1' } }), 'GET services/gateway-proxy in gloo-system had no answer from the API server (ECONNREFUSED'],
  ['has no name any more', () => properties({ cluster: { ...properties().cluster, endpoint: 'https://gone.invalid' } }), 'had no answer from the API server (E'],
  ['has another authority', () => properties({ cluster: { ...properties().cluster, certificateAuthority: Buffer.from('none').toString('base64') } }), 'had no answer from the API server'],
  ['lets it see no such Service', () => properties({ services: ['another'] }), 'was answered by the API server with 403 (services "another" is forbidden'],
])('a cluster that %s blocks nothing', async (_what, of, said) => {
  await drain(run(), STACK, of());
  expect(log.at(-1)).toContain(gone);
  expect(log.at(-1)).toContain(said);
});

test.each([
  ['hangs', 'hang', 'ETIMEDOUT'],
  ['cuts connections', 'reset', 'ECONNRESET'],
  ['is somebody else', 'html', 'was answered by the API server with 502'],
  ['knows it no more', { status: 401, body: { kind: 'Status', apiVersion: 'v1', message: 'Unauthorized' } }, 'with 401 (Unauthorized): access entry, Role or RoleBinding of this function are gone before it.'],
  ['answers with something else', { status: 200, body: { kind: 'List' } }, 'with 200'],
] as const)('an API server that %s blocks nothing', async (_what, fault, said) => {
  server.failNext(1000, fault);
  await drain(run(), STACK, properties());
  expect(log.at(-1)).toContain(gone);
  expect(log.at(-1)).toContain(said);
});
