import { ServiceAccountTokens } from '../../../lib/gloo/proof/service-account-tokens';
import { Http } from '../../../lib/vault/client/http';
import { listening } from '../../vault/client/listening';

let http: Http;
beforeEach(() => (http = new Http(undefined, 5000)));
afterEach(() => http.close());

interface Seen {
  method?: string | undefined;
  url?: string | undefined;
  authorization?: string | undefined;
  body?: unknown;
}

async function issue(status: number, answer: unknown, seen: Seen = {}) {
  const endpoint = await listening((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method, url, headers } = request;
      Object.assign(seen, { method, url, authorization: headers.authorization, body: JSON.parse(body) as unknown });
      response.writeHead(status, { 'content-type': 'application/json' }).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  return new ServiceAccountTokens({ http, endpoint, headers: { authorization: 'Bearer x' } }).issue('gateway', 'discovery');
}
const status = (code: number, message: string) => ({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code });
const WHAT = 'POST serviceaccounts/discovery/token in gateway';

test('a token for STS, for as short as the API server gives it', async () => {
  const seen: Seen = {};
  expect(await issue(201, { kind: 'TokenRequest', status: { token: 'a.b.c' } }, seen)).toBe('a.b.c');
  expect(seen).toEqual({
    method: 'POST',
    url: '/api/v1/namespaces/gateway/serviceaccounts/discovery/token',
    authorization: 'Bearer x',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: 600 } },
  });
});

test.each([
  [403, status(403, 'no'), { name: 'Refused', awaiting: 'settling', said: `${WHAT} was answered by the API server with 403 (no)` }],
  [404, status(404, 'gone'), { name: 'Refused', awaiting: undefined, said: `${WHAT} was answered by the API server with 404 (gone)` }],
  [401, status(401, 'Unauthorized'), { name: 'Setback', awaiting: 'settling' }],
  [429, status(429, 'too many requests'), { name: 'Setback', awaiting: 'passing', message: `${WHAT}: the API server answered 429 (too many requests).` }],
  [502, '<html>', { name: 'Setback', awaiting: 'passing', message: `${WHAT} was answered with 502 and no token. Something else answers for the API server.` }],
  [201, { status: {} }, { name: 'Setback', awaiting: 'passing', message: `${WHAT} was answered with 201 and no token. Something else answers for the API server.` }],
])('no token: %i', async (code, answer, failure) => {
  await expect(issue(code, answer)).rejects.toMatchObject(failure);
});

test('no answer', async () => {
  const tokens = new ServiceAccountTokens({ http, endpoint: 'http://127.0.0.1:1', headers: {} });
  await expect(tokens.issue('gateway', 'discovery')).rejects.toMatchObject({ name: 'Setback', awaiting: 'starting', message: expect.stringContaining(`${WHAT} had no answer from the API server: connect ECONNREFUSED`) as unknown });
});
