import { build, missingParts, type Parts } from '../../../cli/gloo-secret/build';
import { inspectValue } from '../../../cli/gloo-secret/inspect';
import { kinds, type Kind } from '../../../cli/gloo-secret/kinds';
import { readable } from '../../../cli/gloo-secret/secret-message';
import { secretOf } from '../../../rehearsal/gloo/secret-list';
import written from './fixtures/written-by-gloo.json';
import { fc } from '../../property';

const KEY = { namespace: 'kinds', name: 'a' };
const NOW = new Date('2026-11-24T12:00:00Z');
const parts = (entries: Readonly<Record<string, string>>): Parts => new Map(Object.entries(entries).map(([name, text]) => [name, Buffer.from(text)]));
const kind = (name: string): Kind => {
  const found = kinds.find((candidate) => candidate.name === name);
  if (!found) throw new Error(name);
  return found;
};

describe("every kind is built as Gloo's own client writes it", () => {
  const given: Readonly<Record<keyof typeof written.secrets, () => unknown>> = {
    aws: () => build(kind('aws'), parts({ 'access-key': 'example-access-key', 'secret-key': 'example-secret-key', 'session-token': 'example-session-token' }), { ...KEY, name: 'aws' }),
    azure: () => build(kind('azure'), parts({ _master: 'm', function: 'f' }), { ...KEY, name: 'azure' }),
    tls: () => build(kind('tls'), new Map([...parts({ cert: 'CERTIFICATE\n', key: 'KEY\n', ca: 'CERTIFICATE\n' }), ['ocsp-staple', Buffer.from('fbfffe30', 'hex')]]), { ...KEY, name: 'tls' }),
    oauth: () => build(kind('oauth'), parts({ 'client-secret': 'c' }), { ...KEY, name: 'oauth' }),
    header: () => build(kind('header'), parts({ authorization: 'a', 'x-other': 'o' }), { ...KEY, name: 'header' }),
    credentials: () => build(kind('basic-auth'), parts({ username: 'u', password: 'p' }), { ...KEY, name: 'credentials' }),
    encryption: () => build(kind('encryption'), parts({ key: '0123456789abcdef0123456789abcdef' }), { ...KEY, name: 'encryption' }),
    extensions: () => build(kind('extensions'), parts({ plugin: 'n: 1.5\ns: t\nz: null\n' }), { ...KEY, name: 'extensions' }),
    'api-key': () => ({
      ...build(kind('api-key'), parts({ 'api-key': 'k' }), { ...KEY, name: 'api-key' }, { labels: { team: 'infra' }, annotations: { note: 'x' } }),
      // Of an Enterprise store other than Vault: nothing here writes them.
      apiKey: { apiKey: 'k', labels: ['team=infra'], metadata: { 'user-id': 'u' }, uuid: '6f0a5a50-5d6f-4f7e-9c4e-6d7e55d8e2c1' },
    }),
  };

  test.each(Object.keys(written.secrets) as (keyof typeof written.secrets)[])('%s', (name) => {
    expect(given[name]()).toEqual(written.secrets[name]);
  });

  test('none is left out', () => {
    const fields = Object.values(written.secrets).flatMap((value) => Object.keys(value).filter((field) => field !== 'metadata'));
    expect(fields.sort()).toEqual(kinds.map(({ field }) => field).sort());
  });

  test("an API key's holder", () => {
    expect(build(kind('api-key'), parts({ 'api-key': 'k' }), KEY, { holder: { 'user-id': 'u' } })).toEqual({ apiKey: { apiKey: 'k', metadata: { 'user-id': 'u' } }, metadata: { name: 'a', namespace: 'kinds' } });
  });
});

describe('what is refused', () => {
  test.each([
    ['an unknown part', () => build(kind('oauth'), parts({ secret: 'x' }), KEY), 'A name was given (not shown, for it may be a value) that is no part of a secret of kind oauth; its parts are client-secret.'],
    ['a part that is missing', () => build(kind('basic-auth'), parts({ username: 'u' }), KEY), 'A secret of kind basic-auth needs password.'],
    ['DER', () => build(kind('tls'), new Map([['cert', Buffer.from('30820193ff', 'hex')]]), KEY), 'cert is no text in UTF-8, and Gloo\'s secrets hold nothing else there: PEM is wanted, not DER or PKCS #12 (openssl x509 -inform der -in FILE, openssl pkcs12 -in FILE -nodes).'],
    ['bytes', () => build(kind('header'), new Map([['a', Buffer.from('ff', 'hex')]]), KEY), "a is no text in UTF-8, and Gloo's secrets hold nothing else there (base64 -w0 FILE makes a text of anything)."],
    ['no YAML', () => build(kind('extensions'), parts({ plugin: '{' }), KEY), 'The content for plugin is neither YAML nor JSON.'],
    ['no mapping', () => build(kind('extensions'), parts({ plugin: '[1]' }), KEY), 'The content for plugin must be a mapping, in YAML or JSON.'],
  ])('%s', (_, attempt, words) => {
    expect(attempt).toThrow(words);
  });

  test('missing parts are told beforehand', () => {
    expect(missingParts(kind('aws'), parts({ 'access-key': 'a' }))).toEqual(['secret-key']);
  });
});

