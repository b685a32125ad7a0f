import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AccessEntry } from '../../../rehearsal/api-server/access-entries';
import { AccessEntries, accessPolicyBindings, CLUSTER_ADMIN } from '../../../rehearsal/api-server/access-entries';
import { startApiServer } from '../../../rehearsal/api-server/api-server';
import type { RecordedRequest } from '../../../rehearsal/api-server/recorded-request';
import { TokenAuthenticator, type Authenticate } from '../../../rehearsal/api-server/token-authenticator';
import { createOidcIssuer, type OidcIssuer } from '../../../rehearsal/aws/oidc-issuer';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { AuditLog } from '../../../rehearsal/control-plane/audit-log';
import { endpointsObject, podStatus } from '../../../rehearsal/control-plane/cluster-contents';
import { startControlPlane } from '../../../rehearsal/control-plane/control-plane';
import { podAddresses } from '../../../rehearsal/control-plane/network-namespace';
import { startTokenWebhook } from '../../../rehearsal/control-plane/token-webhook';
import type { KubernetesObject } from '../../../rehearsal/kubernetes-objects';
import { unaccepting } from '../api-server/unaccepting';
import { controlPlanePrograms } from './available';

/** An API server under comparison. */
export interface Compared {
  readonly endpoint: string;
  readonly caPem: string;
  requests(): readonly RecordedRequest[];
}

/** A request that its backend has got and keeps. */
export interface Held {
  /** When the connection on which it came is gone. */
  readonly gone: Promise<unknown>;
  answer(): void;
}

export interface BothServers {
  readonly issuer: OidcIssuer;
  readonly standIn: Compared;
  readonly real: Compared;
  /** The next requests under `/held`, so many: they have no answer until they are given one. */
  nextHeld(count: number): Promise<Held[]>;
  close(): Promise<void>;
}

const RBAC = 'rbac.authorization.k8s.io';
const ACCOUNT = 'arn:aws:iam::111122223333';
const stsUrl = (role: string) => `https://sts.eu-central-1.amazonaws.com/?role=${role}`;

/** The header with the EKS token of a role. */
export const tokenOf = (role: string) => ({ authorization: `Bearer k8s-aws-v1.${Buffer.from(stsUrl(role)).toString('base64url')}` });

/** Spellings that the role may use: everything else is refused. */
export const ALLOWED = {
  services: ['http:vault:8200', 'http:vault:http', 'http:vault:9999', 'vault', 'vault:8200', 'https:vault:8200', 'http:none:8200', 'http:down:8200', 'http:missing:8200', 'https:secure:8200', 'http:dropped:8200', 'https:silent:8200', 'a:b:c:d'],
  pods: ['http:vault-0:8200', 'vault-0', 'http:vault-0:8201', 'http:vault-1:8200', 'http:missing:8200', 'https:vault-2:8200', 'http:pending:8200'],
  serviceaccounts: ['vault', 'missing'],
};

/**
 * Headers between the API server and its backend that say nothing of the request: Go's client asks for gzip and undoes it,
 * and doubles the end of a path that it had to clean in X-Forwarded-Uri, which no Vault reads.
 */
const OF_THE_CONNECTION = ['connection', 'accept-encoding', 'x-forwarded-uri'];

type Listener = NonNullable<Parameters<typeof createServer>[1]>;

/** A Vault that says what it got; some paths answer otherwise. */
function backend(name: string, hold: (request: Held) => void): Listener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url = '' } = request;
      const headers = Object.entries(request.headers).filter(([header]) => !OF_THE_CONNECTION.includes(header));
      if (url.startsWith('/held')) return hold({ gone: once(request.socket, 'close'), answer: () => response.writeHead(200, { 'content-type': 'text/plain' }).end('late') });
      if (url.startsWith('/cut')) return request.socket.destroy();
      if (url.startsWith('/standby')) return response.writeHead(307, { location: 'http://10.0.0.7:8200/v1/sys/mounts' }).end();
      if (url.startsWith('/own')) return response.writeHead(307, { location: '/ui/' }).end();
      const status = Number(/status=(\d+)/.exec(url)?.[1] ?? 200);
      response.writeHead(status, { 'content-type': 'application/json', 'x-from': name });
      response.end(status === 204 ? undefined : JSON.stringify({ name, method, url, headers: Object.fromEntries(headers), body: Buffer.concat(chunks).toString() }));
    });
  };
}

