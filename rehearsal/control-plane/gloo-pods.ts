import type { GlooDeployments } from '../gloo/gloo-deployments';
import type { KubernetesObject, KubernetesObjects } from '../kubernetes-objects';
import { endpointsObject, podStatus } from './cluster-contents';
import { podAddresses } from './network-namespace';

/** An address for a pod of each of Gloo's Deployments that has a Service. */
export function glooAddresses(objects: KubernetesObjects): ReadonlyMap<string, string> {
  const names = namesOf(objects);
  const addresses = podAddresses(names.length);
  return new Map(names.map((name, index) => [name, addresses[index] ?? '']));
}

/** Services and pods of Gloo's chart, as far as the API server's proxies look at them. */
export function glooObjects(objects: KubernetesObjects, { addresses }: Pick<GlooDeployments, 'addresses'>): KubernetesObject[] {
  const { namespace } = objects.release('gloo');
  const services = objects.glooServices();
  return [...addresses].flatMap(([name, address]) => [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name },
      spec: { selector: { gloo: name }, ports: services.filter((service) => service.name === name).map(({ port, portName }) => ({ name: portName, port })) },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name: podName(name), labels: { gloo: name } },
      spec: { serviceAccountName: name, containers: [{ name, image: name }] },
      status: podStatus(address),
    },
  ]);
}

/** Where their Services lead to now. */
export function glooEndpoints(objects: KubernetesObjects, gloo: Pick<GlooDeployments, 'addresses' | 'isReady'>): KubernetesObject[] {
  const { namespace } = objects.release('gloo');
  return [...gloo.addresses].map(([name, address]) => {
    const ports = objects.glooServices().filter((service) => service.name === name);
    return endpointsObject({ namespace, name }, gloo.isReady(name) ? [{ name: podName(name), address }] : [], ports.map(({ port, portName }) => ({ port, ...(portName === undefined ? {} : { name: portName }) })));
  });
}

const namesOf = (objects: KubernetesObjects) => [...new Set(objects.glooServices().map(({ name }) => name))];

const podName = (deployment: string) => `${deployment}-0`;
