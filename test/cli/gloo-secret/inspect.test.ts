import { inspect, inspectValue } from '../../../cli/gloo-secret/inspect';
import { publicCertificates } from '../../../cli/gloo-secret/certificates';
import parsed from './fixtures/parsed-by-gloo.json';
import written from './fixtures/written-by-gloo.json';

const NOW = new Date('2026-11-24T12:00:00Z');
const KEY = { namespace: 'b', name: 'a' };
const findings = (value: unknown) => inspectValue('dev', KEY, value as Record<string, unknown>, NOW).findings;
const said = (value: unknown) => findings(value).map(({ effect, what }) => `${effect}: ${what}`);
const named = (content: object) => ({ metadata: { name: 'a', namespace: 'b' }, ...content });

describe("a value as Gloo's own client read it", () => {
  // zod passes over an entry of that name, which nobody writes.
  test.each(parsed.cases.filter(({ name }) => name !== 'proto-like-name'))('$name', ({ value, outcome }) => {
    const failsList = findings(value).some(({ effect }) => effect === 'list');
    expect(failsList).toBe(outcome !== 'read');
  });

  test.each(Object.entries(written.secrets).filter(([name]) => name !== 'tls'))('%s that it wrote is well-formed', (name, value) => {
    expect(inspectValue('dev', { namespace: 'kinds', name }, value, NOW).findings).toEqual([]);
  });
});

describe('the words', () => {
  test.each([
    [{ password: 'hunter2' }, "list: Gloo knows no field password, and Gloo's whole list fails on it"],
    [{ 'tls.crt': 'x', 'tls.key': 'y' }, 'list: Gloo knows no fields tls.crt, tls.key (they are those of a Kubernetes secret: "secret put tls" writes what Gloo reads), and Gloo\'s whole list fails on it'],
    [{ kind: 'Secret', apiVersion: 'v1' }, 'list: Gloo knows no fields kind, apiVersion (they are those of a Kubernetes manifest: "secret put" writes what Gloo reads), and Gloo\'s whole list fails on it'],
    [named({ header: { headers: { x: 12345678 } } }), "list: header.headers.x is a number, and Gloo takes a text, and Gloo's whole list fails on it"],
    [named({ header: ['x'] }), "list: header is a list, and Gloo takes a mapping, and Gloo's whole list fails on it"],
    [named({ tls: { private_key: false } }), "list: tls.privateKey is true or false, and Gloo takes a text, and Gloo's whole list fails on it"],
    [named({ tls: { ocspStaple: 'no base64!' } }), "list: tls.ocspStaple must be base64, and Gloo's whole list fails on it"],
    [named({ tls: { ocspStaple: 5 } }), "list: tls.ocspStaple is nothing that Gloo's parser takes there, and Gloo's whole list fails on it"],
    [{ oauth: { clientSecret: 's' } }, "list: it has no metadata, and Gloo's client crashes on it"],
    [{ metadata: { name: 'c' }, oauth: { clientSecret: 's' } }, 'secret: its metadata calls it "/c", and that is the only name by which Gloo finds it'],
    [named({}), 'secret: it has no kind (tls, header, apiKey, credentials, oauth, aws, azure, encryption, extensions)'],
    [named({ oauth: { clientSecret: 's' }, aws: { accessKey: 'a', secretKey: 's' } }), 'secret: it has several kinds (aws, oauth), of which Gloo takes oauth alone'],
    [named({ oauth: {} }), 'secret: its client-secret is empty'],
    [named({ header: {} }), 'secret: it has no header name with a value'],
    [named({ header: { headers: { 'a b': 'c' } } }), 'secret: "a b" can\'t be the name of a header'],
    [named({ header: { headers: { a: 'c\n' } } }), 'secret: the value of "a" has a line break or NUL in it, which no header can carry'],
    [named({ header: { headers: { a: null } } }), 'warning: the value of "a" is empty'],
    [named({ encryption: { key: 'ü'.repeat(32) } }), 'secret: its key has 64 bytes, and Gloo takes exactly 32'],
    [named({ tls: { certChain: 'no PEM', privateKey: '' } }), 'secret: it has a certificate without its private key'],
  ])('%j', (value, words) => {
    expect(said(value)).toEqual([words]);
  });

  test('no value is in them', () => {
    const secrets = parsed.cases.map(({ value }) => JSON.stringify(findings(value)));
    expect(secrets.join()).not.toContain('hunter2');
  });
});

describe('what is no value', () => {
  test.each([
    ['deleted', "its current version is deleted but still listed, and Gloo's client crashes on it", 'write it again with "gloo-vault secret put", or remove it: gloo-vault secret delete a --namespace b'],
    ['destroyed', "its current version is destroyed but still listed, and Gloo's client crashes on it", 'gloo-vault secret delete a --namespace b'],
    ['unwritten', "it has metadata in Vault and no version, and Gloo's whole list fails on it", 'gloo-vault secret delete a --namespace b'],
  ] as const)('%s', (state, what, mend) => {
    expect(inspect('dev', KEY, { state, version: 3 }, NOW)).toMatchObject({ version: 3, findings: [{ secret: 'b/a', effect: 'list', what, mend: expect.stringContaining(mend) as string }] });
  });

  test('a value that ends by itself', () => {
    const entry = { state: 'present', version: 1, endsAt: '2026-12-01T00:00:00Z', value: named({ oauth: { clientSecret: 's' } }) } as const;
    expect(inspect('dev', KEY, entry, NOW).findings).toEqual([
      {
        secret: 'b/a',
        effect: 'secret',
        what: 'Vault deletes it by itself at 2026-12-01T00:00:00Z (delete_version_after): Gloo takes it for deleted already, and its client crashes from then on',
        mend: 'gloo-vault secret delete a --namespace b, then put it again; where the mount has that setting, who may write it: vault write dev/config delete_version_after=0s',
      },
    ]);
  });
});

test('public certificates of what is none', () => {
  expect(publicCertificates('nothing')).toEqual([]);
});