/** The stand-in and a real API server with the same access entries, RBAC, Services and pods in front of the same backends. */
export async function startBoth(): Promise<BothServers> {
  const ca = await createCertificateAuthority('both');
  const issuer = await createOidcIssuer('https://oidc.example.com/id/A');
  const [plain = '', down = '', tls = '', dropped = '', silent = ''] = podAddresses(5);
  const certificate = await (await createCertificateAuthority('a CA that no API server knows')).issue(['another.name']);
  const held = new EventEmitter<{ request: [Held] }>();
  const hold = (request: Held) => held.emit('request', request);
  const servers = [
    { server: createServer(backend('vault-0', hold)), address: plain },
    { server: createTlsServer(certificate, backend('vault-2', hold)), address: tls },
    { server: createTcpServer((socket) => socket.resume()), address: silent },
  ];
  await Promise.all(servers.map(({ server, address }) => new Promise<void>((resolve) => server.listen(8200, address, resolve))));
  const full = await unaccepting(dropped, 8200);

  const accessEntries: AccessEntry[] = [
    { principalArn: `${ACCOUNT}:role/configurator`, kubernetesGroups: ['vault-configurators'] },
    { principalArn: `${ACCOUNT}:role/nobody`, kubernetesGroups: [] },
    { principalArn: `${ACCOUNT}:role/Admin`, kubernetesGroups: [], accessPolicies: ['AmazonEKSClusterAdminPolicy'] },
  ];
  const authenticate: Authenticate = (url) => {
    const role = new URL(url).searchParams.get('role') ?? '';
    return role === 'broken' ? Promise.reject(new Error('STS is away')) : Promise.resolve(role === 'unknown' ? undefined : { roleArn: `${ACCOUNT}:role/${role}` });
  };
  const cluster = { clusterName: 'c', authenticate, accessEntries };
  const namespaces: KubernetesObject[] = ['vault', 'gloo-system'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  const access: KubernetesObject[] = [
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata: { name: 'configurator', namespace: 'vault' },
      rules: [
        { apiGroups: [''], resources: ['services/proxy'], resourceNames: ALLOWED.services, verbs: ['get', 'update', 'delete'] },
        { apiGroups: [''], resources: ['pods/proxy'], resourceNames: ALLOWED.pods, verbs: ['get', 'update'] },
        { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: ALLOWED.serviceaccounts, verbs: ['create'] },
      ],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'configurator', namespace: 'vault' },
      roleRef: { apiGroup: RBAC, kind: 'Role', name: 'configurator' },
      subjects: [{ kind: 'Group', apiGroup: RBAC, name: 'vault-configurators' }],
    },
    ...accessPolicyBindings(accessEntries),
  ];
  const services = [
    { name: 'vault', portName: 'http', scheme: 'http', pods: [{ name: 'vault-0', address: plain }] },
    { name: 'none', portName: 'http', scheme: 'http', pods: [] },
    { name: 'down', portName: 'http', scheme: 'http', pods: [{ name: 'vault-1', address: down }] },
    { name: 'secure', portName: 'https', scheme: 'https', pods: [{ name: 'vault-2', address: tls }] },
    { name: 'dropped', portName: 'http', scheme: 'http', pods: [{ name: 'vault-3', address: dropped }] },
    { name: 'silent', portName: 'https', scheme: 'https', pods: [{ name: 'vault-4', address: silent }] },
  ] as const;
  const pods = [
    { name: 'vault-0', address: plain, scheme: 'http' },
    { name: 'vault-1', address: down, scheme: 'http' },
    { name: 'vault-2', address: tls, scheme: 'https' },
    { name: 'vault-3', address: dropped, scheme: 'http' },
    { name: 'vault-4', address: silent, scheme: 'https' },
    { name: 'pending', address: undefined, scheme: 'http' },
  ] as const;
  const origin = (scheme: string, address: string | undefined) => address && `${scheme}://${address}:8200`;

  const account: KubernetesObject = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'vault', namespace: 'vault' } };
  const labels = { app: 'vault' };
  const container = { name: 'vault', image: 'vault', ports: [{ containerPort: 8200 }] };
  const contents: KubernetesObject[] = [
    ...namespaces,
    ...access,
    account,
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'vault', namespace: 'vault', labels },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
    },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'vault', namespace: 'vault' }, spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 8200 }] }] } },
    ...services.map(({ name, portName }) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'vault' }, spec: { ports: [{ name: portName, port: 8200 }] } })),
    ...pods.map(({ name, address }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'vault' },
      spec: { serviceAccountName: 'vault', containers: [container] },
      ...(address === undefined ? {} : { status: podStatus(address) }),
    })),
  ];

  const standing = [...contents];
  const standIn = await startApiServer({
    ...cluster,
    ca,
    manifests: [...namespaces, ...access, CLUSTER_ADMIN],
    objects: () => standing,
    replace: (before, after) => standing.splice(standing.indexOf(before as KubernetesObject), 1, after as KubernetesObject),
    services: services.map((service) => ({ ...service, namespace: 'vault', port: 8200, target: () => origin(service.scheme, service.pods[0]?.address) })),
    pods: pods.map((pod) => ({ ...pod, namespace: 'vault', port: 8200, target: () => origin(pod.scheme, pod.address) })),
    makeToken: async ({ namespace, serviceAccount, audiences, expiresIn }) =>
      serviceAccount === 'vault' ? issuer.issueToken({ namespace, serviceAccount, audience: audiences[0] ?? issuer.url, expiresIn }) : undefined,
  });

  const webhook = await startTokenWebhook(ca, new TokenAuthenticator({ ...cluster, entries: new AccessEntries(accessEntries) }));
  const real = await startControlPlane({ programs: await controlPlanePrograms(), ca, issuer, tokenWebhook: webhook.kubeconfig });
  const audit = new AuditLog(real.auditLog, (receivedAt) => webhook.refusalAfter(receivedAt));
  for (const object of contents) await real.client.apply(object);
  for (const service of services) await real.client.apply(endpointsObject({ namespace: 'vault', ...service }, service.pods));

  return {
    issuer,
    standIn: { endpoint: standIn.endpoint, caPem: standIn.caPem, requests: () => standIn.requests },
    real: { endpoint: real.endpoint, caPem: real.caPem, requests: () => audit.requests() },
    nextHeld: (count) => {
      const found: Held[] = [];
      return new Promise((resolve) => {
        const take = (request: Held) => {
          if (found.push(request) < count) return;
          held.off('request', take);
          resolve(found);
        };
        held.on('request', take);
      });
    },
    close: async () => {
      await Promise.all([standIn.close(), real.close(), webhook.close(), full.close(), ...servers.map(({ server }) => new Promise((resolve) => server.close(resolve)))]);
      audit.close();
    },
  };
}
