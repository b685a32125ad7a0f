import { execFileSync } from 'node:child_process';
import { publicCertificates, tlsFaults } from '../../../cli/gloo-secret/certificates';
import { createCertificateAuthority, type CertificateAuthority } from '../../../rehearsal/certificate-authority';

const DAY = 24 * 60 * 60 * 1000;
// The rehearsal's certificates are for an hour: every one ends soon.
const NOW = new Date(Date.now());

let ca: CertificateAuthority;
let other: CertificateAuthority;
let server: { cert: string; key: string };
let stranger: { cert: string; key: string };

beforeAll(async () => {
  [ca, other] = await Promise.all([createCertificateAuthority('the authority'), createCertificateAuthority('another')]);
  [server, stranger] = await Promise.all([ca.issue(['shop.example.com', 'www.shop.example.com']), other.issue(['stranger.example.com'])]);
});

const words = (texts: Parameters<typeof tlsFaults>[0], now = NOW) => tlsFaults(texts, now).map(({ effect, what }) => `${effect}: ${what}`);
const withoutAge = (found: readonly string[]) => found.filter((line) => !line.includes('expires on'));

test('a certificate with its key and its chain is well-formed', () => {
  expect(withoutAge(words({ certChain: server.cert + ca.caPem, privateKey: server.key, rootCa: ca.caPem }))).toEqual([]);
});

test('an authority alone is one to verify others by', () => {
  expect(withoutAge(words({ rootCa: ca.caPem }))).toEqual([]);
});

test.each([
  ['nothing', () => ({}), 'secret: it has neither a certificate with its key nor an authority'],
  ['a certificate alone', () => ({ certChain: server.cert }), 'secret: it has a certificate without its private key'],
  ['a key alone', () => ({ privateKey: server.key }), 'secret: it has a private key without its certificate'],
  ['no PEM', () => ({ certChain: 'MIIB', privateKey: server.key }), 'secret: its certificate is no PEM'],
  ['PEM of nothing', () => ({ certChain: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----', privateKey: server.key }), 'secret: its certificate is PEM that holds no X.509 certificate'],
  ['a key that is no PEM', () => ({ certChain: server.cert, privateKey: 'MIIB' }), 'secret: its private key is no PEM'],
  ['a key of nothing', () => ({ certChain: server.cert, privateKey: '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----' }), 'secret: its private key is PEM that holds no key'],
  ["somebody else's key", () => ({ certChain: server.cert, privateKey: stranger.key }), 'secret: its private key does not belong to its certificate CN=shop.example.com'],
  ['the chain the wrong way round', () => ({ certChain: ca.caPem + server.cert, privateKey: server.key }), 'secret: its private key belongs to CN=shop.example.com, which is not the first of the chain'],
  ['a chain that is none', () => ({ certChain: server.cert + other.caPem, privateKey: server.key }), 'warning: its chain is out of order: CN=another did not issue CN=shop.example.com before it, and some clients refuse that'],
  ['an authority that is none', () => ({ rootCa: server.cert }), 'warning: CN=shop.example.com among its authorities is the certificate of none'],
  ["an authority that can't be read", () => ({ rootCa: 'x' }), "secret: its authority's certificate is no PEM"],
])('%s', (_, texts, line) => {
  expect(withoutAge(words(texts()))).toContain(line);
});

test('an encrypted key, with the mend', () => {
  const encrypted = execFileSync('openssl', ['pkcs8', '-topk8', '-passout', 'pass:example'], { input: server.key, encoding: 'utf8' });
  expect(tlsFaults({ certChain: server.cert, privateKey: encrypted }, NOW)).toEqual([
    { effect: 'secret', what: 'its private key is encrypted, and Gloo has no passphrase', mend: 'decrypt it into a file of your own: (umask 077; openssl pkey -in FILE -out FILE.plain)' },
  ]);
});

describe('the age of a certificate', () => {
  const of = (days: number) => words({ certChain: server.cert, privateKey: server.key }, new Date(NOW.getTime() + days * DAY));
  const end = () => publicCertificates(server.cert)[0]?.notAfter.slice(0, 10);

  test('that ends soon', () => expect(of(0)).toEqual([`warning: its certificate CN=shop.example.com expires on ${end()}, in 0 days`]));
  test('that ended', () => expect(of(1)).toEqual([`warning: its certificate CN=shop.example.com expired on ${end()}`]));
  test('that has not begun', () => expect(of(-1)).toEqual([expect.stringMatching(/^warning: its certificate CN=shop.example.com is not valid before 20/)]));
  test('of long life', () => expect(of(-40)).not.toContain(expect.stringMatching('expire')));
});

test('what everybody sees of a chain', () => {
  expect(publicCertificates(server.cert + ca.caPem)).toEqual([
    { subject: 'CN=shop.example.com', issuer: 'CN=the authority', names: 'DNS:shop.example.com, DNS:www.shop.example.com', notAfter: expect.stringMatching(/^20\d\d-\d\d-\d\dT[\d:]{8}[.]000Z$/) as string },
    expect.objectContaining({ subject: 'CN=the authority' }),
  ]);
});
