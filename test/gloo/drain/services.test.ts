import { proxyServices } from '../../../lib/gloo/drain/services';

test('without values it is the one that the chart makes', () => {
  expect(proxyServices({})).toEqual(['gateway-proxy']);
  expect(proxyServices({ gatewayProxies: { gatewayProxy: { service: { type: 'NodePort' } } } })).toEqual(['gateway-proxy']);
});

// What chart 1.22.1 rendered of these values, by Helm 4.1.4.
test('each proxy has one, by the name that Helm makes of its key', () => {
  const keys = ['publicGw', 'gw2', 'gateway-proxy-2', 'HTTPProxy', 'my_proxy', 'gw2Internal', 'abc12def', 'proxyV2', 'gw12', 'gw-12-x', 'v2Proxy3Out', 'ab12Cd'];
  expect(proxyServices({ gatewayProxies: Object.fromEntries(keys.map((key) => [key, {}])) })).toEqual([
    'gateway-proxy', 'public-gw', 'gw2', 'gateway-proxy-2', 'http-proxy', 'my-proxy', 'gw2-internal', 'abc-12def', 'proxy-v2', 'gw12', 'gw-12-x', 'v2-proxy3-out', 'ab12-cd',
  ]);
});

test('a name of its own counts, of the built-in proxy for all that have none', () => {
  expect(proxyServices({ gatewayProxies: { internal: { service: { name: 'someName' } } } })).toEqual(['gateway-proxy', 'some-name']);
  expect(proxyServices({ gatewayProxies: { gatewayProxy: { service: { name: 'edge' } }, other: {} } })).toEqual(['edge']);
});

test('what the chart does not make, or makes in another namespace, has none', () => {
  expect(proxyServices({ gatewayProxies: { off: { disabled: true }, elsewhere: { namespace: 'other' } } })).toEqual(['gateway-proxy']);
  expect(proxyServices({ gatewayProxies: { gatewayProxy: { disabled: true }, other: {} } })).toEqual([]);
  expect(proxyServices({ gateway: { enabled: false } })).toEqual([]);
});

test('values of another shape are the chart’s to refuse', () => {
  expect(proxyServices({ gateway: true, gatewayProxies: [] })).toEqual(['gateway-proxy']);
});
