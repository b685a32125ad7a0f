import { differences, readable, resourceDifferences, unfolded } from '../../review/differences';

test('mappings by key, lists by what they hold', () => {
  expect(differences({ a: 1, b: { c: 'x' } }, { a: 1, b: { c: 'y', d: true } })).toEqual([
    { path: 'b.c', before: 'x', after: 'y' },
    { path: 'b.d', after: 'true' },
  ]);
  expect(differences({ rules: ['a', 'b', 'c'] }, { rules: ['a', 'new', 'b', 'c'] })).toEqual([{ path: 'rules.1', after: 'new' }]);
  expect(differences({ rules: [{ port: 1 }, { port: 2 }] }, { rules: [{ port: 1 }, { port: 3 }] })).toEqual([{ path: 'rules.1.port', before: '2', after: '3' }]);
  expect(differences(['a', 'a', 'b'], ['a', 'b'])).toEqual([{ path: '1', before: 'a' }]);
  expect(differences(['a', 'b'], ['b', 'a'])).toEqual([{ path: '(order)', before: '["a","b"]', after: '["b","a"]' }]);
  expect(differences([{ name: 'a', port: 1 }], [{ name: 'b' }, { name: 'a', port: 2 }])).toEqual([
    { path: '0.port', before: '1', after: '2' },
    { path: '0', after: '{"name":"b"}' },
  ]);
  expect(differences([], [])).toEqual([]);
});

test.each([
  [{ Ref: 'Key' }, '${Key}'],
  [{ 'Fn::GetAtt': ['Role', 'Arn'] }, '${Role.Arn}'],
  [{ 'Fn::GetStackOutput': { StackName: 'prod-Cluster', OutputName: 'Endpoint' } }, '${prod-Cluster.Endpoint}'],
  [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam']] }, 'arn:${AWS::Partition}:iam'],
  [{ 'Fn::Select': [1, { 'Fn::Split': ['//', { Ref: 'Issuer' }] }] }, '${Issuer[1]}'],
  [{ 'Fn::ImportValue': 'x' }, '${import x}'],
  [{ Ref: 'a', other: 'b' }, { Ref: 'a', other: 'b' }],
  ['text', 'text'],
])('%j reads as %j', (value, text) => {
  expect(readable(value)).toEqual(text);
});

test('JSON in a text is opened, references in it and all; what only looks like it stays', () => {
  expect(unfolded({ 'Fn::Join': ['', ['{"key":"', { Ref: 'Key' }, '"}']] })).toEqual({ key: '${Key}' });
  expect(unfolded('{not json')).toBe('{not json');
});

test('a manifest by its objects, long values and hashes cut', () => {
  const manifest = (rules: readonly string[]) => ({ Type: 'Custom::AWSCDK-EKS-KubernetesResource', Properties: { Manifest: JSON.stringify([{ kind: 'Role', metadata: { name: 'r', namespace: 'n' }, rules }, { kind: 'Namespace', metadata: { name: 'n' } }]) } });
  expect(resourceDifferences(manifest(['get']), manifest(['get', 'list']))).toEqual([{ path: 'Manifest.Role n/r.rules.1', after: 'list' }]);
  const [found] = differences('0123456789abcdef'.repeat(4), 'x'.repeat(400));
  expect(found?.before).toBe('01234567…');
  expect(found?.after).toHaveLength(300);
});
