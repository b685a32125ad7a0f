import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Ask } from '../api-server/client';
import { ALLOWED, startBoth, tokenOf, type BothServers, type Compared } from './both-servers';

// Every behaviour of the API server that the rehearsal rests on: the stand-in and kube-apiserver are asked the same.
let both: BothServers;
beforeAll(async () => {
  both = await startBoth();
}, 120_000);
afterAll(() => both.close());

const service = (name: string, rest = '/v1/sys/health') => `/api/v1/namespaces/vault/services/${name}/proxy${rest}`;
const pod = (name: string, rest = '/v1/sys/health') => `/api/v1/namespaces/vault/pods/${name}/proxy${rest}`;
const VAULT = 'http:vault:8200';
const GOOD = tokenOf('configurator');

interface Case extends Omit<Ask, 'signal'> {
  readonly what: string;
  readonly path: string;
  /** What both have to answer, so that they do not agree on something else. */
  readonly status: number;
}

const authentication: Case[] = [
  { what: 'no token', path: service(VAULT), headers: {}, status: 401 },
  { what: 'another scheme', path: service(VAULT), headers: { authorization: 'Basic YTpi' }, status: 401 },
  { what: 'a token that is no EKS token', path: service(VAULT), headers: { authorization: 'Bearer abc' }, status: 401 },
  { what: 'an EKS token that is no URL', path: service(VAULT), headers: { authorization: 'Bearer k8s-aws-v1.YQ' }, status: 401 },
  { what: 'a token that STS does not know', path: service(VAULT), headers: tokenOf('unknown'), status: 401 },
  { what: 'a token while STS fails', path: service(VAULT), headers: tokenOf('broken'), status: 401 },
  { what: 'a role without an access entry', path: service(VAULT), headers: tokenOf('stranger'), status: 401 },
];

const authorization: Case[] = [
  { what: 'GET, PUT and DELETE are get, update and delete', path: service(VAULT), method: 'DELETE', status: 200 },
  { what: 'POST', path: service(VAULT), method: 'POST', body: '{}', status: 403 },
  { what: 'PATCH', path: service(VAULT), method: 'PATCH', body: '{}', status: 403 },
  { what: 'HEAD', path: service(VAULT), method: 'HEAD', status: 200 },
  { what: "Vault's own method LIST", path: service(VAULT, '/v1/sys/policies/acl'), method: 'LIST', status: 403 },
  { what: 'LIST by nobody', path: service(VAULT), method: 'LIST', headers: {}, status: 401 },
  { what: 'LIST by somebody who may do everything', path: service(VAULT), method: 'LIST', headers: tokenOf('Admin'), status: 405 },
  { what: 'somebody who may do everything, by an access policy', path: service(VAULT, '/v1/x'), method: 'PUT', headers: tokenOf('Admin'), status: 200 },
  { what: 'POST by somebody who may do everything', path: service(VAULT, '/v1/x'), method: 'POST', body: '{}', headers: tokenOf('Admin'), status: 200 },
  { what: 'OPTIONS', path: service(VAULT), method: 'OPTIONS', status: 403 },
  { what: 'another spelling of the same port', path: service('http:vault:08200'), status: 403 },
  { what: 'another service', path: service('http:other:8200'), status: 403 },
  { what: 'the name in percent encoding', path: service('http%3Avault%3A8200'), status: 200 },
  { what: 'another namespace', path: '/api/v1/namespaces/default/services/http:vault:8200/proxy/v1', status: 403 },
  { what: 'a pod for which only get and update are allowed', path: pod('http:vault-0:8200'), method: 'DELETE', status: 403 },
  { what: 'a role whose entry has no group', path: service(VAULT), headers: tokenOf('nobody'), status: 403 },
  { what: 'a path that is no resource', path: '/metrics', status: 403 },
];

