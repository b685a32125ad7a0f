import { App } from 'cdk8s';
import { parse, stringify } from 'yaml';
import { ClusterAccessChart } from '../../../cdk8s/cluster-access';
import { applyCrds } from '../../../lib/gloo/crds/apply';
import { readCrds, type Crd } from '../../../lib/gloo/crds/crds';
import { vendoredCrds } from '../../../lib/gloo/crds/vendored';
import type { Run } from '../../../lib/vault/client/attempts';
import { Mask } from '../../../lib/vault/client/errors';
import { AccessEntries } from '../../../rehearsal/api-server/access-entries';
import { TokenAuthenticator } from '../../../rehearsal/api-server/token-authenticator';
import { createOidcIssuer } from '../../../rehearsal/aws/oidc-issuer';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { startControlPlane, type ControlPlane } from '../../../rehearsal/control-plane/control-plane';
import { startTokenWebhook } from '../../../rehearsal/control-plane/token-webhook';
import type { KubernetesObject } from '../../../rehearsal/kubernetes-objects';
import { controlPlanePrograms } from '../../rehearsal/control-plane/available';

const ROLE = 'arn:aws:iam::111122223333:role/gloo-crds-c';
const CRDS = readCrds(vendoredCrds('1.22.1') ?? '');
const ROOT = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface Definition {
  metadata: { resourceVersion: string; annotations?: Record<string, string>; labels?: Record<string, string>; managedFields: { manager: string; operation: string }[] };
  spec: { versions: { name: string; served: boolean; storage: boolean; schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, object> } } } } }[] };
  status: { conditions: { type: string; status: string }[]; storedVersions: string[] };
}

