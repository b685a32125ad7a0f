import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { heal, type Clock } from '../../../../lib/gloo/healing/handler/heal';
import type { HealingInput } from '../../../../lib/gloo/healing/input';
import { proveLogin } from '../../../../lib/gloo/proof/hops';
import { HopFailure } from '../../../../lib/gloo/proof/refused';
import type { Run } from '../../../../lib/vault/client/attempts';
import { tell } from '../../../../lib/vault/client/tell';
import { LONGEST_MESSAGE, Mask } from '../../../../lib/vault/client/errors';
import { startApiServer, type StandInApiServer } from '../../../../rehearsal/api-server/api-server';
import type { Manifest } from '../../../../rehearsal/api-server/rbac';
import { createCertificateAuthority } from '../../../../rehearsal/certificate-authority';
import { glooPage, type GlooValues } from '../../../../rehearsal/gloo/gloo-page';

jest.mock('../../../../lib/gloo/proof/hops');
jest.mock('../../../../lib/vault/client/tell');
const proved = jest.mocked(proveLogin);
const told = jest.mocked(tell);

const NOW = Date.parse('2026-11-24T12:00:00Z');
const seconds = NOW / 1000;
const RBAC = 'rbac.authorization.k8s.io';
const ROLE = 'arn:aws:iam::111122223333:role/gloo-healing-c';
const login = { namespace: 'gloo-system', serviceAccount: 'gloo', roleArn: 'arn:aws:iam::111122223333:role/r', podRegion: 'us-east-1', dnsSuffix: 'amazonaws.com', mountPath: 'aws', serverIdHeader: 'vault.example.org', region: 'us-east-1', pathPrefix: 'dev' };

const access: Manifest[] = [
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata: { name: 'gloo-healing', namespace: 'gloo-system' },
    rules: [
      { apiGroups: [''], resources: ['services/proxy'], resourceNames: ['http:gloo:9091', 'http:discovery:9091'], verbs: ['get'] },
      { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['gloo', 'discovery'], verbs: ['get', 'patch'] },
    ],
  },
  { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: { name: 'gloo-healing', namespace: 'gloo-system' }, roleRef: { apiGroup: RBAC, kind: 'Role', name: 'gloo-healing' }, subjects: [{ kind: 'Group', apiGroup: RBAC, name: 'gloo-healing' }] },
];

const well: GlooValues = { login_successes: 1, last_login_success: seconds - 900, renew_successes: 1, last_renew_success: seconds - 300 };
const lost: GlooValues = { ...well, renew_failures: 1, last_renew_failure: seconds - 8, login_failures: 3, last_login_failure: seconds - 5 };
const cameIn: GlooValues = { ...lost, login_successes: 2, last_login_success: seconds };

const deployment = (name: string, change: { metadata?: object; spec?: object; status?: object } = {}): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'gloo-system', name, ...change.metadata },
  spec: { replicas: 1, template: { metadata: { labels: { gloo: name } } }, ...change.spec },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1, ...change.status },
});

let api: StandInApiServer;
let metrics: Server;
let objects: Manifest[];
/** What each look at a Service sees, one after the other, the last for ever; undefined is nothing behind it. */
let pages: Record<string, (GlooValues | 'html' | undefined)[]>;
let beforePatch: (() => void) | undefined;
const said: string[] = [];

