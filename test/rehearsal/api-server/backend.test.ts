import { routeToPod, routeToService, type PodPort, type ServicePort } from '../../../rehearsal/api-server/backend';
import type { ProxyRequest } from '../../../rehearsal/api-server/request-info';

const request = (name: string, namespace = 'vault'): ProxyRequest => ({ namespace, resource: 'services', name, path: '/', prefix: '' });
const http: ServicePort = { namespace: 'vault', name: 'vault', port: 8200, portName: 'http', scheme: 'http', target: () => 'http://127.0.0.1:1' };
const https: ServicePort = { ...http, name: 'vault-active', scheme: 'https', portName: undefined, target: () => 'https://127.0.0.1:2' };
const empty: ServicePort = { ...http, name: 'empty', target: () => undefined };
const toService = (name: string, namespace?: string) => routeToService(request(name, namespace), [http, https, empty]);

test.each([
  ['http:vault:8200', 'http://127.0.0.1:1/'],
  ['http:vault:http', 'http://127.0.0.1:1/'],
  ['vault:8200', 'http://127.0.0.1:1/'],
  [':vault:8200', 'http://127.0.0.1:1/'],
  ['https:vault-active:8200', 'https://127.0.0.1:2/'],
  ['https:vault-active:', 'https://127.0.0.1:2/'],
])('service %p is reached at %p', (name, href) => {
  expect(toService(name)).toMatchObject({ kind: 'backend', origin: { href } });
});

test.each([
  ['http:other:8200', 'vault', 404, 'services "other" not found'],
  ['http:vault:8200', 'default', 404, 'services "vault" not found'],
  ['http:vault:8201', 'vault', 503, 'no service port 8201 found for service "vault"'],
  ['http:vault:web', 'vault', 503, 'no endpoints available for service "http:vault:web"'],
  ['vault', 'vault', 503, 'no endpoints available for service "vault"'],
  ['http:empty:8200', 'vault', 503, 'no endpoints available for service "empty"'],
  ['https:vault:8200', 'vault', 503, 'error trying to reach service: tls: first record does not look like a TLS handshake'],
  ['ftp:vault:8200', 'vault', 400, 'invalid service request "ftp:vault:8200"'],
  ['HTTP:vault:8200', 'vault', 400, 'invalid service request "HTTP:vault:8200"'],
  ['a:b:c:d', 'vault', 400, 'invalid service request "a:b:c:d"'],
])('service %p in %p: %p %s', (name, namespace, code, message) => {
  expect(toService(name, namespace)).toMatchObject({ kind: 'status', status: { kind: 'Status', code, message } });
});

test('a plain request to an HTTPS backend gets the words of Go\'s server', () => {
  expect(toService('http:vault-active:8200')).toEqual({
    kind: 'text',
    code: 400,
    text: 'Client sent an HTTP request to an HTTPS server.\n',
  });
});

test('a target that is not of the port\'s scheme is a mistake of the rehearsal, and said', () => {
  const wrong = { ...http, target: () => 'https://127.0.0.1:1' };
  expect(() => routeToService(request('http:vault:8200'), [wrong])).toThrow(
    'vault: its target is https://127.0.0.1:1, but its scheme is "http"; make the two agree',
  );
});

describe('pods', () => {
  const pods: PodPort[] = [
    { namespace: 'vault', name: 'vault-0', port: 8200, scheme: 'https', target: () => 'https://127.0.0.1:3' },
    { namespace: 'vault', name: 'vault-1', port: 8200, scheme: 'https', target: () => undefined },
  ];
  const toPod = (name: string) => routeToPod(request(name), pods);

  test.each(['https:vault-0:8200', 'https:vault-0:'])('%p is reached', (name) => {
    expect(toPod(name)).toMatchObject({ kind: 'backend', origin: { href: 'https://127.0.0.1:3/' } });
  });

  test.each([
    ['https:vault-2:8200', 404, 'pods "vault-2" not found'],
    ['https:vault-1:8200', 400, 'address not allowed'],
    ['https:vault-0:8201', 503, 'error trying to reach service: dial tcp 127.0.0.1:8201: connect: connection refused'],
    ['https:vault-0:http', 503, 'error trying to reach service: dial tcp: lookup tcp/http: unknown port'],
    ['ftp:vault-0:8200', 400, 'invalid pod request "ftp:vault-0:8200"'],
  ])('%p: %p %s', (name, code, message) => {
    expect(toPod(name)).toMatchObject({ kind: 'status', status: { code, message } });
  });
});