let controlPlane: ControlPlane;
let webhook: { close(): Promise<void> };
let log: string[] = [];
beforeAll(async () => {
  const entries = new AccessEntries([{ principalArn: ROLE, kubernetesGroups: ['gloo-crds'] }]);
  const ca = await createCertificateAuthority('crds');
  const tokens = await startTokenWebhook(ca, new TokenAuthenticator({ clusterName: 'c', authenticate: () => Promise.resolve({ roleArn: ROLE }), entries }));
  webhook = tokens;
  controlPlane = await startControlPlane({ programs: await controlPlanePrograms(), ca, issuer: await createOidcIssuer('https://oidc.example.com/id/A'), tokenWebhook: tokens.kubeconfig });
  const rule = { apiGroup: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' } as const;
  const rules = [
    { ...rule, names: CRDS.map(({ name }) => name), verbs: ['get', 'create', 'patch'] },
    { ...rule, names: ['uncreated.enterprise.gloo.solo.io'], verbs: ['get', 'patch'] },
  ] as const;
  const access = new ClusterAccessChart(new App(), 'access', { group: 'gloo-crds', rules });
  for (const object of access.toJson() as KubernetesObject[]) await controlPlane.client.apply(object);
}, 120_000);
afterAll(async () => {
  await controlPlane.close();
  await webhook.close();
});
beforeEach(() => (log = []));

const admin = (method: string, path: string, body?: unknown, contentType?: string) => controlPlane.client.request(method, path, `${method} ${path}`, body, contentType);
const definition = async (name: string) => (await admin('GET', `${ROOT}/${name}`)) as Definition;
const versions = async () => Promise.all(CRDS.map(async ({ name }) => (await definition(name)).metadata.resourceVersion));
const run = (): Run => ({
  env: { AWS_REGION: 'us-east-1' },
  aws: { accessKeyId: 'ASIAEXAMPLEKEY123456', secretAccessKey: 'a-secret-key' },
  mask: new Mask(),
  requestTimeout: 30_000,
  log: (line) => void log.push(line),
  patience: { starting: 60_000, settling: 1000, passing: 1000, pause: { first: 50, longest: 500 }, deadline: Date.now() + 60_000 },
});
const apply = (crds: readonly Crd[] = CRDS, chartVersion = '1.22.1', earlierVersion?: string) =>
  applyCrds(run(), { cluster: { name: 'c', endpoint: controlPlane.endpoint, certificateAuthority: Buffer.from(controlPlane.caPem).toString('base64') }, crds, chartVersion, earlierVersion });
const crdOf = (name: string, change: (definition: Definition) => void): Crd => {
  const parsed = parse(CRDS.find((crd) => crd.name === name)?.text ?? '') as Definition;
  change(parsed);
  return { name, text: stringify(parsed, { aliasDuplicateObjects: false }) };
};
const specOf = (found: Definition) => found.spec.versions[0]?.schema.openAPIV3Schema.properties.spec.properties ?? {};

test('where there are none, all are made and served; a second time nothing is written', async () => {
  await apply();
  expect(log.at(-1)).toBe("17 CRDs of Gloo's chart 1.22.1 are applied and served");
  for (const { name } of CRDS) expect((await definition(name)).status.conditions).toContainEqual(expect.objectContaining({ type: 'Established', status: 'True' }));
  const before = await versions();
  await apply();
  expect(await versions()).toEqual(before);
}, 120_000);

test('those that kubectl and Helm made before are taken over without a conflict, get what they lack, and keep objects and marks', async () => {
  const name = 'upstreams.gloo.solo.io';
  const upstream = { apiVersion: 'gloo.solo.io/v1', kind: 'Upstream', metadata: { name: 'mine', namespace: 'default' }, spec: { static: { hosts: [{ addr: 'example.com', port: 80 }] } } };
  await admin('POST', '/apis/gloo.solo.io/v1/namespaces/default/upstreams', upstream);
  // An older release of another owner: a field is missing, one has gone since.
  const older = parse(crdOf(name, (of) => {
    const spec = specOf(of);
    delete spec.healthChecks;
    spec.goneSince = { type: 'string' };
    Object.assign(of.metadata, { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': 'other', 'helm.sh/resource-policy': 'keep' } });
  }).text) as object;
  await admin('PATCH', `${ROOT}/${name}?fieldManager=helm&force=true`, older, 'application/apply-patch+yaml');
  const existing = await definition(name);
  // As kubectl apply's client side and Helm 3 write it.
  await admin('PUT', `${ROOT}/${name}?fieldManager=kubectl-client-side-apply`, { ...existing, metadata: { ...existing.metadata, annotations: { ...existing.metadata.annotations, 'kubectl.kubernetes.io/last-applied-configuration': '{}' } } });
  expect(Object.keys(specOf(await definition(name)))).not.toContain('healthChecks');

  await apply();
  const after = await definition(name);
  expect(Object.keys(specOf(after))).toContain('healthChecks');
  expect(Object.keys(specOf(after))).not.toContain('goneSince');
  expect(after.metadata.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep', 'kubectl.kubernetes.io/last-applied-configuration': '{}' });
  expect(after.metadata.managedFields.map(({ manager }) => manager)).toEqual(expect.arrayContaining(['gloo-vault-irsa', 'kubectl-client-side-apply']));
  expect(await admin('GET', '/apis/gloo.solo.io/v1/namespaces/default/upstreams/mine')).toMatchObject({ spec: upstream.spec });
}, 120_000);

test('a version in which objects may be stored is not dropped; on the way back the CRD stays as it is', async () => {
  const name = 'gatewayparameters.gateway.gloo.solo.io';
  const newer = crdOf(name, ({ spec }) => {
    const [first] = spec.versions;
    if (!first) throw new Error('no version');
    spec.versions = [{ ...first, storage: false }, { ...first, name: 'v2' }];
  });
  await apply([newer], '1.23.0', '1.22.1');
  expect((await definition(name)).status.storedVersions).toEqual(['v1alpha1', 'v2']);
  const vendored = CRDS.filter((crd) => crd.name === name);
  await expect(apply(vendored)).rejects.toThrow(/^PATCH gatewayparameters\.gateway\.gloo\.solo\.io was answered by the API server with 422 \(.*status\.storedVersions\[1\]: Invalid value: "v2": missing from spec\.versions/);
  const before = (await definition(name)).metadata.resourceVersion;
  await apply(vendored, '1.22.1', '1.23.0');
  expect(log.at(-2)).toMatch(/^left as it is, as the chart is an older one than before: PATCH gatewayparameters/);
  expect((await definition(name)).metadata.resourceVersion).toBe(before);
}, 120_000);

test.each([
  ['others', 'patch'],
  // An apply that makes one asks for both, by name.
  ['uncreated', 'create'],
])('it may make none but Gloo’s: %s', async (plural, verb) => {
  const name = `${plural}.enterprise.gloo.solo.io`;
  const text = CRDS[0]?.text.replaceAll('authconfigs', plural) ?? '';
  await expect(apply([{ name, text }])).rejects.toThrow(new RegExp(`with 403 \\(customresourcedefinitions\\.apiextensions\\.k8s\\.io "${name}" is forbidden: User .* cannot ${verb} resource`));
});