beforeAll(async () => {
  metrics = createServer((request, response) => {
    const left = pages[String(request.headers['x-forwarded-uri'] ?? '').includes('discovery') ? 'discovery' : 'gloo'] ?? [];
    const values = left.length > 1 ? left.shift() : left[0];
    if (values === undefined || values === 'html') response.writeHead(502, { 'content-type': 'text/html' }).end('<html/>');
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(glooPage(values));
  });
  await new Promise<void>((resolve) => metrics.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(metrics.address() as AddressInfo).port}`;
  api = await startApiServer({
    ca: await createCertificateAuthority('cluster'),
    clusterName: 'c',
    authenticate: () => Promise.resolve({ roleArn: ROLE }),
    accessEntries: [{ principalArn: ROLE, kubernetesGroups: ['gloo-healing'] }],
    manifests: access,
    objects: () => {
      if (api.requests.at(-1)?.verb === 'patch') beforePatch?.();
      return objects;
    },
    replace: (before, after) => objects.splice(objects.indexOf(before), 1, after),
    services: ['gloo', 'discovery'].map((name) => ({ namespace: 'gloo-system', name, port: 9091, portName: 'http-monitoring', scheme: 'http' as const, target: () => (pages[name]?.[0] === undefined ? undefined : origin) })),
  });
});
afterAll(async () => {
  await api.close();
  metrics.close();
  metrics.closeAllConnections();
});
beforeEach(() => {
  objects = [deployment('gloo')];
  pages = { gloo: [well] };
  beforePatch = undefined;
  told.mockReset().mockResolvedValue(undefined);
  proved.mockReset().mockResolvedValue(undefined);
});

async function run(...names: string[]) {
  const log: string[] = [];
  let now = NOW;
  const clock: Clock = { now: () => now, sleep: (ms) => Promise.resolve(void (now += ms)) };
  const run: Run = {
    env: { AWS_REGION: 'us-east-1' },
    aws: { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret-key', sessionToken: 'session' },
    mask: new Mask(),
    patience: { starting: 0, settling: 0, passing: 0, pause: { first: 0, longest: 0 }, deadline: Date.now() + 5000 },
    requestTimeout: 5000,
    log: (line) => log.push(line),
  };
  const input: HealingInput = {
    cluster: { name: 'c', endpoint: api.endpoint, certificateAuthority: Buffer.from(api.caPem).toString('base64') },
    vault: { namespace: 'vault', service: 'http:vault:8200' },
    deployments: (names.length === 0 ? ['gloo'] : names).map((name) => ({ name, metrics: `http:${name}:9091`, login: { ...login, serviceAccount: name } })),
  };
  const before = api.requests.length;
  const failure = await heal(run, input, clock).then(
    () => undefined,
    (error: Error) => error.message,
  );
  const [line, ...others] = log.filter((each) => each.startsWith('{'));
  expect(others).toEqual([]);
  const { GlooLoginLost, GlooRestarted } = JSON.parse(line ?? '{}') as Record<string, unknown>;
  const words = log.filter((each) => !each.startsWith('{'));
  said.push(...words, failure ?? '');
  return { lost: GlooLoginLost, restarted: GlooRestarted, said: words, failure, requests: api.requests.slice(before).map(({ verb, path }) => `${verb} ${path.replace(/^.*gloo-system\//, '')}`), waited: (now - NOW) / 1000 };
}

const annotationsOf = (name = 'gloo') => {
  const { metadata, spec } = objects.find((object) => (object.metadata as { name: string }).name === name) as { metadata: { annotations?: object }; spec: { template: { metadata: { annotations?: object } } } };
  return [metadata.annotations, spec.template.metadata.annotations];
};
const PATCH = 'patch deployments/gloo?fieldManager=gloo-healing';

test('a Gloo that is well: two requests, and not a word', async () => {
  expect(await run()).toEqual({ lost: 0, restarted: 0, said: [], failure: undefined, requests: ['get deployments/gloo', 'get services/http:gloo:9091/proxy/metrics'], waited: 0 });
  expect(proved).not.toHaveBeenCalled();
  expect(told.mock.calls[0]?.[1]).toEqual([]);
});

test('one that has not logged in yet is left to itself', async () => {
  pages.gloo = [{ login_failures: 2, last_login_failure: seconds - 600 }];
  expect(await run()).toMatchObject({ lost: 0, restarted: 0 });
  expect(proved).not.toHaveBeenCalled();
});

test('one that is lost is restarted as kubectl rollout restart does, and the time is kept', async () => {
  pages.gloo = [lost];
  const { said: words, requests, waited, ...rest } = await run();
  expect(rest).toMatchObject({ lost: 1, restarted: 1, failure: undefined });
  expect(words).toEqual([
    'gloo-system/gloo has no login to Vault: since its start 3 logins and 1 renewal failed, the last one 5 s ago',
    'gloo-system/gloo is restarted: a login comes off now, and its own loop that renews has ended',
  ]);
  expect(waited).toBe(6);
  expect(told.mock.calls[0]?.[1]).toEqual([{ detailType: 'Gloo login', detail: { cluster: 'c', namespace: 'gloo-system', deployment: 'gloo', action: 'restarted', found: words[1] } }]);
  expect(requests.at(-1)).toBe(PATCH);
  const time = new Date(NOW + 6_000).toISOString();
  expect(annotationsOf()).toEqual([{ 'gloo-vault-irsa/restarts': time }, { 'kubectl.kubernetes.io/restartedAt': time }]);
});

test('silent for longer than it could try, it is not waited for', async () => {
  pages.gloo = [{ ...lost, last_renew_failure: seconds - 1_000, last_login_failure: seconds - 900, last_login_success: seconds - 9_000, last_renew_success: seconds - 2_000 }];
  expect(await run()).toMatchObject({ lost: 1, restarted: 1, waited: 0 });
});

test('one that comes in by itself in that time is not restarted', async () => {
  pages.gloo = [lost, lost, cameIn];
  const { said: words, requests, ...rest } = await run();
  expect(rest).toMatchObject({ lost: 0, restarted: 0 });
  expect(words.at(-1)).toBe('gloo-system/gloo: it still tries to log in by itself, and is left to it');
  expect(requests).not.toContain(PATCH);
});

test('one that goes on failing still tries, and is not restarted', async () => {
  pages.gloo = [lost, { ...lost, login_failures: 4, last_login_failure: seconds }];
  expect(await run()).toMatchObject({ lost: 0, restarted: 0 });
});

test('while a login would not come off, it names the hop and the mend, and leaves Gloo alone', async () => {
  pages.gloo = [lost];
  proved.mockRejectedValue(new HopFailure('login', login, 'Vault answered 400 (no)', 'Deploy with another vault.revision.'));
  const { said: words, requests, ...rest } = await run();
  expect(rest).toMatchObject({ lost: 1, restarted: 0, waited: 0, failure: undefined });
  expect(words.at(-1)).toBe('Gloo cannot log in to Vault as gloo-system/gloo, at the hop "login": Vault answered 400 (no). Deploy with another vault.revision. gloo-system/gloo is not restarted: a Gloo that starts now would crash-loop.');
  expect(requests).not.toContain(PATCH);
  expect(told.mock.calls[0]?.[1]).toMatchObject([{ detail: { action: 'left', found: words.at(-1) } }]);
});

test.each<[string, Parameters<typeof deployment>[1], string]>([
  ['a rollout is under way', { status: { updatedReplicas: 0 } }, 'a rollout is under way'],
  ['it was restarted just now', { metadata: { annotations: { 'gloo-vault-irsa/restarts': new Date(NOW - 60_000).toISOString() } } }, 'it was restarted 66 s ago, and is given 5 minutes'],
  ['it was restarted by hand just now', { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': new Date(NOW - 60_000).toISOString() } } } } }, 'it was restarted 66 s ago'],
  ['a restart has not helped three times', { metadata: { annotations: { 'gloo-vault-irsa/restarts': [50, 30, 10].map((minutes) => new Date(NOW - minutes * 60_000).toISOString()).join(',') } } }, 'it was restarted 3 times within an hour'],
])('where %s, it stays lost and is not restarted', async (_, change, words) => {
  objects = [deployment('gloo', change)];
  pages.gloo = [lost];
  const seen = await run();
  expect(seen).toMatchObject({ lost: 1, restarted: 0 });
  expect(seen.said.at(-1)).toContain(`gloo-system/gloo would log in now, and needs a restart for it, but ${words}`);
  expect(seen.requests).not.toContain(PATCH);
});

test('with more pods it looks more often, for the proxy reaches one by chance', async () => {
  objects = [deployment('gloo', { spec: { replicas: 2 }, status: { replicas: 2, updatedReplicas: 2, availableReplicas: 2 } })];
  pages.gloo = [well, well, well, lost, well, well, lost, well];
  const seen = await run();
  expect(seen.said[0]).toContain('has no login to Vault');
  expect(seen.requests.filter((request) => request.startsWith('get services'))).toHaveLength(5 * 3);
  // The second time the lost one was seen again, and then not any more: the next minute looks again.
  expect(seen).toMatchObject({ lost: 0, restarted: 0 });
});

test.each<[string, () => void, string]>([
  ['is not there', () => (objects = [deployment('other')]), 'gloo-system/gloo: there is no such Deployment, so there is no login to look at'],
  ['is scaled to nothing', () => (objects = [deployment('gloo', { spec: { replicas: 0 } })]), 'gloo-system/gloo: it is scaled to 0 pods, so there is no login to look at'],
  ['has no pod that is ready', () => (pages.gloo = [undefined]), 'gloo-system/gloo: the API server answered 503 (no endpoints available for service "gloo")'],
  ['shows something else', () => (pages.gloo = ['html']), "Gloo's metrics were answered with HTTP 502 and text/html: no metrics of Prometheus"],
])('one that %s: one line, no value, no failure', async (_, change, words) => {
  change();
  expect(await run()).toMatchObject({ lost: undefined, restarted: 0, said: [words], failure: undefined });
});

test('a right that is missing is named; alone it fails the run, beside another it is a line', async () => {
  const refusal = 'GET deployments/third in gloo-system was answered by the API server with 403 (deployments.apps "third" is forbidden';
  expect((await run('third')).failure).toContain(refusal);
  expect((await run('third')).failure).toContain('The Role and RoleBinding "gloo-healing" in that namespace must allow get and patch on exactly this Deployment.');
  const beside = await run('gloo', 'third');
  expect(beside).toMatchObject({ lost: undefined, failure: undefined });
  expect(beside.said.at(-1)).toContain(refusal);
});

test('a Deployment that somebody changes at that moment is left to them', async () => {
  pages.gloo = [lost];
  beforePatch = () => (objects = [deployment('gloo', { metadata: { labels: { by: 'somebody' } } })]);
  const seen = await run();
  expect(seen.said.at(-1)).toBe('gloo-system/gloo would log in now, and needs a restart for it, but somebody changed its Deployment at this moment: that is left to roll out');
  expect(seen).toMatchObject({ lost: 1, restarted: 0 });
});

test('an API server that gives no answer fails the run with one line', async () => {
  api.failNext(1, 'reset');
  const { failure } = await run();
  expect(failure).toContain('GET deployments/gloo in gloo-system had no answer from the API server');
});

test('each word is one line that fits into an event', () => {
  for (const line of said) {
    expect(line).not.toContain('\n');
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(LONGEST_MESSAGE);
  }
});
