import { answerObject, deletable, listOptionsOf, namespaceToAuthorize, parseObjectPath, type ObjectRequest } from '../../../rehearsal/api-server/objects';

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
  expect(ask('/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/vault')).toMatchObject({ body: objects[2]! });
  expect(ask('/api/v1/namespaces/a/serviceaccounts')).toMatchObject({
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

describe('of Secrets', () => {
  const secret = (name: string, labels: Readonly<Record<string, string>>) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'a', name, labels }, data: { release: 'eA==' } });
  const secrets = [secret('one', { owner: 'helm', name: 'x' }), secret('two', { owner: 'helm', name: 'y' })];
  const [list, one] = [parseObjectPath('/api/v1/namespaces/a/secrets')!, parseObjectPath('/api/v1/namespaces/a/secrets/one')!];
  const metadataOf = (answer: unknown) => (answer as { body: { metadata: { uid: string; resourceVersion: string; creationTimestamp: string } } }).body.metadata;

  test('a list by labels, of metadata alone', () => {
    const options = listOptionsOf('?labelSelector=owner%3Dhelm%2Cname%3Dx', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io');
    const { body } = answerObject(list, secrets, options) as { body: { kind: string; items: object[] } };
    expect(body.kind).toBe('PartialObjectMetadataList');
    expect(body.items).toEqual([{ apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata: expect.objectContaining({ name: 'one' }) as object }]);
    expect(answerObject(list, secrets, listOptionsOf(''))).toMatchObject({ body: { kind: 'SecretList', items: [{ data: { release: 'eA==' } }, {}] } });
  });

  test('each has an identity while its metadata stays, and a version while it stays as a whole', () => {
    const first = metadataOf(answerObject(one, secrets));
    expect(metadataOf(answerObject(one, secrets))).toEqual(first);
    const changed = metadataOf(answerObject(one, [{ ...secrets[0]!, data: {} }]));
    expect([changed.uid === first.uid, changed.resourceVersion === first.resourceVersion]).toEqual([true, false]);
    expect(metadataOf(answerObject(one, [secret('one', {})])).uid).not.toBe(first.uid);
  });

  test('only what was seen is deleted', () => {
    const { uid, resourceVersion } = metadataOf(answerObject(one, secrets));
    expect(deletable(one, secrets, undefined)).toEqual({ object: secrets[0] });
    expect(deletable(one, secrets, { preconditions: { uid, resourceVersion } })).toEqual({ object: secrets[0] });
    expect(deletable(one, secrets, { preconditions: { uid: 'other' } })).toMatchObject({ status: { code: 409, reason: 'Conflict' } });
    expect(deletable(one, secrets, { preconditions: { uid, resourceVersion: '0' } })).toMatchObject({
      status: { message: `Operation cannot be fulfilled on secrets "one": Precondition failed: ResourceVersion in precondition: 0, ResourceVersion in object meta: ${resourceVersion}` },
    });
    expect(deletable(one, [], undefined)).toMatchObject({ status: { code: 404, message: 'secrets "one" not found' } });
  });
});
