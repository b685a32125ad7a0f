import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { OidcIssuer } from '../aws/oidc-issuer';
import type { CertificateAuthority } from '../certificate-authority';
import { call } from '../http';
import { onFreePorts } from '../vault/running-vault';
import { ADMINISTRATOR, AUDIT_POLICY } from './audit-log';
import type { ControlPlanePrograms } from './find-control-plane';
import { KubernetesClient, type Administrator } from './kubernetes-client';
import { runServer, type Server } from './run-server';

export interface ControlPlaneOptions {
  readonly programs: ControlPlanePrograms;
  /** Issues the certificates of the API server and of its administrator. */
  readonly ca: CertificateAuthority;
  /** The API server issues service accounts' tokens as this issuer, with its key. */
  readonly issuer: OidcIssuer;
  /** Kubeconfig of the webhook that knows bearer tokens which are no service account's. @default - there is none */
  readonly tokenWebhook?: object;
}

/** etcd and kube-apiserver on loopback: no scheduler, no controllers, no nodes. */
export interface ControlPlane {
  /** `https://127.0.0.1:<port>`. */
  readonly endpoint: string;
  /** What a client must trust, PEM. */
  readonly caPem: string;
  /** Path of a kubeconfig for a user in `system:masters`, by client certificate: for kubectl and helm too. */
  readonly kubeconfig: string;
  readonly client: KubernetesClient;
  /** Path of the audit log. */
  readonly auditLog: string;
  /** Ends both and removes their files. A second call does nothing. */
  close(): Promise<void>;
}

const READY_LIMIT = 60_000;
const ASK_LIMIT = 2_000;

/**
 * Starts a control plane and waits until it is ready, some four seconds. However this process ends, it ends with it.
 * @throws when one of the two ends or is not ready in 60 s, with the last lines of its log.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), 'rehearsal-control-plane-'));
  const servers: Server[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.splice(0).map((server) => server.end()));
  };
  const close = async (): Promise<void> => {
    await stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const files = await writeFiles(folder, options);
    const port = await onFreePorts(3, async ([etcdPort = 0, peerPort = 0, securePort = 0]) => {
      try {
        servers.push(await startEtcd(options, folder, etcdPort, peerPort));
        servers.push(await startKubeApiserver(options, files, etcdPort, securePort));
        return securePort;
      } catch (error) {
        await stop();
        throw error;
      }
    });
    const administrator: Administrator = { ...files.administrator, endpoint: `https://127.0.0.1:${port}` };
    const kubeconfig = files.write('kubeconfig', stringify(kubeconfigOf(administrator)));
    const { endpoint, caPem } = administrator;
    return { endpoint, caPem, kubeconfig, client: new KubernetesClient(administrator), auditLog: files.auditLog, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Files {
  readonly administrator: Omit<Administrator, 'endpoint'>;
  readonly auditLog: string;
  /** The API server's arguments that name files. */
  readonly args: readonly string[];
  /** @returns path of the new file. */
  write(name: string, content: string): string;
}

async function writeFiles(folder: string, { ca, issuer, tokenWebhook }: ControlPlaneOptions): Promise<Files> {
  const write = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const [serving, administrator, keys] = await Promise.all([ca.issue(['127.0.0.1', 'localhost']), ca.issueClient(ADMINISTRATOR, ['system:masters']), issuer.keyPair()]);
  const auditLog = write('audit.log', '');
  const paths: Readonly<Record<string, string>> = {
    'tls-cert-file': write('serving.crt', serving.cert),
    'tls-private-key-file': write('serving.key', serving.key),
    'client-ca-file': write('ca.crt', ca.caPem),
    'service-account-signing-key-file': write('service-accounts.key', keys.privateKey),
    'service-account-key-file': write('service-accounts.pub', keys.publicKey),
    'audit-policy-file': write('audit-policy.json', JSON.stringify(AUDIT_POLICY)),
    'audit-log-path': auditLog,
    ...(tokenWebhook ? { 'authentication-token-webhook-config-file': write('token-webhook.json', JSON.stringify(tokenWebhook)) } : {}),
  };
  const args = Object.entries(paths).map(([flag, path]) => `--${flag}=${path}`);
  return { administrator: { caPem: ca.caPem, ...administrator }, auditLog, args, write };
}

function startEtcd({ programs }: ControlPlaneOptions, folder: string, port: number, peerPort: number): Promise<Server> {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  return runServer({
    title: 'etcd',
    program: programs.etcd,
    args: [
      `--data-dir=${join(folder, `etcd-${port}`)}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    folder,
    ready: () => answers200(`${client}/health`),
    limit: READY_LIMIT,
  });
}

function startKubeApiserver({ programs, issuer, tokenWebhook }: ControlPlaneOptions, { administrator, args, auditLog }: Files, etcdPort: number, port: number): Promise<Server> {
  return runServer({
    title: 'kube-apiserver',
    program: programs.kubeApiserver,
    args: [
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      '--authorization-mode=RBAC',
      // As EKS has it, but for health checks.
      '--anonymous-auth=false',
      `--service-account-issuer=${issuer.url}`,
      '--service-cluster-ip-range=172.20.0.0/16',
      '--endpoint-reconciler-type=none',
      // An access entry that comes or goes counts at once.
      ...(tokenWebhook ? ['--authentication-token-webhook-version=v1', '--authentication-token-webhook-cache-ttl=0s'] : []),
      ...args,
    ],
    folder: join(auditLog, '..'),
    ready: () => answers200(`https://127.0.0.1:${port}/readyz`, administrator),
    limit: READY_LIMIT,
  });
}

async function answers200(url: string, client?: Omit<Administrator, 'endpoint'>): Promise<void> {
  const reply = await call({ method: 'GET', url, limit: ASK_LIMIT, ...(client ? { ca: client.caPem, client: { cert: client.cert, key: client.key } } : {}) });
  if (reply.status !== 200) {
    throw new Error(`${url} answers ${reply.status}: ${reply.text.trim().split('\n').at(-1) ?? ''}`);
  }
}

function kubeconfigOf({ endpoint, caPem, cert, key }: Administrator): object {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'rehearsal', cluster: { server: endpoint, 'certificate-authority-data': base64(caPem) } }],
    users: [{ name: ADMINISTRATOR, user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } }],
    contexts: [{ name: 'rehearsal', context: { cluster: 'rehearsal', user: ADMINISTRATOR } }],
    'current-context': 'rehearsal',
  };
}
