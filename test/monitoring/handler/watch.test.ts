import type { RequestListener } from 'node:http';
import { CLUSTER } from '../synthesized';
import { glooPage } from '../../../rehearsal/gloo/gloo-page';
import { startWatched, type Watched } from './watched';

const NOW = 1_795_478_384;
const json = (status: number, body: unknown): RequestListener => (_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const page = (text: string, status = 200): RequestListener => (_, response) => response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
const sealStatus = (initialized: boolean, sealed: boolean) => json(200, { type: 'awskms', initialized, sealed, t: 3, n: 5, version: '2.0.4', storage_type: 'raft' });
const silence: RequestListener = () => undefined;
const standsBy = { initialized: true, sealed: false, standby: true, version: '2.0.4' };

const WELL = { Cluster: CLUSTER, SealedPods: 0, UnreachablePods: 0, Leader: 1, SealKeyUsable: 1, GlooReachable: 1, GlooLoggedOut: 0, GlooLoginFailures: 0, GlooRenewalFailures: 0 };

let watched: Watched;
const said: string[] = [];
beforeAll(async () => {
  watched = await startWatched();
});
afterAll(() => watched?.close());
beforeEach(() => {
  Object.assign(watched.backends, {
    'vault-active': json(200, { ...standsBy, standby: false }),
    'vault-0': sealStatus(true, false),
    'vault-1': sealStatus(true, false),
    'vault-2': sealStatus(true, false),
    gloo: page(glooPage({ login_successes: 1, last_login_success: NOW })),
  });
  watched.aws.keys.enableKey(watched.input.sealKeyArn);
});

const look = async (...options: Parameters<Watched['look']>) => {
  const seen = await watched.look(...options);
  said.push(...seen.said, seen.failure ?? '', JSON.stringify(seen.metrics));
  return seen;
};

test('all is well: five GETs and one DescribeKey, with no token of Vault’s', async () => {
  const headers: string[] = [];
  const record: (next: RequestListener) => RequestListener = (next) => (request, response) => {
    headers.push(...Object.keys(request.headers));
    next(request, response);
  };
  for (const [name, backend] of Object.entries(watched.backends)) if (typeof backend === 'function') watched.backends[name] = record(backend);
  const [before, toAws] = [watched.api.requests.length, watched.aws.requests.length];
  expect(await look()).toEqual({ metrics: WELL, said: [] });
  const requests = watched.api.requests.slice(before);
  expect(requests.map(({ verb, name, path, status }) => [verb, name, path.replace(/.*\/proxy/, ''), status]).sort()).toEqual([
    ['get', 'http:gloo:9091', '/metrics', 200],
    ['get', 'https:vault-0:8200', '/v1/sys/seal-status', 200],
    ['get', 'https:vault-1:8200', '/v1/sys/seal-status', 200],
    ['get', 'https:vault-2:8200', '/v1/sys/seal-status', 200],
    ['get', 'https:vault-active:8200', '/v1/sys/health', 200],
  ]);
  expect(watched.aws.requests.slice(toAws).map(({ action }) => action).filter((action) => action !== 'GetCallerIdentity')).toEqual(['DescribeKey']);
  expect(headers).not.toContain('x-vault-token');
});

describe('pods', () => {
  test('one is sealed', async () => {
    watched.backends['vault-1'] = sealStatus(true, true);
    expect(await look()).toEqual({ metrics: { ...WELL, SealedPods: 1 }, said: ['pods of Vault, in their order: open, sealed, open'] });
  });

  test('none is initialised', async () => {
    for (const pod of ['vault-0', 'vault-1', 'vault-2']) watched.backends[pod] = sealStatus(false, true);
    watched.backends['vault-2'] = sealStatus(false, false);
    watched.backends['vault-active'] = 'absent';
    expect((await look()).metrics).toEqual({ ...WELL, SealedPods: 3, Leader: 0 });
  });

  test('none is reachable', async () => {
    Object.assign(watched.backends, { 'vault-0': 'gone', 'vault-1': 'absent', 'vault-2': json(502, {}), 'vault-active': 'absent' });
    const { metrics, said: lines, failure } = await look();
    expect(metrics).toEqual({ ...WELL, UnreachablePods: 3, Leader: 0 });
    expect(failure).toBeUndefined();
    expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(/^vault\/https:vault-0:8200: the API server answered 503 \(.*connection refused/), expect.stringContaining('vault/https:vault-active:8200')]));
  });

  test('one hangs: it is lost, and the others are not waited for any longer', async () => {
    watched.backends['vault-2'] = silence;
    const started = Date.now();
    const { metrics, said: lines } = await look({ requestTimeout: 600 });
    expect(metrics).toEqual({ ...WELL, UnreachablePods: 1 });
    expect(lines).toEqual([expect.stringContaining('vault/https:vault-2:8200: no answer from the API server: no answer within 600 ms (ETIMEDOUT)')]);
    expect(Date.now() - started).toBeLessThan(2500);
  });

  test.each(['<html>502</html>', '[]', '{"sealed":false}', ''])('an answer that is not Vault’s is none: %j', async (text) => {
    watched.backends['vault-0'] = page(text);
    expect((await look()).metrics).toEqual({ ...WELL, UnreachablePods: 1 });
  });
});

