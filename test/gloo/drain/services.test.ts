import { proxyServices } from '../../../lib/gloo/drain/services';

const namesOf = (values: Record<string, unknown>) => proxyServices(values).map(({ name }) => name);

test('without values it is the one that the chart makes', () => {
  expect(namesOf({})).toEqual(['gateway-proxy']);
  expect(namesOf({ gatewayProxies: { gatewayProxy: { service: { type: 'NodePort' } } } })).toEqual(['gateway-proxy']);
});

// What chart 1.22.1 rendered of these values, by Helm 4.1.4.
test('each proxy has one, by the name that Helm makes of its key', () => {
  const keys = ['publicGw', 'gw2', 'gateway-proxy-2', 'HTTPProxy', 'my_proxy', 'gw2Internal', 'abc12def', 'proxyV2', 'gw12', 'gw-12-x', 'v2Proxy3Out', 'ab12Cd'];
  expect(namesOf({ gatewayProxies: Object.fromEntries(keys.map((key) => [key, {}])) })).toEqual([
    'gateway-proxy', 'public-gw', 'gw2', 'gateway-proxy-2', 'http-proxy', 'my-proxy', 'gw2-internal', 'abc-12def', 'proxy-v2', 'gw12', 'gw-12-x', 'v2-proxy3-out', 'ab12-cd',
  ]);
});

test('a name of its own counts, of the built-in proxy for all that have none', () => {
  expect(namesOf({ gatewayProxies: { internal: { service: { name: 'someName' } } } })).toEqual(['gateway-proxy', 'some-name']);
  expect(namesOf({ gatewayProxies: { gatewayProxy: { service: { name: 'edge' } }, other: {} } })).toEqual(['edge']);
});

test('what the chart does not make, or makes in another namespace, has none', () => {
  expect(namesOf({ gatewayProxies: { off: { disabled: true }, elsewhere: { namespace: 'other' } } })).toEqual(['gateway-proxy']);
  expect(namesOf({ gatewayProxies: { gatewayProxy: { disabled: true }, other: {} } })).toEqual([]);
  expect(namesOf({ gateway: { enabled: false } })).toEqual([]);
});

test('values of another shape are the chart’s to refuse', () => {
  expect(namesOf({ gateway: true, gatewayProxies: [] })).toEqual(['gateway-proxy']);
});

test('it is of type LoadBalancer, or what its values or those of the built-in proxy say', () => {
  expect(proxyServices({ gatewayProxies: { inside: { service: { type: 'ClusterIP' } } } })).toEqual([{ name: 'gateway-proxy', type: 'LoadBalancer' }, { name: 'inside', type: 'ClusterIP' }]);
  expect(proxyServices({ gatewayProxies: { gatewayProxy: { service: { type: 'NodePort' } }, other: {} } }).map(({ type }) => type)).toEqual(['NodePort', 'NodePort']);
});
