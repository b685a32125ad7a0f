import { addOnObjects, endpointsObject, glooServiceAccounts, vaultServices } from '../../../rehearsal/control-plane/cluster-contents';
import { KubernetesObjects, type HelmRelease, type KubernetesObject } from '../../../rehearsal/kubernetes-objects';
import type { DeployedResource, Deployment } from '../../../rehearsal/cloudformation/deployment';

const release = (chart: string, namespace: string, values: object): HelmRelease => ({ release: chart, namespace, chart, repository: 'https://charts.example.com', version: '1.0.0', values: { ...values } });

function objectsOf(releases: readonly HelmRelease[], manifests: readonly KubernetesObject[] = []): KubernetesObjects {
  const resource = (type: string, properties: object) => ({ stack: 's', logicalId: 'l', type, physicalId: 'p', properties }) as unknown as DeployedResource;
  const resources = [
    resource('Custom::AWSCDK-EKS-KubernetesResource', { Manifest: JSON.stringify(manifests) }),
    ...releases.map(({ release: Release, namespace: Namespace, chart: Chart, repository: Repository, version: Version, values }) =>
      resource('Custom::AWSCDK-EKS-HelmChart', { Release, Namespace, Chart, Repository, Version, Values: JSON.stringify(values) }),
    ),
  ];
  return new KubernetesObjects({ ofType: (type: string) => resources.filter((each) => each.type === type) } as unknown as Deployment);
}

const named = (objects: readonly KubernetesObject[], kind: string) => objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);

describe('what an add-on brings', () => {
  test('nothing where no manifest uses it', () => {
    expect(addOnObjects(objectsOf([]))).toEqual([]);
  });

  test('the kinds of cert-manager and its namespace, where one does', () => {
    const brought = addOnObjects(objectsOf([], [{ apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata: { name: 'a', namespace: 'b' } }]));
    expect(named(brought, 'Namespace')).toEqual(['cert-manager']);
    expect(named(brought, 'CustomResourceDefinition')).toEqual(['certificates', 'certificaterequests', 'issuers', 'clusterissuers'].map((plural) => `${plural}.cert-manager.io`));
  });
});

test.each([
  [true, ['gloo', 'gateway-proxy', 'discovery']],
  [false, ['gloo', 'gateway-proxy']],
])("service accounts of Gloo's chart, discovery %p", (enabled, names) => {
  const annotations = { 'eks.amazonaws.com/role-arn': 'arn' };
  const accounts = glooServiceAccounts(objectsOf([release('gloo', 'gloo-system', { discovery: { enabled }, gloo: { serviceAccount: { extraAnnotations: annotations } } })]));
  expect(named(accounts, 'ServiceAccount')).toEqual(names);
  expect(accounts.map(({ metadata }) => metadata.annotations)).toEqual([annotations, ...names.slice(1).map(() => ({}))]);
});

test("Services of Vault's chart in dev mode", () => {
  const made = vaultServices(objectsOf([release('vault', 'vault', { server: {} })]));
  expect(named(made, 'Service')).toEqual(['vault', 'vault-internal']);
  expect(made[0]).toMatchObject({ spec: { ports: [{ name: 'http', port: 8200, targetPort: 8200 }] } });
});

test('with replicas, Services for the leader and the others', () => {
  const made = vaultServices(objectsOf([release('vault', 'vault', { global: { tlsDisable: false }, server: { ha: { enabled: true, replicas: 3 } } })]));
  expect(named(made, 'Service')).toEqual(['vault', 'vault-active', 'vault-standby', 'vault-internal']);
});

test('endpoints are addresses of pods, or none', () => {
  const service = { namespace: 'vault', name: 'vault-active', portName: 'https' };
  expect(endpointsObject(service, [{ name: 'vault-1', address: '10.128.0.2' }])).toMatchObject({
    kind: 'Endpoints',
    subsets: [{ addresses: [{ ip: '10.128.0.2', targetRef: { kind: 'Pod', namespace: 'vault', name: 'vault-1' } }], ports: [{ name: 'https', port: 8200 }] }],
  });
  expect(endpointsObject(service, [])).toMatchObject({ subsets: [] });
});