const proxy: Case[] = [
  { what: 'method, query, body and headers pass, Authorization does not', path: service(VAULT, '/v1/secret/data/a?version=2&list=true'), method: 'PUT', headers: { ...GOOD, 'x-vault-token': 'a-token', 'x-vault-request': 'true' }, body: '{"a":1}', status: 200 },
  ...[204, 400, 403, 404, 429, 472, 500, 503].map((status) => ({ what: `the backend's own ${status} passes`, path: service(VAULT, `/v1/x?status=${status}`), status })),
  { what: '%2F is decoded', path: service(VAULT, '/v1/a%2Fb'), status: 200 },
  { what: '// and .. collapse', path: service(VAULT, '/v1//a/../b'), status: 200 },
  { what: 'an encoded .. collapses too', path: service(VAULT, '/v1/%2E%2E/x'), status: 200 },
  { what: 'other encoded characters stay', path: service(VAULT, '/v1/a%20b%3Fc%25/%C3%BC'), status: 200 },
  { what: 'a slash at the end stays', path: service(VAULT, '/v1/auth/'), status: 200 },
  { what: 'the root', path: service(VAULT, '/'), status: 200 },
  { what: 'GET of the empty path is redirected', path: service(VAULT, '?a=b'), status: 301 },
  { what: 'PUT of the empty path is not', path: service(VAULT, ''), method: 'PUT', status: 200 },
  { what: "a standby's redirect passes", path: service(VAULT, '/standby'), status: 307 },
  { what: 'a redirect on the backend itself is led through the proxy', path: service(VAULT, '/own'), status: 307 },
  { what: 'a connection that the backend cuts', path: service(VAULT, '/cut'), status: 503 },
  { what: 'a named port by its name', path: service('http:vault:http'), status: 200 },
  { what: 'a port that the service has not', path: service('http:vault:9999'), status: 503 },
  { what: 'a bare name, for a service whose port has one', path: service('vault'), status: 503 },
  { what: 'name and port without a scheme', path: service('vault:8200'), status: 200 },
  { what: 'a service without endpoints', path: service('http:none:8200'), status: 503 },
  { what: 'a refused connection', path: service('http:down:8200'), status: 503 },
  { what: 'a service that is not there', path: service('http:missing:8200'), status: 404 },
  { what: 'a name that is none', path: service('a:b:c:d'), status: 400 },
  { what: 'TLS, with a certificate that nobody verifies', path: service('https:secure:8200'), status: 200 },
  { what: 'TLS to a backend that speaks none', path: service('https:vault:8200'), status: 503 },
];

const pods: Case[] = [
  { what: 'a pod', path: pod('http:vault-0:8200'), status: 200 },
  { what: 'a write to a pod', path: pod('http:vault-0:8200', '/v1/sys/init'), method: 'PUT', body: '{}', status: 200 },
  { what: "a pod's first port", path: pod('vault-0'), status: 200 },
  { what: 'a port on which nothing listens', path: pod('http:vault-0:8201'), status: 503 },
  { what: 'a pod that does not answer', path: pod('http:vault-1:8200'), status: 503 },
  { what: 'a pod without an address', path: pod('http:pending:8200'), status: 400 },
  { what: 'a pod that is not there', path: pod('http:missing:8200'), status: 404 },
  { what: 'a pod over TLS', path: pod('https:vault-2:8200'), status: 200 },
];

const TOKEN = '/api/v1/namespaces/vault/serviceaccounts/vault/token';
const tokenRequest = (spec: object) => JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });

const tokens: Case[] = [
  { what: 'a token of an account that is not there', path: '/api/v1/namespaces/vault/serviceaccounts/missing/token', method: 'POST', body: tokenRequest({ audiences: ['sts.amazonaws.com'] }), status: 404 },
  { what: 'a token of another account', path: '/api/v1/namespaces/vault/serviceaccounts/default/token', method: 'POST', body: tokenRequest({}), status: 403 },
  { what: 'a token of an account in another namespace', path: '/api/v1/namespaces/gloo-system/serviceaccounts/vault/token', method: 'POST', body: tokenRequest({}), status: 403 },
  { what: 'a token without a token', path: TOKEN, method: 'POST', headers: {}, body: tokenRequest({}), status: 401 },
  { what: 'a token for less than ten minutes', path: TOKEN, method: 'POST', body: tokenRequest({ audiences: ['sts.amazonaws.com'], expirationSeconds: 60 }), status: 422 },
  { what: 'GET of a token', path: TOKEN, status: 403 },
  { what: 'GET of a token by somebody who may do everything', path: TOKEN, headers: tokenOf('Admin'), status: 405 },
];

const ADMIN = tokenOf('Admin');
const VAULTS = '/namespaces/vault';

const objects: Case[] = [
  { what: 'a pod', path: `/api/v1${VAULTS}/pods/vault-0`, headers: ADMIN, status: 200 },
  { what: 'a Service', path: `/api/v1${VAULTS}/services/vault`, headers: ADMIN, status: 200 },
  { what: 'a service account', path: `/api/v1${VAULTS}/serviceaccounts/vault`, headers: ADMIN, status: 200 },
  { what: 'a Deployment', path: `/apis/apps/v1${VAULTS}/deployments/vault`, headers: ADMIN, status: 200 },
  { what: 'a NetworkPolicy', path: `/apis/networking.k8s.io/v1${VAULTS}/networkpolicies/vault`, headers: ADMIN, status: 200 },
  { what: 'a Role', path: `/apis/rbac.authorization.k8s.io/v1${VAULTS}/roles/configurator`, headers: ADMIN, status: 200 },
  { what: 'a namespace', path: `/api/v1${VAULTS}`, headers: ADMIN, status: 200 },
  { what: 'a list of a namespace', path: `/api/v1${VAULTS}/pods`, headers: ADMIN, status: 200 },
  { what: 'a list of a group', path: `/apis/apps/v1${VAULTS}/deployments`, headers: ADMIN, status: 200 },
  { what: 'a list of all namespaces', path: '/apis/networking.k8s.io/v1/networkpolicies', headers: ADMIN, status: 200 },
  { what: 'a list of nothing', path: '/api/v1/namespaces/gloo-system/pods', headers: ADMIN, status: 200 },
  { what: 'a list of a namespace that is not there', path: '/api/v1/namespaces/nowhere/pods', headers: ADMIN, status: 200 },
];

const refusedObjects: Case[] = [
  { what: 'one that is not there', path: `/api/v1${VAULTS}/pods/missing`, headers: ADMIN, status: 404 },
  { what: 'one of a group that is not there', path: `/apis/apps/v1${VAULTS}/deployments/missing`, headers: ADMIN, status: 404 },
  { what: 'one of another namespace', path: '/apis/networking.k8s.io/v1/namespaces/gloo-system/networkpolicies/vault', headers: ADMIN, status: 404 },
  { what: 'a namespace that is not there', path: '/api/v1/namespaces/nowhere', headers: ADMIN, status: 404 },
  { what: 'a kind that is not installed', path: `/apis/cert-manager.io/v1${VAULTS}/certificates/vault`, headers: ADMIN, status: 404 },
  { what: 'an object without a token', path: `/api/v1${VAULTS}/pods/vault-0`, headers: {}, status: 401 },
  { what: 'an object that may not be read', path: `/api/v1${VAULTS}/pods/vault-0`, status: 403 },
  { what: 'one of a group', path: `/apis/apps/v1${VAULTS}/deployments/vault`, status: 403 },
  { what: 'one that is not there and may not be read', path: `/api/v1${VAULTS}/secrets/missing`, status: 403 },
  { what: 'a list', path: `/apis/apps/v1${VAULTS}/deployments`, status: 403 },
  { what: 'a list of all namespaces', path: '/api/v1/pods', status: 403 },
  { what: 'a namespace', path: `/api/v1${VAULTS}`, status: 403 },
  { what: 'the version without a token', path: '/version', headers: {}, status: 401 },
];