describe('whatever is built', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => text.trim() !== '' && !/[\0\r\n]/.test(text) && Buffer.from(text).toString() === text);
  const headerName = fc.stringMatching(/^[A-Za-z0-9-]{1,20}$/).filter((name) => name !== '__proto__');
  const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
  const anyParts = (of: Kind): fc.Arbitrary<Parts> => {
    if (of.entries) {
      const content = of.entries.encoding === 'yaml' ? fc.dictionary(headerName, fc.oneof(word, fc.integer(), fc.constant(null))).map((mapping) => JSON.stringify(mapping)) : word;
      return fc.dictionary(headerName, content, { minKeys: 1 }).map(parts);
    }
    if (of.name === 'encryption') return fc.stringMatching(/^[0-9a-f]{32}$/).map((key) => parts({ key }));
    return fc.tuple(...(of.parts ?? []).map((part) => word.map((text) => [part.name, text] as const))).map((entries) => parts(Object.fromEntries(entries)));
  };
  // A certificate is no text that a generator makes: certificates.test.ts has those.
  const built = fc
    .constantFrom(...kinds.filter(({ name }) => name !== 'tls'))
    .chain((of) => fc.record({ of: fc.constant(of), given: anyParts(of), key: fc.record({ namespace: name, name }) }))
    .map(({ of, given, key }) => ({ of, key, value: build(of, given, key) }));

  test('is well-formed to lint, and read by Gloo', () => {
    fc.assert(
      fc.property(built, ({ of, key, value }) => {
        const stored = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        expect(inspectValue('dev', key, stored, NOW).findings).toEqual([]);
        expect(secretOf(stored, { deletion_time: '', destroyed: false })).toMatchObject({ ...key, kind: of.field });
      }),
    );
  });

  const mutations: readonly ((value: Record<string, Record<string, unknown>>, field: string) => unknown)[] = [
    (value, field) => ({ [field]: value[field] }),
    (value) => ({ ...value, metadata: null }),
    (value) => ({ ...value, data: {} }),
    (value, field) => ({ ...value, [field]: { ...value[field], unheard: 1 } }),
    (value) => ({ ...value, metadata: { ...value.metadata, uid: 'x' } }),
    (value, field) => ({ ...value, [field]: 'text' }),
    (value, field) => ({ ...value, [field]: [value[field]] }),
    (value) => ({ ...value, metadata: { ...value.metadata, name: 5 } }),
    (value) => ({ value }),
  ];

  test('is malformed once it is mutated, to lint as to Gloo', () => {
    fc.assert(
      fc.property(built, fc.constantFrom(...mutations), ({ of, key, value }, mutate) => {
        const mutant = mutate(value as Record<string, Record<string, unknown>>, of.field);
        expect(() => secretOf(mutant, { deletion_time: '', destroyed: false })).toThrow();
        expect(inspectValue('dev', key, mutant as Record<string, unknown>, NOW).findings.map(({ effect }) => effect)).toContain('list');
      }),
    );
  });

  test('any JSON at all is to lint what it is to Gloo', () => {
    const fields = fc.constantFrom('metadata', 'header', 'tls', 'api_key', 'apiKey', 'headers', 'cert_chain', 'certChain', 'labels', 'configs', 'extensions', 'generation', 'ocspStaple', 'x');
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof({ maxDepth: 3 }, fc.constantFrom(null, true, 'text', '7', 'AAA=', 7, 7.5, ''), fc.array(tie('tree'), { maxLength: 2 }), fc.dictionary(fields, tie('tree'), { maxKeys: 3 })),
    }));
    fc.assert(
      fc.property(fc.dictionary(fields, tree, { maxKeys: 4 }), (value) => {
        const stored = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        let read = true;
        try {
          secretOf(stored, { deletion_time: '', destroyed: false });
        } catch {
          read = false;
        }
        expect(readable(stored)?.metadata !== undefined && readable(stored)?.metadata !== null).toBe(read);
      }),
      { numRuns: 2000 },
    );
  });
});
