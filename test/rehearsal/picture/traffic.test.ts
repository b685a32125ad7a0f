import { exchangesOf, type Traffic } from '../../../rehearsal/picture/traffic';

const session = (role: string, name: string) => `arn:aws:sts::111122223333:assumed-role/${role}/${name}`;
const CONFIGURATION = session('vault-config-cluster', 'dev-Vault-ConfigurationFunctionA2EA8BCB-4FZ4SPUG37XL');
const VAULT = '/api/v1/namespaces/vault/services/http:vault:8200/proxy/v1';
const time = '2026-11-24T10:00:00.000Z';
const asked = { time, verb: 'get', resource: 'services/proxy', name: 'http:vault:8200', path: `${VAULT}/sys/mounts`, user: CONFIGURATION, status: 200, ms: 3 };
const signed = { time, ofToken: false, service: 'sts' as const, host: 'sts.us-east-1.amazonaws.com', action: 'GetCallerIdentity', caller: CONFIGURATION, status: 200, ms: 1, error: undefined };

function of(traffic: { apiServer?: Traffic['apiServer']['requests']; aws?: Traffic['aws']['requests']; gloo?: Traffic['glooRequests'] }) {
  return exchangesOf({ environment: { name: 'dev', cluster: { name: 'cluster' } }, apiServer: { requests: traffic.apiServer ?? [] }, aws: { requests: traffic.aws ?? [] }, glooRequests: traffic.gloo ?? [] });
}

test('a function’s request to Vault goes through the API server, and is named as Vault reads it', () => {
  expect(of({ apiServer: [{ ...asked, verb: 'update', path: `${VAULT}/auth/aws/login` }] })).toEqual([
    { at: Date.parse(time), from: 'function', who: 'Vault-ConfigurationFunction', proxied: true, to: 'vault', request: 'PUT auth/aws/login', status: 200, ms: 3 },
  ]);
  expect(of({ apiServer: [{ ...asked, path: `${VAULT.replace('services/http:vault:8200', 'pods/https:vault-0:8200')}/sys/seal-status` }] })).toMatchObject([{ to: 'vault', request: 'GET sys/seal-status' }]);
  expect(of({ apiServer: [{ ...asked, path: '/api/v1/namespaces/gloo-system/services/http:gloo:9091/proxy/metrics' }] })).toMatchObject([{ to: 'gloo', request: 'GET metrics' }]);
});

test('what the API server answers itself ends there: its own objects, a refused token, and what RBAC does not allow', () => {
  expect(of({ apiServer: [{ ...asked, path: '/version', resource: '', name: '' }] })).toMatchObject([{ to: 'api-server', proxied: false, request: 'GET /version' }]);
  expect(of({ apiServer: [{ ...asked, status: 401, refusal: 'no access entry' }] })).toMatchObject([{ to: 'api-server', proxied: false, request: `GET ${VAULT}/sys/mounts`, status: 401, code: 'Unauthorized' }]);
  expect(of({ apiServer: [{ ...asked, status: 403, forbidden: true }] })).toMatchObject([{ to: 'api-server', status: 403, code: 'RBAC' }]);
  expect(of({ apiServer: [{ ...asked, status: 403 }] })).toMatchObject([{ to: 'vault', status: 403 }]);
});

test('a GetCallerIdentity has who sent it on, which is not who signed it', () => {
  expect(of({ aws: [{ ...signed, ofToken: true }, signed, { ...signed, host: '127.0.0.1:4000' }] }).map(({ from, who }) => [from, who])).toEqual([
    ['api-server', 'API server'],
    ['vault', 'Vault'],
    ['function', 'Vault-ConfigurationFunction'],
  ]);
});

test.each([
  [session('vault-server-cluster', '1795532122312301900'), 'vault', 'Vault'],
  [session('dev-role-iam-cluster', 'gloo'), 'gloo', 'Gloo'],
  [session('dev-role-iam-cluster-2', 'gloo'), 'gloo', 'Gloo'],
  [session('dev-role-iam-cluster', 'gloo-login-proof'), 'function', 'Gloo-LoginProofFunction'],
  [session('gloo-crds-cluster', 'dev-Gloo-GlooCrdsFunctionD47DE297-3EZVUHVW44GM'), 'function', 'Gloo-GlooCrdsFunction'],
  [session('operator', 'operator'), 'operator', 'operator'],
  [undefined, 'gloo', 'a pod'],
])('%s is one of %s', (caller, from, who) => {
  expect(of({ aws: [{ ...signed, action: 'AssumeRoleWithWebIdentity', caller }] })).toMatchObject([{ from, who }]);
});

test('of an error of AWS, its code is kept', () => {
  expect(of({ aws: [{ ...signed, status: 403, error: 'AccessDenied: User: … is not authorized (it holds hvs.CAESIabcdef)' }] })).toMatchObject([{ status: 403, code: 'AccessDenied' }]);
});

test('Gloo speaks to Vault itself, and may get no answer', () => {
  expect(of({ gloo: [{ time, method: 'LIST', path: 'dev/metadata/a/', ms: 300 }] })).toEqual([{ at: Date.parse(time), from: 'gloo', who: 'Gloo', proxied: false, to: 'vault', request: 'LIST dev/metadata/a/', ms: 300 }]);
});

test('they come in the order in which they were sent', () => {
  const at = (second: number) => `2026-11-24T10:00:0${second}.000Z`;
  const sent = of({ apiServer: [{ ...asked, time: at(3) }], aws: [{ ...signed, time: at(2) }], gloo: [{ time: at(1), method: 'GET', path: 'a' }] });
  expect(sent.map(({ from }) => from)).toEqual(['gloo', 'vault', 'function']);
});
