import { MASK, maskedPath, maskedText } from '../../../rehearsal/picture/mask';
import { fc } from '../../property';

const word = (unit: string, length: number) => fc.string({ unit: fc.constantFrom(...unit), minLength: length, maxLength: length });
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE64 = `${ALPHANUMERIC}+/`;
const HEX = '0123456789abcdef';
/** Of each kind that a run has to do with; what is random is mixed, as it is but for one in a million. */
const mixed = (text: string) => [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(text));
const secrets = fc.oneof(
  word(ALPHANUMERIC, 90).map((body) => `hvs.CAESI${body}`),
  word(ALPHANUMERIC, 120).map((body) => `hvb.AAAAAQ${body}`),
  word(ALPHANUMERIC, 24).map((body) => `s.${body}`),
  word(`${ALPHANUMERIC}-_`, 200).map((body) => `eyJhbGciOiJSUzI1NiJ9.eyJhdWQi${body}.${body.slice(0, 86)}`),
  word(`${ALPHANUMERIC}-_`, 300).map((body) => `k8s-aws-v1.${body}`),
  word('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16).map((body) => `ASIA${body}`),
  word(BASE64, 44).filter(mixed).map((body) => `${body}=`),
  word(HEX, 64),
  word(BASE64, 300).filter(mixed),
  word(BASE64, 64).map((body) => `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`),
);
const around = fc.constantFrom(' ', '"', "'", '\n', ': ', '={', '}', ',', '(');

test('nothing in the form of a secret is left, wherever it stands', () => {
  fc.assert(
    fc.property(secrets, around, around, (secret, before, after) => {
      const masked = maskedText(`the answer was${before}${secret}${after} and so on`);
      for (let at = 0; at + 12 <= secret.length; at += 1) expect(masked).not.toContain(secret.slice(at, at + 12).replace(/^-+(BEGIN|END).*/, '\0'));
      expect(masked).toMatch(/^the answer was.*and so on$/s);
    }),
    { numRuns: 500 },
  );
});

test.each([
  'arn:aws:iam::111122223333:role/dev-role-iam-gloo-ee-vault-integration',
  'http://vault.vault:8200, mount aws, prefix dev; login, renewal, list and read with these values',
  'dev/metadata/gloo/gloo.solo.io/v1/Secret/gloo-system/upstream-tls',
  '[~] Custom::VaultConfiguration Vault/Configuration/Resource Configuration6A36F2CE',
  'dev-Vault-ConfigurationFunctionA2EA8BCB-4FZ4SPUG37XL',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/virtualhostoptions.gateway.solo.io',
  'a token of 900 s, a maximum that renewal cannot pass; AWS::KMS::Key',
])('%s is not one', (text) => {
  expect(maskedText(text)).toBe(text);
});

test('of a query, the values of known parameters are left', () => {
  expect(maskedPath('sys/health?standbycode=200&perfstandbyok=true')).toBe('sys/health?standbycode=200&perfstandbyok=true');
  expect(maskedPath('/api?labelSelector=owner%3Dhelm%2Cname%3Dgloo')).toBe('/api?labelSelector=owner=helm,name=gloo');
  expect(maskedPath('/bucket/key?X-Amz-Signature=abc&list=hvs.CAESIabcdef')).toBe(`/bucket/key?X-Amz-Signature=${MASK}&list=${MASK}`);
});

test('a secret in a path is found in its decoded form, and a path that cannot be decoded stays', () => {
  expect(maskedPath('auth/token/lookup/hvs%2ECAESIabcdefgh')).toBe(`auth/token/lookup/${MASK}`);
  expect(maskedPath('dev/data/%zz')).toBe('dev/data/%zz');
});
