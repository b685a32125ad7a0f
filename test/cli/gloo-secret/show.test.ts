import { masked } from '../../../cli/gloo-secret/show';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import written from './fixtures/written-by-gloo.json';

test.each([
  ['header', { headers: { authorization: '***', 'x-other': '***' } }],
  ['credentials', { username: 'u', password: '***' }],
  ['aws', { accessKey: 'example-access-key', secretKey: '***', sessionToken: '***' }],
  ['azure', { apiKeys: { _master: '***', function: '***' } }],
  ['oauth', { clientSecret: '***' }],
  ['encryption', { key: '***' }],
  ['extensions', { configs: { plugin: { n: '***', s: '***', z: null } } }],
] as const)('%s', (name, content) => {
  expect(masked(written.secrets[name])).toEqual({ [name]: content, metadata: { name, namespace: 'kinds' } });
});

test('an API key, with its labels', () => {
  expect(masked(written.secrets['api-key'])).toEqual({
    apiKey: { apiKey: '***', labels: ['***'], metadata: { 'user-id': '***' }, uuid: '***' },
    metadata: written.secrets['api-key'].metadata,
  });
});

test('TLS, by what everybody sees', async () => {
  const ca = await createCertificateAuthority('the authority');
  const { cert, key } = await ca.issue(['shop.example.com']);
  const value = { metadata: { name: 'a', namespace: 'b' }, tls: { cert_chain: cert, privateKey: key } };
  expect(masked(value)).toMatchObject({ tls: { certChain: [{ subject: 'CN=shop.example.com', names: 'DNS:shop.example.com' }], privateKey: '***' } });
});

test('nothing is taken for public in what has not the form of Gloo', () => {
  expect(masked({ username: 'u', metadata: { name: 'a' }, list: ['x', null, 5] })).toEqual({ username: '***', metadata: { name: '***' }, list: ['***', null, '***'] });
});
