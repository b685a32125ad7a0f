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
  [{ 'Fn::If': ['IsChina', { Ref: 'Here' }, 'a "quoted" one'] }, '${If [IsChina, ${Here}, a quoted one]}'],
  [{ 'Fn::Select': [0, { 'Fn::GetAZs': 'us-east-1' }] }, '${Select [0, ${GetAZs us-east-1}]}'],
  [{ 'Fn::Sub': ['${a}', { a: 'b' }] }, '${Sub [${a}, {a: b}]}'],
  [{ Ref: 'a', other: 'b' }, { Ref: 'a', other: 'b' }],
  ['text', 'text'],
])('%j reads as %j', (value, text) => {
  expect(readable(value)).toEqual(text);
});

test('JSON in a text is opened, references in it and all; what only looks like it stays', () => {
  expect(unfolded({ 'Fn::Join': ['', ['{"key":"', { Ref: 'Key' }, '"}']] })).toEqual({ key: '${Key}' });
  expect(unfolded({ 'Fn::Join': ['', ['{"key":"', { 'Fn::If': ['A', 'b', 'c"'] }, '"}']] })).toEqual({ key: '${If [A, b, c ]}' });
  expect(unfolded('{not json')).toBe('{not json');
});

test('a manifest by its objects, long values and hashes cut', () => {
  const manifest = (rules: readonly string[]) => ({ Type: 'Custom::AWSCDK-EKS-KubernetesResource', Properties: { Manifest: JSON.stringify([{ kind: 'Role', metadata: { name: 'r', namespace: 'n' }, rules }, { kind: 'Namespace', metadata: { name: 'n' } }]) } });
  expect(resourceDifferences(manifest(['get']), manifest(['get', 'list']))).toEqual([{ path: 'Manifest.Role n/r.rules.1', after: 'list' }]);
  const [found] = differences('0123456789abcdef'.repeat(4), 'x'.repeat(400));
  expect(found?.before).toBe('01234567…');
  expect(found?.after).toHaveLength(300);
});

test('a text of several lines by its lines, and a long one around the first difference', () => {
  const hcl = (seal: string) => [...Array.from({ length: 30 }, (_, index) => `option_${index} = "${'x'.repeat(30)}"`), `seal "${seal}" {}`].join('\n');
  expect(differences({ config: hcl('awskms') }, { config: hcl('transit') })).toEqual([{ path: 'config.30', before: 'seal "awskms" {}', after: 'seal "transit" {}' }]);
  const [found] = differences(`${'a'.repeat(1000)}old${'b'.repeat(1000)}`, `${'a'.repeat(1000)}new${'b'.repeat(1000)}`);
  expect([found?.before, found?.after]).toEqual(['old', 'new'].map((text) => `…${'a'.repeat(150)}${text}${'b'.repeat(145)}…`));
  const ends = differences(`${'a'.repeat(1000)}1`, `${'a'.repeat(1000)}2`);
  expect(ends).toEqual([{ path: '', before: `…${'a'.repeat(150)}1`, after: `…${'a'.repeat(150)}2` }]);
  const hash = (last: string) => `0123456789abcdef${'0'.repeat(47)}${last}`;
  expect(differences(hash('1'), hash('2'))).toEqual([{ path: '', before: hash('1'), after: hash('2') }]);
});

test('what is made and too long for one line is shown part by part', () => {
  const rules = Array.from({ length: 12 }, (_, index) => ({ resources: [`resource-${index}-${'x'.repeat(20)}`], verbs: ['get'] }));
  const found = differences({}, { Manifest: { 'ClusterRole r': { rules: [...rules, { verbs: ['*'] }] } } });
  expect(found).toHaveLength(13);
  expect(found.at(-1)).toEqual({ path: 'Manifest.ClusterRole r.rules.12', after: '{"verbs":["*"]}' });
  expect(differences({ a: 'line\n'.repeat(100) }, {})).toContainEqual({ path: 'a.99', before: 'line' });
});
