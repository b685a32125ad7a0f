import type { ProxyRequest } from './request-info';
import { badRequest, notFound, serviceUnavailable, type Status } from './status';

/** One port of a Service, and the backend that stands behind it. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  /** Name of the port. A port that has one must be named by it or by its number in the URL. */
  readonly portName?: string;
  /** What the backend speaks. */
  readonly scheme: 'http' | 'https';
  /** Origin of the ready backend (`http://127.0.0.1:8200`); undefined while there is no endpoint. Asked for each request. */
  readonly target: () => string | undefined;
}

/** One port of a Pod. The first one of a pod is what a URL without a port means. */
export interface PodPort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  /** Origin of the pod's process; undefined while the pod has no address. Asked for each request. */
  readonly target: () => string | undefined;
}

/** Where a proxied request goes, or how it is answered at once. */
export type Route =
  | { readonly kind: 'backend'; readonly origin: URL }
  | { readonly kind: 'status'; readonly status: Status }
  /** An answer in the backend's place, as plain text. */
  | { readonly kind: 'text'; readonly code: number; readonly text: string };

interface SchemeNamePort {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  readonly port: string;
}

/** The prefix of every error that comes from trying to reach a backend. */
export const UNREACHABLE = 'error trying to reach service: ';

/** Finds the backend of a service: the rules are those of the API server's service proxy. */
export function routeToService(request: ProxyRequest, services: readonly ServicePort[]): Route {
  const id = splitSchemeNamePort(request.name);
  if (!id) {
    return refuse(badRequest(`invalid service request ${JSON.stringify(request.name)}`));
  }
  const ports = services.filter(({ namespace, name }) => namespace === request.namespace && name === id.name);
  if (ports.length === 0) {
    return refuse(notFound('services', id.name));
  }
  const isNumber = /^\d+$/.test(id.port);
  const port = ports.find((candidate) => (isNumber ? candidate.port === Number(id.port) : (candidate.portName ?? '') === id.port));
  if (!port && isNumber) {
    return refuse(serviceUnavailable(`no service port ${Number(id.port)} found for service ${JSON.stringify(id.name)}`));
  }
  const target = port?.target();
  if (!port || target === undefined) {
    // With no endpoint at all, the API server names the service; with none for that port, it repeats what was asked for.
    const named = ports.some((candidate) => candidate.target() !== undefined) ? request.name : id.name;
    return refuse(serviceUnavailable(`no endpoints available for service ${JSON.stringify(named)}`));
  }
  return reach(id, port.scheme, target);
}

/** Finds the process in a pod: the rules are those of the API server's pod proxy. */
export function routeToPod(request: ProxyRequest, pods: readonly PodPort[]): Route {
  const id = splitSchemeNamePort(request.name);
  if (!id) {
    return refuse(badRequest(`invalid pod request ${JSON.stringify(request.name)}`));
  }
  const ports = pods.filter(({ namespace, name }) => namespace === request.namespace && name === id.name);
  const [first] = ports;
  if (!first) {
    return refuse(notFound('pods', id.name));
  }
  const port = id.port === '' ? first : ports.find((candidate) => String(candidate.port) === id.port);
  const target = (port ?? first).target();
  if (target === undefined) {
    return refuse(badRequest('address not allowed'));
  }
  if (!port) {
    const { hostname } = new URL(target);
    const words = /^\d+$/.test(id.port)
      ? `dial tcp ${hostname}:${id.port}: connect: connection refused`
      : `dial tcp: lookup tcp/${id.port}: unknown port`;
    return refuse(serviceUnavailable(UNREACHABLE + words));
  }
  return reach(id, port.scheme, target);
}

function reach(id: SchemeNamePort, scheme: 'http' | 'https', target: string): Route {
  const origin = new URL(target);
  if (origin.protocol !== `${scheme}:`) {
    throw new Error(`${id.name}: its target is ${target}, but its scheme is "${scheme}"; make the two agree`);
  }
  if (id.scheme === scheme) {
    return { kind: 'backend', origin };
  }
  return scheme === 'http'
    ? refuse(serviceUnavailable(`${UNREACHABLE}tls: first record does not look like a TLS handshake`))
    : { kind: 'text', code: 400, text: 'Client sent an HTTP request to an HTTPS server.\n' };
}

function splitSchemeNamePort(id: string): SchemeNamePort | undefined {
  const parts = id.split(':');
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts];
  if (parts.length > 3 || name === '' || !['', 'http', 'https'].includes(scheme)) {
    return undefined;
  }
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port };
}

function refuse(status: Status): Route {
  return { kind: 'status', status };
}
