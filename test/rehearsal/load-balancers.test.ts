import { setTimeout as sleep } from 'node:timers/promises';
import { LOAD_BALANCER_FINALIZER, ClusterObjects } from '../../rehearsal/cluster-objects';
import type { Deployment } from '../../rehearsal/cloudformation/deployment';
import { KubernetesObjects } from '../../rehearsal/kubernetes-objects';
import { LoadBalancers } from '../../rehearsal/load-balancers';

const chart = (values: unknown) => ({
  stack: 'dev-Gloo',
  logicalId: 'Chart',
  type: 'Custom::AWSCDK-EKS-HelmChart',
  properties: { Release: 'gloo', Namespace: 'gloo-system', Chart: 'gloo', Repository: 'https://charts.example', Version: '1.22.1', Values: JSON.stringify(values) },
});
const deploymentOf = (...resources: unknown[]) => ({ ofType: (type: string) => resources.filter((each) => (each as { type: string }).type === type) }) as unknown as Deployment;
const environment = { gloo: { namespace: 'gloo-system', discovery: false } } as never;

let balancers: LoadBalancers;
afterEach(() => balancers.close());

function cluster(values: unknown = {}) {
  const objects = new KubernetesObjects(deploymentOf(chart(values)));
  const contents = new ClusterObjects(objects, environment, true);
  balancers = new LoadBalancers(contents, 100);
  const services = () => contents.all().filter(({ kind }) => kind === 'Service');
  const uninstall = () => {
    objects.update(deploymentOf());
    contents.update(objects, environment);
  };
  return { services, uninstall };
}

test('a Service of type LoadBalancer has one, with an address and the finalizer; another has none', () => {
  const { services } = cluster({ gatewayProxies: { inside: { service: { type: 'ClusterIP' } } } });
  expect(balancers.left()).toEqual(['gloo-system/gateway-proxy']);
  expect(services()).toMatchObject([
    { metadata: { name: 'gateway-proxy', finalizers: [LOAD_BALANCER_FINALIZER] }, spec: { type: 'LoadBalancer' }, status: { loadBalancer: { ingress: [{ hostname: 'gateway-proxy.elb.example' }] } } },
    { metadata: { name: 'inside' }, spec: { type: 'ClusterIP' } },
  ]);
});

test('with the chart deleted, the Service stays until its load balancer is gone, and that takes a while', async () => {
  const { services, uninstall } = cluster({ gatewayProxies: { inside: { service: { type: 'ClusterIP' } } } });
  uninstall();
  expect(services()).toMatchObject([{ metadata: { name: 'gateway-proxy', deletionTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string } }]);
  expect(balancers.left()).toHaveLength(1);
  await sleep(400);
  expect(services()).toEqual([]);
  expect(balancers.left()).toEqual([]);
});

test('one that is held stays, and one whose cluster is gone stays for ever', async () => {
  const { services, uninstall } = cluster();
  const release = balancers.hold();
  uninstall();
  await sleep(300);
  expect(services()).toHaveLength(1);
  balancers.close();
  release();
  await sleep(300);
  expect(balancers.left()).toEqual(['gloo-system/gateway-proxy']);
});
