import { startApiServer, type ApiServer } from '../../../rehearsal/api-server/api-server';
import type { TokenOrder } from '../../../rehearsal/api-server/token-request';
import { createCertificateAuthority, type CertificateAuthority } from '../../../rehearsal/certificate-authority';
import { ask } from './client';
import { apiServerOptions, GOOD, USER } from './fixture';

let ca: CertificateAuthority;
let api: ApiServer;
const made: TokenOrder[] = [];

const options = () => apiServerOptions(ca, () => undefined);
beforeAll(async () => (ca = await createCertificateAuthority('Rehearsal CA')));
beforeEach(async () => {
  made.length = 0;
  api = await startApiServer({
    ...options(),
    makeToken: (each) => {
      made.push(each);
      return Promise.resolve(each.serviceAccount === 'gone' ? undefined : 'a.signed.token');
    },
  });
});
afterEach(() => api.close());

const path = (name: string) => `/api/v1/namespaces/vault/serviceaccounts/${name}/token`;
const order = (spec: unknown = { audiences: ['sts.amazonaws.com'], expirationSeconds: 600 }) => JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });
const post = (name: string, body = order()) => ask(api, path(name), { headers: GOOD, method: 'POST', body });
const parsed = async (answer: Promise<{ status: number; text: string }>) => {
  const { status, text } = await answer;
  return { status, body: JSON.parse(text) as Record<string, unknown> };
};

test('a token is made for who may ask for it, and comes as a TokenRequest', async () => {
  const { status, body } = await parsed(post('gloo'));
  expect(status).toBe(201);
  expect(body).toEqual({
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name: 'gloo', namespace: 'vault', creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/) as unknown },
    spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: 600, boundObjectRef: null },
    status: { token: 'a.signed.token', expirationTimestamp: expect.stringMatching(/Z$/) as unknown },
  });
  expect(made).toEqual([{ namespace: 'vault', serviceAccount: 'gloo', audiences: ['sts.amazonaws.com'], expiresIn: 600 }]);
  expect(api.requests.at(-1)).toMatchObject({ verb: 'create', resource: 'serviceaccounts/token', name: 'gloo', status: 201 });
});

test('no token is made for an account that RBAC does not name', async () => {
  expect(await parsed(post('default'))).toMatchObject({
    status: 403,
    body: {
      message: `serviceaccounts "default" is forbidden: User "${USER}" cannot create resource "serviceaccounts/token" in API group "" in the namespace "vault"`,
      details: { name: 'default', kind: 'serviceaccounts' },
    },
  });
  expect(made).toEqual([]);
});

test('a token of an account that does not exist is 404', async () => {
  expect(await parsed(post('gone'))).toMatchObject({
    status: 404,
    body: { kind: 'Status', message: 'serviceaccounts "gone" not found', reason: 'NotFound', details: { name: 'gone', kind: 'serviceaccounts' } },
  });
});

test.each([
  ['too short a life', order({ expirationSeconds: 60 }), 422, 'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes'],
  ['too long a life', order({ expirationSeconds: 2 ** 33 }), 422, 'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32 seconds'],
  ['another kind', JSON.stringify({ kind: 'Pod' }), 400, 'the object provided is unrecognized (must be of type TokenRequest)'],
  ['no JSON', '<html>', 400, 'the object provided is unrecognized (must be of type TokenRequest)'],
])('a token asked for with %s is refused', async (_what, body, status, message) => {
  expect(await parsed(post('gloo', body))).toMatchObject({ status, body: { kind: 'Status', message } });
  expect(made).toEqual([]);
});

test('a token is asked for by POST alone', async () => {
  expect((await ask(api, path('gloo'), { headers: GOOD })).status).toBe(405);
});

test('no token can be had where nobody makes any', async () => {
  await api.close();
  api = await startApiServer(options());
  expect((await post('gloo')).status).toBe(404);
});
