import { App } from 'cdk8s';
import { ClusterAccessChart } from '../../../cdk8s/cluster-access';
import { applyCrds } from '../../../lib/gloo/crds/apply';
import type { Crd } from '../../../lib/gloo/crds/crds';
import type { Run } from '../../../lib/vault/client/attempts';
import { Mask } from '../../../lib/vault/client/errors';
import { startApiServer, type Fault, type StandInApiServer } from '../../../rehearsal/api-server/api-server';
import type { Manifest } from '../../../rehearsal/api-server/rbac';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';

const ROLE = 'arn:aws:iam::111122223333:role/gloo-crds-c';
const NAMES = ['upstreams.gloo.solo.io', 'proxies.gloo.solo.io'];
const crd = (name: string, ...versions: string[]): Crd => ({
  name,
  text: `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: ${name}\nspec:\n  versions:\n${versions.map((version, index) => `  - {name: ${version}, served: true, storage: ${index === versions.length - 1}}\n`).join('')}`,
});
const CRDS = NAMES.map((name) => crd(name, 'v1'));
const authority = createCertificateAuthority('crds');

let server: StandInApiServer;
let log: string[];
beforeEach(async () => {
  log = [];
  const rules = [{ apiGroup: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', names: NAMES, verbs: ['get', 'create', 'patch'] }] as const;
  server = await startApiServer({
    ca: await authority,
    clusterName: 'c',
    authenticate: () => Promise.resolve({ roleArn: ROLE }),
    accessEntries: [{ principalArn: ROLE, kubernetesGroups: ['gloo-crds'] }],
    manifests: new ClusterAccessChart(new App(), 'access', { group: 'gloo-crds', rules }).toJson() as Manifest[],
    services: [],
  });
});
afterEach(() => server.close());

const run = (): Run => ({
  env: { AWS_REGION: 'us-east-1' },
  aws: { accessKeyId: 'ASIAEXAMPLEKEY123456', secretAccessKey: 'a-secret-key' },
  mask: new Mask(),
  requestTimeout: 500,
  log: (line) => void log.push(line),
  patience: { starting: 3000, settling: 200, passing: 200, pause: { first: 20, longest: 50 }, deadline: Date.now() + 8000 },
});
const apply = (crds: readonly Crd[] = CRDS, chartVersion = '1.22.1', earlierVersion?: string) =>
  applyCrds(run(), { cluster: { name: 'c', endpoint: server.endpoint, certificateAuthority: Buffer.from(server.caPem).toString('base64') }, crds, chartVersion, earlierVersion });
const asked = () => server.requests.map(({ verb, path }) => `${verb} ${path.replace(/^.*definitions\//, '')}`);

test('applies each once, by name, and waits until it is served', async () => {
  await apply();
  const [first, second, ...looks] = asked();
  expect([first, second]).toEqual(NAMES.map((name) => `patch ${name}?fieldManager=gloo-vault-irsa&force=true`));
  expect(new Set(looks)).toEqual(new Set(NAMES.map((name) => `get ${name}`)));
  // One may be served before the other.
  expect(log[0]).toBe("waiting: The API server does not serve all of Gloo's CRDs yet: upstreams.gloo.solo.io (no condition yet), proxies.gloo.solo.io (no condition yet). kubectl describe crd says why.");
  expect(log.at(-1)).toBe("2 CRDs of Gloo's chart 1.22.1 are applied and served");
});

test('a second time it asks for each once more, and looks no further', async () => {
  await apply();
  const before = asked().length;
  await apply();
  expect(asked().slice(before)).toHaveLength(NAMES.length);
});

test('a CRD keeps a version in which objects may be stored: an error on the way on, and left as it is on the way back', async () => {
  await apply([crd(NAMES[0] ?? '', 'v1', 'v2')], '1.23.0');
  await apply([crd(NAMES[0] ?? '', 'v1', 'v2')], '1.23.0', '1.22.1');
  await apply([crd(NAMES[0] ?? '', 'v2')], '1.24.0', '1.23.0').catch(() => undefined);
  await expect(apply(CRDS.slice(0, 1), '1.24.0', '1.23.0')).rejects.toThrow(
    new Error(
      'PATCH upstreams.gloo.solo.io was answered by the API server with 422 (CustomResourceDefinition.apiextensions.k8s.io "upstreams.gloo.solo.io" is invalid: status.storedVersions[0]: Invalid value: "v2": missing from spec.versions; ' +
        'v2 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v2 and removes v2 from status.storedVersions). ' +
        "Objects may be stored in a version that this CRD of Gloo's chart no longer has: without it nobody could read them. Nothing of this CRD was changed. " +
        "See both: kubectl get crd upstreams.gloo.solo.io -o jsonpath='{.status.storedVersions}' and cdk8s/gloo-crds. Have each object written anew in a version that stays " +
        '(kubectl get upstreams.gloo.solo.io -A -o yaml | kubectl replace -f -), then take the old one from the list (kubectl edit crd upstreams.gloo.solo.io --subresource status), and deploy again.',
    ),
  );
  log = [];
  await apply(CRDS, '1.22.1', '1.23.0');
  expect(log[0]).toMatch(/^left as it is, as the chart is an older one than before: PATCH upstreams\.gloo\.solo\.io was answered/);
  expect(log.at(-1)).toBe("2 CRDs of Gloo's chart 1.22.1 are applied and served");
});

test('none but its own', async () => {
  await expect(apply([crd('others.gloo.solo.io', 'v1')])).rejects.toThrow(
    /^PATCH others\.gloo\.solo\.io was answered by the API server with 403 \(customresourcedefinitions\.apiextensions\.k8s\.io "others\.gloo\.solo\.io" is forbidden: User ".*" cannot patch resource "customresourcedefinitions" in API group "apiextensions\.k8s\.io" at the cluster scope\)\. The function may get, create and patch Gloo's CRDs by ClusterRole and ClusterRoleBinding gloo-crds/,
  );
});

const status = (code: number, message: string): Fault => ({ status: code, body: { kind: 'Status', apiVersion: 'v1', message } });

test.each<readonly [string, Fault]>([
  ['cuts connections', 'reset'],
  ['is a load balancer for a moment', 'html'],
  ['was changed in between', status(409, 'the object has been modified')],
  ['knows the function not yet', status(401, 'Unauthorized')],
])('an API server that %s is asked again', async (_what, fault) => {
  server.failNext(1, fault);
  await apply();
  expect(log.at(-1)).toBe("2 CRDs of Gloo's chart 1.22.1 are applied and served");
});

test.each<readonly [string, Fault, RegExp]>([
  ['hangs', 'hang', /^PATCH upstreams\.gloo\.solo\.io had no answer from the API server \(ETIMEDOUT: no answer within 500 ms\)\./],
  ['never knows the function', status(401, 'Unauthorized'), /with 401 \(Unauthorized\)\. It does not know the function's IAM role: its access entry is missing/],
  ['answers with something else', { status: 200, body: { kind: 'List' } }, /was answered with 200 and no CustomResourceDefinition\. \(gave up after/],
  ['takes no such definition', status(400, 'strict decoding error'), /^PATCH upstreams\.gloo\.solo\.io was answered by the API server with 400 \(strict decoding error\)\. Nothing of this CRD was changed\./],
  ['serves none, for its names are another’s', { status: 200, body: { metadata: {}, status: { conditions: [{ type: 'NamesAccepted', status: 'False', message: '"Upstream" is already in use' }] } } }, /upstreams\.gloo\.solo\.io \(NamesAccepted: "Upstream" is already in use\)/],
  ['deletes them', { status: 200, body: { metadata: { deletionTimestamp: '2026-11-24T11:00:00Z' }, status: { conditions: [{ type: 'Established', status: 'True' }] } } }, /upstreams\.gloo\.solo\.io \(somebody deletes it, and it waits for its objects\)/],
])('an API server that %s is given up, with words', async (_what, fault, words) => {
  server.failNext(10_000, fault);
  await expect(apply()).rejects.toThrow(words);
});
