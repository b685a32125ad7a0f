import { answerObject, namespaceToAuthorize, parseObjectPath, type ObjectRequest } from '../../../rehearsal/api-server/objects';

const objects = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'b', name: 'two' } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'a', name: 'one' } },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { namespace: 'a', name: 'vault' }, spec: {} },
];
const ask = (path: string) => {
  const request = parseObjectPath(path);
  return request && answerObject(request, objects);
};

test.each([
  ['/api/v1/namespaces/a/pods/p', { apiGroup: '', version: 'v1', resource: 'pods', namespace: 'a', name: 'p' }],
  ['/apis/apps/v1/namespaces/a/deployments', { apiGroup: 'apps', version: 'v1', resource: 'deployments', namespace: 'a', name: '' }],
  ['/api/v1/namespaces/a', { apiGroup: '', version: 'v1', resource: 'namespaces', namespace: '', name: 'a' }],
  ['/apis/storage.k8s.io/v1/storageclasses', { apiGroup: 'storage.k8s.io', version: 'v1', resource: 'storageclasses', namespace: '', name: '' }],
  ['/version', undefined],
  ['/api/v1/namespaces/a/pods/p/log', undefined],
])('%s', (path, request) => expect(parseObjectPath(path)).toEqual(request));

test('one, a list of a namespace, a list of all', () => {
  expect(ask('/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/vault')).toEqual({ body: objects[2] });
  expect(ask('/api/v1/namespaces/a/serviceaccounts')).toEqual({
    body: { kind: 'ServiceAccountList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [{ metadata: { namespace: 'a', name: 'one' } }] },
  });
  expect(ask('/api/v1/serviceaccounts')).toMatchObject({ body: { items: [{ metadata: { name: 'one' } }, { metadata: { name: 'two' } }] } });
});

test('what is not there, and what is not served', () => {
  expect(ask('/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/other')).toMatchObject({
    status: {
      code: 404,
      reason: 'NotFound',
      message: 'networkpolicies.networking.k8s.io "other" not found',
      details: { name: 'other', group: 'networking.k8s.io', kind: 'networkpolicies' },
    },
  });
  expect(ask('/api/v1/namespaces/b/serviceaccounts/one')).toMatchObject({ status: { message: 'serviceaccounts "one" not found' } });
  expect(ask('/apis/cert-manager.io/v1/namespaces/a/certificates/x')).toBe('page');
});

test('a Namespace is in itself, for the Roles that decide', () => {
  const namespaceOf = (path: string) => namespaceToAuthorize(parseObjectPath(path) as ObjectRequest);
  expect(['/api/v1/namespaces/a', '/api/v1/namespaces/a/pods/p', '/api/v1/namespaces', '/api/v1/nodes/n'].map(namespaceOf)).toEqual(['a', 'a', '', '']);
});
