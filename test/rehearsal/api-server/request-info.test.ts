import { parseProxyPath, parseSubresourcePath, verbOf } from '../../../rehearsal/api-server/request-info';

const BASE = '/api/v1/namespaces/vault/services/http:vault:8200/proxy';

test('reads namespace, resource, name and prefix', () => {
  expect(parseProxyPath(`${BASE}/v1/sys/health`)).toEqual({
    namespace: 'vault',
    resource: 'services',
    name: 'http:vault:8200',
    path: '/v1/sys/health',
    prefix: BASE,
  });
  expect(parseProxyPath('/api/v1/namespaces/vault/pods/https:vault-0:8200/proxy/v1')).toMatchObject({
    resource: 'pods',
    name: 'https:vault-0:8200',
  });
});

test.each([
  ['', ''],
  ['/', '/'],
  ['/v1/auth/', '/v1/auth/'],
  ['/v1//auth///aws', '/v1/auth/aws'],
  ['/v1/secret/../auth', '/v1/auth'],
  ['/v1/./auth', '/v1/auth'],
  ['/v1/a b/100%/ä?', '/v1/a%20b/100%25/%C3%A4%3F'],
  ["/v1/a-_.~$&+,:;=@!'()*", '/v1/a-_.~$&+,:;=@%21%27%28%29%2A'],
])('%p arrives at the backend as %p', (decoded, path) => {
  expect(parseProxyPath(BASE + decoded)?.path).toBe(path);
});

test.each([
  '/',
  '/version',
  '/api/v1/namespaces/vault/services/http:vault:8200',
  '/api/v1/namespaces/vault/services/http:vault:8200/status',
  '/api/v1/namespaces/vault/secrets/http:vault:8200/proxy/v1',
  '/apis/apps/v1/namespaces/vault/services/x/proxy/v1',
  '/api/v1/nodes/n/proxy/metrics',
])('%p is no proxy of a service or pod', (path) => {
  expect(parseProxyPath(path)).toBeUndefined();
});

test.each([
  ['/api/v1/namespaces/gateway/serviceaccounts/gloo/token', { namespace: 'gateway', resource: 'serviceaccounts', name: 'gloo', subresource: 'token' }],
  ['/api/v1/namespaces/gateway/serviceaccounts/gloo', undefined],
  ['/api/v1/namespaces/gateway/serviceaccounts/gloo/token/more', undefined],
  ['/apis/v1/namespaces/gateway/serviceaccounts/gloo/token', undefined],
])('reads the subresource of an object: %s', (path, found) => {
  expect(parseSubresourcePath(path)).toEqual(found);
});

test('methods become verbs as in Kubernetes', () => {
  expect(['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'LIST', 'OPTIONS'].map(verbOf)).toEqual([
    'get',
    'get',
    'update',
    'create',
    'patch',
    'delete',
    '',
    '',
  ]);
});