test.each<[string, RequestListener | 'absent']>([
  ['no pod is the leader', 'absent'],
  ['a standby answers', json(429, standsBy)],
  ['a standby redirects', (_, response) => response.writeHead(307, { location: 'https://10.0.0.7:8200/v1/sys/health' }).end()],
  ['a sealed Vault answers', json(503, { initialized: true, sealed: true, standby: true })],
  ['an uninitialised Vault answers', json(501, { initialized: false, sealed: true, standby: true })],
  ['something else answers', page('welcome')],
])('no leader: %s', async (_, backend) => {
  watched.backends['vault-active'] = backend;
  const { metrics, failure } = await look();
  expect([metrics, failure]).toEqual([{ ...WELL, Leader: 0 }, undefined]);
});

describe('the seal’s key', () => {
  const unknown = Object.fromEntries(Object.entries(WELL).filter(([name]) => name !== 'SealKeyUsable'));

  test('is disabled', async () => {
    watched.aws.keys.disableKey(watched.input.sealKeyArn);
    expect(await look()).toEqual({ metrics: { ...WELL, SealKeyUsable: 0 }, said: ["the seal's key is in the state Disabled"] });
  });

  test('waits for its deletion', async () => {
    watched.aws.keys.scheduleDeletion(watched.input.sealKeyArn);
    expect(await look()).toEqual({ metrics: { ...WELL, SealKeyUsable: 0 }, said: ["the seal's key is in the state PendingDeletion"] });
  });

  test('is gone', async () => {
    const sealKeyArn = watched.input.sealKeyArn.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000');
    expect((await look({ input: { sealKeyArn } })).metrics).toEqual({ ...WELL, SealKeyUsable: 0 });
  });

  test('another key may not be asked for, and then nothing is known', async () => {
    const sealKeyArn = watched.aws.keys.key('alias/aws/s3').arn;
    const { metrics, said: lines, failure } = await look({ input: { sealKeyArn } });
    expect([metrics, failure]).toEqual([unknown, undefined]);
    expect(lines).toEqual([`kms:DescribeKey of ${sealKeyArn} was answered with AccessDeniedException. The function's execution role needs it on this key: check its policy, the key's, and that no permission boundary or SCP takes it away.`]);
  });

  test('KMS is not reachable, or throttles', async () => {
    const { metrics, said: lines } = await look({ env: { AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1:1' } });
    expect(metrics).toEqual(unknown);
    expect(lines).toEqual([expect.stringContaining('had no answer from 127.0.0.1:1: connect ECONNREFUSED')]);
    watched.aws.throttleNext('kms', 1);
    expect((await look()).metrics).toEqual(unknown);
  });
});

describe('Gloo', () => {
  test('is logged out', async () => {
    watched.backends.gloo = page(glooPage({ login_successes: 1, last_login_success: NOW - 900, login_failures: 3, last_login_failure: NOW, renew_failures: 1, last_renew_failure: NOW - 1 }));
    expect((await look()).metrics).toEqual({ ...WELL, GlooLoggedOut: 1, GlooLoginFailures: 3, GlooRenewalFailures: 1 });
  });

  test('has never failed, and shows no series for it', async () => {
    watched.backends.gloo = page(glooPage({ login_successes: 2, last_login_success: NOW, renew_successes: 7, last_renew_success: NOW }));
    expect((await look()).metrics).toEqual(WELL);
  });

  const blind = { Cluster: CLUSTER, SealedPods: 0, UnreachablePods: 0, Leader: 1, SealKeyUsable: 1, GlooReachable: 0 };
  test.each<[string, RequestListener | 'gone' | 'absent', string]>([
    ['is down', 'gone', 'gloo-system/http:gloo:9091: the API server answered 503'],
    ['has no pod', 'absent', 'gloo-system/http:gloo:9091: the API server answered 503 (no endpoints available'],
    ['has another page', page('<html></html>'), "Gloo's metrics were answered with HTTP 200 and text/plain; version=0.0.4; charset=utf-8: no metrics of Prometheus"],
    ['fails', page('# TYPE x counter\n', 500), "Gloo's metrics were answered with HTTP 500"],
  ])('%s: then nothing is known of its logins', async (_, backend, words) => {
    watched.backends.gloo = backend;
    const { metrics, said: lines, failure } = await look();
    expect([metrics, failure]).toEqual([blind, undefined]);
    expect(lines).toEqual([expect.stringContaining(words)]);
  });

  test('a Role that is missing in its namespace does not hide Vault', async () => {
    const { metrics, said: lines, failure } = await look({ input: { gloo: { namespace: 'elsewhere', service: 'http:gloo:9091' } } });
    expect([metrics, failure]).toEqual([blind, undefined]);
    expect(lines).toEqual([expect.stringMatching(/^elsewhere\/http:gloo:9091: the API server answered 403 .*The Role and RoleBinding "vault-watch" in its namespace must allow get/)]);
  });
});

describe('the API server cannot be asked: the function fails, and what KMS says is written still', () => {
  const KEY_ALONE = { Cluster: CLUSTER, SealKeyUsable: 1 };

  test('it does not know the role yet', async () => {
    watched.api.delayAccessEntries(60_000);
    const { metrics, failure } = await look();
    watched.api.delayAccessEntries(0);
    expect([metrics, failure]).toEqual([
      KEY_ALONE,
      expect.stringMatching(/^Nothing was seen through the API server, at https:\/\/127\.0\.0\.1:\d+\. vault\/https:vault-active:8200: the API server answered 401 \(Unauthorized\)\. It does not know the function's IAM role/),
    ]);
  });

  test('the token is for another cluster', async () => {
    const { metrics, failure } = await look({ input: { cluster: { ...watched.input.cluster, name: 'another' } } });
    expect([metrics, failure]).toEqual([{ Cluster: 'another', SealKeyUsable: 1 }, expect.stringContaining('answered 401')]);
  });

  test('it is gone', async () => {
    const { metrics, failure } = await look({ input: { cluster: { ...watched.input.cluster, endpoint: 'https://127.0.0.1:1' } } });
    expect([metrics, failure]).toEqual([KEY_ALONE, expect.stringContaining('ECONNREFUSED')]);
  });

  test('it is another cluster’s', async () => {
    const { metrics, failure } = await look({ input: { cluster: { ...watched.input.cluster, certificateAuthority: Buffer.from('').toString('base64') } } });
    expect([metrics, failure]).toEqual([KEY_ALONE, expect.stringMatching(/UNABLE_TO_VERIFY|SELF_SIGNED|ISSUER/)]);
  });

  test('it hangs', async () => {
    watched.api.failNext(5, 'hang');
    const { metrics, failure } = await look({ requestTimeout: 500 });
    expect([metrics, failure]).toEqual([KEY_ALONE, expect.stringContaining('no answer within 500 ms (ETIMEDOUT)')]);
  });

  test('it is down behind its load balancer: that is an answer, of nobody who could be reached', async () => {
    watched.api.failNext(5, 'html');
    const { metrics, failure } = await look();
    expect([metrics, failure]).toEqual([{ Cluster: CLUSTER, SealedPods: 0, UnreachablePods: 3, Leader: 0, SealKeyUsable: 1, GlooReachable: 0 }, undefined]);
  });
});

test('nothing secret was said', () => {
  const all = said.join('\n');
  expect(said.length).toBeGreaterThan(20);
  expect(all.match(/hv[sbr]\.[\w-]{8,}|k8s-aws-v1\.\w+|A[SK]IA\w{8,}|Signature=\w+|X-Amz-(Signature|Credential|Security-Token)=[^*]/gi)).toBeNull();
});