/** Status, what a client reads of the headers, and the whole body. */
async function answerOf(server: Compared, { path, method, headers = GOOD, body }: Case) {
  const { status, headers: answered, text } = await ask(server, path, { headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(method === undefined ? {} : { method }), ...(body === undefined ? {} : { body }) });
  return { status, contentType: answered['content-type'], location: answered.location, from: answered['x-from'], body: readBody(text, server) };
}

function readBody(text: string, { endpoint }: Compared): unknown {
  const host = new URL(endpoint).host;
  return text.startsWith('{') ? JSON.parse(text.replaceAll(host, 'API-SERVER')) : text;
}

/** Backends to which no connection comes about, and for how long an API server tries. */
const unconnected: (Case & { readonly seconds: number })[] = [
  { what: 'packets are dropped', path: service('http:dropped:8200'), status: 503, seconds: 30 },
  { what: 'no TLS handshake is answered', path: service('https:silent:8200'), status: 503, seconds: 10 },
];

/** What an audit log says of the last request, but for the moment and for what the stand-in alone tells. */
function recordOf(server: Compared) {
  const { user, verb, resource, name, path, status } = server.requests().at(-1) ?? {};
  return { user, verb, resource, name, path, status };
}

describe.each([
  ['authentication', authentication],
  ['authorization', authorization],
  ["a service's proxy", proxy],
  ["a pod's proxy", pods],
  ["a service account's token", tokens],
])('%s', (_part, cases) => {
  test.each(cases.map((each) => [each.what, each] as const))('%s', async (_what, each) => {
    const [standIn, real] = [await answerOf(both.standIn, each), await answerOf(both.real, each)];
    expect(real.status).toBe(each.status);
    expect(standIn).toEqual(real);
    expect(recordOf(both.standIn)).toEqual(recordOf(both.real));
  });
});

describe('an object that is read', () => {
  type Read = Readonly<Record<string, unknown>> & { readonly items?: readonly Read[]; readonly metadata?: object };
  const OF_ITS_OWN = ['uid', 'resourceVersion', 'creationTimestamp'];
  /** Without what each server gives an object of its own. */
  const applied = ({ metadata = {}, items, ...rest }: Read): Read => {
    const given = Object.entries(metadata).filter(([name]) => !OF_ITS_OWN.includes(name));
    return { ...rest, metadata: Object.fromEntries(given), ...(items ? { items: items.map(applied) } : {}) };
  };

  test.each(objects.map((each) => [each.what, each] as const))('%s', async (_what, each) => {
    const [{ body: standIn, ...answer }, { body: real, ...realAnswer }] = [await answerOf(both.standIn, each), await answerOf(both.real, each)];
    expect(realAnswer.status).toBe(each.status);
    expect(answer).toEqual(realAnswer);
    // The real one fills in defaults besides.
    expect(applied(real as Read)).toMatchObject(applied(standIn as Read));
    const keys = ({ items, metadata = {} }: Read) => ({ list: items && Object.keys(metadata), items: items?.map((item) => ['kind' in item, 'apiVersion' in item]) });
    expect(keys(standIn as Read)).toEqual(keys(real as Read));
    expect(both.standIn.requests().at(-1)).toMatchObject({ user: both.real.requests().at(-1)?.user, path: each.path, status: each.status });
  });

  test('the version: the same fields', async () => {
    const asked: Case = { what: '', path: '/version', status: 200 };
    const [standIn, real] = [await answerOf(both.standIn, asked), await answerOf(both.real, asked)];
    const fieldsOf = ({ body, ...answer }: typeof real) => ({ ...answer, fields: Object.entries(body as object).map(([name, value]) => [name, typeof value]).sort() });
    expect(fieldsOf(standIn)).toEqual(fieldsOf(real));
    expect(real).toMatchObject({ status: asked.status, body: { gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/) as string } });
  });
});

