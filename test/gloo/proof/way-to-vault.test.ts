import { networkRule, proxyRule } from '../../../lib/gloo/proof/way-to-vault';

const inTheCluster = { namespace: 'secrets', service: 'http:vault:8200' };
const elsewhere = { address: 'https://vault.example.com:8200', authority: 'PEM' };

test('a Vault in the cluster is reached by the API server’s proxy, and by no address', () => {
  expect(proxyRule(inTheCluster)).toEqual({ secrets: [{ resource: 'services/proxy', names: ['http:vault:8200'], verbs: ['get', 'update'] }] });
  expect(networkRule(inTheCluster)).toEqual({});
});

test('one elsewhere is reached by its address and port, and the API server is asked for nothing', () => {
  expect(proxyRule(elsewhere)).toEqual({});
  expect(networkRule(elsewhere).reaches).toMatchObject({ port: 8200, what: 'Vault of another cluster' });
  expect(networkRule({ ...elsewhere, address: 'https://vault.example.com' }).reaches?.port).toBe(443);
});
