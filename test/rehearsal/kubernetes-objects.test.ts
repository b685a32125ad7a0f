import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { createOidcIssuer } from '../../rehearsal/aws/oidc-issuer';
import { KubernetesObjects } from '../../rehearsal/kubernetes-objects';
import { PodIdentity } from '../../rehearsal/pod-identity';
import { deployTemplates } from './cloudformation/assembly-on-disk';

const ROLE = 'arn:aws:iam::111122223333:role/vault-server-c';
const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'vault', namespace: 'vault', annotations: { 'eks.amazonaws.com/role-arn': ROLE, 'eks.amazonaws.com/sts-regional-endpoints': 'true' } } };
const adopted = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'gloo', namespace: 'gloo-system', annotations: { 'meta.helm.sh/release-name': 'gloo' } } };
const chart = (name: string, namespace: string, values: unknown) => ({
  Type: 'Custom::AWSCDK-EKS-HelmChart',
  Properties: { ServiceToken: 'token', Release: name, Namespace: namespace, Chart: name, Repository: 'https://example.com', Version: '1.0.0', Values: JSON.stringify(values) },
});
const annotated = (role: string) => ({ serviceAccount: { extraAnnotations: { 'eks.amazonaws.com/role-arn': role } } });

function objects(resources: Record<string, unknown>): KubernetesObjects {
  return new KubernetesObjects(deployTemplates({ Stack: { Resources: resources } }));
}
const all = objects({
  Account: { Type: 'Custom::AWSCDK-EKS-KubernetesResource', Properties: { ServiceToken: 'token', Manifest: JSON.stringify([account, adopted]) } },
  Vault: chart('vault', 'vault', { server: { serviceAccount: { create: false, name: 'vault' } } }),
  Gloo: chart('gloo', 'gloo-system', { gloo: annotated('arn:gloo'), discovery: annotated('arn:discovery') }),
});

test('manifests and charts of every stack', () => {
  expect(all.all).toEqual([account, adopted]);
  expect(all.release('gloo')).toMatchObject({ namespace: 'gloo-system', version: '1.0.0', values: { gloo: annotated('arn:gloo') } });
  expect(all.vaultServices()).toEqual([{ namespace: 'vault', name: 'vault', port: 8200, portName: 'http', scheme: 'http' }]);
  expect(all.vaultPods()).toEqual([]);
  expect(all.vaultServiceAccount()).toBe('vault');
});

test('a chart that is installed twice, or not at all', () => {
  expect(() => all.release('cert-manager')).toThrow('The templates install the chart "cert-manager" 0 times, not once.');
  expect(() => objects({ One: chart('gloo', 'a', {}), Two: chart('gloo', 'b', {}) }).release('gloo')).toThrow('The templates install the chart "gloo" 2 times, not once.');
});

test('annotations of a service account: of its manifest, and of Gloo’s chart in its namespace', () => {
  expect(all.serviceAccountAnnotations('vault', 'vault')).toEqual(account.metadata.annotations);
  expect(all.serviceAccountAnnotations('gloo-system', 'discovery')).toEqual({ 'eks.amazonaws.com/role-arn': 'arn:discovery' });
  expect(all.serviceAccountAnnotations('gloo-system', 'gloo')).toEqual({ 'meta.helm.sh/release-name': 'gloo', 'eks.amazonaws.com/role-arn': 'arn:gloo' });
  expect(all.serviceAccountAnnotations('default', 'gloo')).toEqual({});
  expect(all.serviceAccountAnnotations('gloo-system', 'gateway-proxy')).toEqual({});
});

test('a service account is there before its chart only by a manifest', () => {
  expect(all.hasServiceAccount('gloo-system', 'gloo')).toBe(true);
  expect(all.hasServiceAccount('gloo-system', 'discovery')).toBe(false);
  expect(all.hasServiceAccount('default', 'gloo')).toBe(false);
});

describe('the pod identity webhook', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pod-test-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  test('gives an annotated pod a token for STS and the variables of the AWS SDKs', async () => {
    const pods = new PodIdentity({ objects: all, tokens: await createOidcIssuer('https://oidc.example.com'), region: 'eu-central-1', directory });
    const { AWS_WEB_IDENTITY_TOKEN_FILE: file = '', ...variables } = await pods.environment('vault', 'vault');
    expect(variables).toEqual({ AWS_ROLE_ARN: ROLE, AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'eu-central-1', AWS_STS_REGIONAL_ENDPOINTS: 'regional' });
    expect(decodeJwt(readFileSync(file, 'utf8'))).toMatchObject({ iss: 'https://oidc.example.com', sub: 'system:serviceaccount:vault:vault', aud: ['sts.amazonaws.com'] });
    expect(pods.roleArn('vault', 'vault')).toBe(ROLE);
    expect(await pods.environment('gloo-system', 'gateway-proxy')).toEqual({});
  });
});