describe('an object that is not', () => {
  test.each(refusedObjects.map((each) => [each.what, each] as const))('%s', async (_what, each) => {
    const [standIn, real] = [await answerOf(both.standIn, each), await answerOf(both.real, each)];
    expect(real.status).toBe(each.status);
    expect(standIn).toEqual(real);
  });
});

describe('a Deployment that is patched', () => {
  const DEPLOYMENT = `/apis/apps/v1${VAULTS}/deployments/vault`;
  const MERGE = 'application/merge-patch+json';
  interface Patched {
    readonly metadata: { readonly generation: number; readonly resourceVersion: string; readonly annotations?: object };
    readonly spec: { readonly template: { readonly metadata: object } };
  }
  const patch = async (server: Compared, body: unknown, { type = MERGE, headers = ADMIN, path = DEPLOYMENT } = {}) => {
    const { status, headers: answered, text } = await ask(server, `${path}?fieldManager=test`, { method: 'PATCH', headers: { ...headers, 'content-type': type }, body: typeof body === 'string' ? body : JSON.stringify(body) });
    return { status, contentType: answered['content-type'], body: readBody(text, server) };
  };
  const read = async (server: Compared) => JSON.parse((await ask(server, DEPLOYMENT, { headers: ADMIN })).text) as Patched;
  const template = (time: string) => ({ spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': time } } } } });

  test.each([
    ['a merge of its template is another generation', template('2026-01-01T00:00:00Z'), MERGE, 1],
    ['the same by a strategic merge is none', template('2026-01-01T00:00:00Z'), 'application/strategic-merge-patch+json', 0],
    ['a strategic merge is one as well', template('2026-01-02T00:00:00Z'), 'application/strategic-merge-patch+json', 1],
    ['an annotation of its own is one too', { metadata: { annotations: { 'gloo-vault-irsa/restarts': 'now' } } }, MERGE, 1],
    ['a label of its own is none', { metadata: { labels: { another: 'label' } } }, MERGE, 0],
    ['null takes away', { metadata: { annotations: { 'gloo-vault-irsa/restarts': null } } }, MERGE, 1],
  ])('%s', async (_what, body, type, generations) => {
    const seen = [];
    for (const server of [both.standIn, both.real]) {
      const { metadata: before } = await read(server);
      const { body: answered, ...answer } = await patch(server, body, { type });
      const { metadata, spec } = await read(server);
      expect((answered as Patched).metadata.resourceVersion).toBe(metadata.resourceVersion);
      seen.push({ ...answer, generations: metadata.generation - before.generation, changed: metadata.resourceVersion !== before.resourceVersion, annotations: Object.keys(metadata.annotations ?? {}), template: JSON.stringify(spec.template.metadata) });
    }
    const [standIn, real] = seen;
    expect(real).toMatchObject({ status: 200, generations });
    expect(standIn).toEqual(real);
  });

  test.each([
    ['made for an earlier version', { metadata: { resourceVersion: '1' }, ...template('2026-01-03T00:00:00Z') }, {}, 409],
    ['of a type that is none', template('2026-01-03T00:00:00Z'), { type: 'application/json' }, 415],
    ['of one that is not there', template('2026-01-03T00:00:00Z'), { path: `/apis/apps/v1${VAULTS}/deployments/missing` }, 404],
    ['by somebody who may not', template('2026-01-03T00:00:00Z'), { headers: GOOD }, 403],
    ['without a token', template('2026-01-03T00:00:00Z'), { headers: {} as typeof ADMIN }, 401],
  ])('a patch %s is refused in the same words', async (_what, body, options, status) => {
    const [standIn, real] = [await patch(both.standIn, body, options), await patch(both.real, body, options)];
    expect(real.status).toBe(status);
    expect(standIn).toEqual(real);
  });
});

test('a backend to which no connection comes about: the same answer, in the same ten seconds', async () => {
  const timed = async (server: Compared, each: Case) => {
    const start = performance.now();
    const answer = await answerOf(server, each);
    return { ...answer, tensOfSeconds: Math.floor((performance.now() - start) / 10_000) };
  };
  const answers = await Promise.all(unconnected.map(async (each) => ({ each, standIn: timed(both.standIn, each), real: await timed(both.real, each) })));
  for (const { each, standIn, real } of answers) {
    expect(real).toMatchObject({ status: each.status, body: { kind: 'Status' }, tensOfSeconds: each.seconds / 10 });
    expect(await standIn).toEqual(real);
  }
}, 60_000);

describe('a backend that takes a request and does not answer', () => {
  const servers = () => [both.standIn, both.real];
  const held: Case = { what: '', path: service(VAULT, '/held'), status: 200 };

  test('hangs the caller until its own time-out, which ends the connection to the backend too', async () => {
    const kept = both.nextHeld(2);
    const timedOut = { status: 'rejected', reason: { name: 'AbortError', cause: { name: 'TimeoutError' } } };
    const asked = servers().map((server) => ask(server, held.path, { headers: GOOD, signal: AbortSignal.timeout(3000) }));
    expect(await Promise.allSettled(asked)).toMatchObject([timedOut, timedOut]);
    await Promise.all((await kept).map(({ gone }) => gone));
  });

  test('its answer passes when it comes', async () => {
    const kept = both.nextHeld(2);
    const asked = servers().map((server) => answerOf(server, held));
    await expect(Promise.race([...asked, kept.then(() => sleep(3000, 'nothing'))])).resolves.toBe('nothing');
    for (const request of await kept) request.answer();
    const [standIn, real] = await Promise.all(asked);
    expect(real).toMatchObject({ status: held.status, body: 'late' });
    expect(standIn).toEqual(real);
  }, 30_000);
});

test('a token for STS: the same answer, but for what is made anew each time, and the same claims, by the same issuer', async () => {
  const order: Case = { what: '', path: TOKEN, method: 'POST', body: tokenRequest({ audiences: ['sts.amazonaws.com'], expirationSeconds: 600 }), status: 201 };
  const seen = [];
  for (const server of [both.standIn, both.real]) {
    const { body, ...answer } = await answerOf(server, order);
    const { metadata, status, ...rest } = body as { metadata: Record<string, unknown>; status: { token: string; expirationTimestamp: string } };
    const verified = await both.issuer.verify(status.token, new Date());
    const claims = JSON.parse(Buffer.from(status.token.split('.')[1] ?? '', 'base64url').toString()) as { iat: number; exp: number; nbf: number; 'kubernetes.io': { serviceaccount: object } };
    const { namespace, name } = metadata;
    const seconds = [claims.exp - claims.iat, claims.nbf - claims.iat, Math.round(Date.parse(status.expirationTimestamp) / 1000 - claims.exp)];
    seen.push({ ...answer, ...rest, namespace, name, verified, claims: Object.keys(claims).sort(), bound: Object.keys(claims['kubernetes.io']), account: Object.keys(claims['kubernetes.io'].serviceaccount), seconds, record: recordOf(server) });
  }
  const [standIn, real] = seen;
  expect(real).toMatchObject({ status: order.status, verified: { subject: 'system:serviceaccount:vault:vault', audiences: ['sts.amazonaws.com'] }, seconds: [600, 0, 0] });
  expect(standIn).toEqual(real);
});

test('every spelling that the role may use was tried', () => {
  const tried = [...proxy, ...pods, ...tokens, ...unconnected].map(({ path }) => path);
  const untried = [...ALLOWED.services.map((name) => service(name, '')), ...ALLOWED.pods.map((name) => pod(name, '')), ...ALLOWED.serviceaccounts.map((name) => `/api/v1/namespaces/vault/serviceaccounts/${name}/token`)].filter((path) => !tried.some((each) => each.startsWith(path)));
  expect(untried).toEqual([]);
});
