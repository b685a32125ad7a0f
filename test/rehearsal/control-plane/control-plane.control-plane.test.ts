import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createOidcIssuer, type OidcIssuer } from '../../../rehearsal/aws/oidc-issuer';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { startControlPlane, type ControlPlane } from '../../../rehearsal/control-plane/control-plane';
import { KubernetesRefusal } from '../../../rehearsal/control-plane/kubernetes-client';
import { ask } from '../api-server/client';
import { controlPlanePrograms } from './available';

let issuer: OidcIssuer;
let controlPlane: ControlPlane;

beforeAll(async () => {
  issuer = await createOidcIssuer('https://oidc.example.com/id/A');
  controlPlane = await startControlPlane({ programs: await controlPlanePrograms(), ca: await createCertificateAuthority('test'), issuer });
}, 120_000);
afterAll(async () => {
  const folder = dirname(controlPlane.kubeconfig);
  await controlPlane.close();
  await controlPlane.close();
  expect(existsSync(folder)).toBe(false);
});

test('its kubeconfig is for an administrator, and for nobody else to read', () => {
  expect(statSync(controlPlane.kubeconfig).mode & 0o777).toBe(0o600);
});

test('applies an object, and again', async () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'applied' } };
  await controlPlane.client.apply(namespace);
  await controlPlane.client.apply(namespace);
  await expect(controlPlane.client.request('GET', '/api/v1/namespaces/applied', 'it')).resolves.toMatchObject({ kind: 'Namespace', status: { phase: 'Active' } });
});

const policy = (spec: object, namespace?: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'p', ...(namespace === undefined ? {} : { namespace }) },
  spec,
});

test.each([
  ['an unknown field', policy({ podSelector: {}, ingres: [] }, 'default'), 'NetworkPolicy default/p: the API server answered 500 : failed to create typed patch object (default/p; networking.k8s.io/v1, Kind=NetworkPolicy): .spec.ingres: field not declared in schema'],
  ['a value that the schema does not allow', policy({ podSelector: {}, ingress: [{ ports: [{ protocol: 'TPC' }] }] }, 'default'), 'Unsupported value: "TPC"'],
  ['a missing namespace', policy({ podSelector: {} }), 'NetworkPolicy p: it has no namespace, and its kind needs one'],
  ['a namespace that is not there', policy({ podSelector: {} }, 'nowhere'), 'namespaces "nowhere" not found'],
])('refuses %s', async (_what, object, words) => {
  await expect(controlPlane.client.apply(object)).rejects.toThrow(words);
});

test('a kind that nothing serves is named', async () => {
  await expect(controlPlane.client.apply({ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a' } })).rejects.toThrow('the API server serves no kind Thing in /apis/example.com/v1');
}, 20_000);

test('trying to create an object stores nothing', async () => {
  await controlPlane.client.tryCreating({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'tried', namespace: 'default' } });
  const asked = controlPlane.client.request('GET', '/api/v1/namespaces/default/configmaps/tried', 'it');
  await expect(asked).rejects.toThrow(KubernetesRefusal);
  await expect(asked).rejects.toMatchObject({ code: 404, reason: 'NotFound' });
});

test("service accounts' tokens are the issuer's", async () => {
  await controlPlane.client.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'gloo', namespace: 'default' } });
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['sts.amazonaws.com'] } };
  const answer = (await controlPlane.client.request('POST', '/api/v1/namespaces/default/serviceaccounts/gloo/token', 'token', body)) as { status: { token: string } };
  await expect(issuer.verify(answer.status.token, new Date())).resolves.toEqual({ subject: 'system:serviceaccount:default:gloo', audiences: ['sts.amazonaws.com'] });
});

test('ends when its process is killed, and its files go', async () => {
  const script = `
    require('ts-node/register');
    const { startControlPlane } = require('./rehearsal/control-plane/control-plane');
    const { findControlPlane } = require('./rehearsal/control-plane/find-control-plane');
    const { createCertificateAuthority } = require('./rehearsal/certificate-authority');
    const { createOidcIssuer } = require('./rehearsal/aws/oidc-issuer');
    (async () => {
      const [programs, ca, issuer] = [await findControlPlane({ env: process.env, onProgress() {} }), await createCertificateAuthority('killed'), await createOidcIssuer('https://a.example.com')];
      const { kubeconfig, endpoint } = await startControlPlane({ programs, ca, issuer });
      process.stdout.write(JSON.stringify({ kubeconfig, endpoint }), () => process.kill(process.pid, 'SIGKILL'));
    })();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script]).catch((error: { stdout: string }) => error);
  const { kubeconfig, endpoint } = JSON.parse(stdout) as { kubeconfig: string; endpoint: string };
  const left = async () => [existsSync(dirname(kubeconfig)), await ask({ endpoint, caPem: '' }, '/').then(() => 'an answer', ({ code }: NodeJS.ErrnoException) => code)];
  for (let look = 0; look < 50 && JSON.stringify(await left()) !== JSON.stringify([false, 'ECONNREFUSED']); look++) await sleep(100);
  expect(await left()).toEqual([false, 'ECONNREFUSED']);
}, 120_000);
