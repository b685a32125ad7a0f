import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createTlsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { names } from '../../../lib/identity/names';
import type { Run } from '../../../lib/vault/client/attempts';
import { credentialsFromEnvironment } from '../../../lib/vault/client/aws';
import { Mask } from '../../../lib/vault/client/errors';
import { watch } from '../../../lib/monitoring/handler/watch';
import { decodeWatchInput, type WatchInput } from '../../../lib/monitoring/watch-input';
import { startApiServer, type StandInApiServer } from '../../../rehearsal/api-server/api-server';
import { IamStore } from '../../../rehearsal/aws/iam';
import { startAws, type Aws } from '../../../rehearsal/aws/server';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { KubernetesObjects } from '../../../rehearsal/kubernetes-objects';
import { deployTemplates } from '../../rehearsal/cloudformation/assembly-on-disk';
import { CLUSTER, REGION, synthesizeMonitoring } from '../synthesized';

/** What stands behind a Service or pod: an answer, or nothing that listens (`gone`), or no address at all (`absent`). */
export type Backend = RequestListener | 'gone' | 'absent';

/** By name: `vault-active`, `vault-0` to `vault-2`, `gloo`. */
export type Backends = Record<string, Backend>;

/** One look of the watch function. */
export interface Look {
  /** What it measured. */
  readonly metrics: Readonly<Record<string, unknown>>;
  /** The other lines of its log. */
  readonly said: readonly string[];
  /** The message that it failed with. */
  readonly failure?: string;
}

/** The monitoring's own roles, policies and Roles of Kubernetes in AWS and in front of a cluster, both on loopback. */
export interface Watched {
  readonly aws: Aws;
  readonly api: StandInApiServer;
  /** What stands in the cluster; a test changes it. */
  readonly backends: Backends;
  readonly input: WatchInput;
  /** Environment of the function. */
  readonly env: () => Record<string, string>;
  readonly look: (options?: { readonly input?: Partial<WatchInput>; readonly requestTimeout?: number; readonly env?: Record<string, string> }) => Promise<Look>;
  readonly close: () => Promise<void>;
}

export async function startWatched(): Promise<Watched> {
  const { base, template } = synthesizeMonitoring();
  const deployment = deployTemplates({ 'trial-Base': base.toJSON(), 'trial-Monitoring': template.toJSON() }, { region: REGION });
  const ca = await createCertificateAuthority('cluster');
  const aws = await startAws({ iam: new IamStore(deployment), issuers: [], region: REGION, ca: await createCertificateAuthority('AWS') });
  const backends: Backends = {};
  const servers: (HttpServer | HttpsServer)[] = [];
  const certificate = await ca.issue(['vault-active.vault']);
  const serve = async (name: string, tls: boolean): Promise<() => string | undefined> => {
    const listener: RequestListener = (request, response) => {
      const backend = backends[name];
      if (typeof backend === 'function') backend(request, response);
      else response.writeHead(500).end();
    };
    const server = tls ? createTlsServer(certificate, listener) : createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const scheme = tls ? 'https' : 'http';
    const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return () => (backends[name] === 'gone' ? `${scheme}://127.0.0.1:1` : backends[name] === 'absent' ? undefined : url);
  };
  const vault = { namespace: 'vault', port: 8200, scheme: 'https' as const };
  const pods = ['vault-0', 'vault-1', 'vault-2'];
  const api = await startApiServer({
    ca,
    clusterName: CLUSTER,
    authenticate: (url, headers) => aws.whoSigned(url, headers),
    accessEntries: deployment.ofType('AWS::EKS::AccessEntry').flatMap(({ properties: { PrincipalArn, KubernetesGroups } }) => (KubernetesGroups ? [{ principalArn: PrincipalArn as string, kubernetesGroups: KubernetesGroups as string[] }] : [])),
    manifests: new KubernetesObjects(deployment).all,
    services: [
      { ...vault, name: 'vault-active', portName: 'https', target: await serve('vault-active', true) },
      { namespace: 'gloo-system', name: 'gloo', port: 9091, portName: 'http-monitoring', scheme: 'http', target: await serve('gloo', false) },
    ],
    pods: await Promise.all(pods.map(async (name) => ({ ...vault, name, target: await serve(name, true) }))),
  });
  const [rule] = deployment.ofType('AWS::Events::Rule');
  const [{ Input }] = rule?.properties.Targets as unknown as [{ Input: string }];
  const event = decodeWatchInput(JSON.parse(Input));
  const input = { ...event, cluster: { ...event.cluster, endpoint: api.endpoint, certificateAuthority: Buffer.from(api.caPem).toString('base64') } };
  const env = () => {
    const { accessKeyId, secretAccessKey, sessionToken } = aws.issueSession(names.watchRole(CLUSTER), 'watch');
    return { AWS_REGION: REGION, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken, AWS_ENDPOINT_URL_KMS: aws.kmsUrl };
  };
  return {
    aws,
    api,
    backends,
    input,
    env,
    look: async ({ input: change = {}, requestTimeout = 3000, env: variables = {} } = {}) => {
      const mask = new Mask();
      const log: string[] = [];
      const own = { ...env(), ...variables };
      const patience = { starting: 0, settling: 0, passing: 0, pause: { first: 0, longest: 0 }, deadline: Date.now() + requestTimeout };
      const run: Run = { env: own, aws: credentialsFromEnvironment(own, mask), mask, patience, requestTimeout, log: (line) => log.push(mask.apply(line)) };
      const failure = await watch(run, { ...input, ...change }).then(
        () => undefined,
        (error: Error) => mask.apply(error.message),
      );
      const lines = log.filter((line) => line.startsWith('{'));
      expect(lines).toHaveLength(1);
      const { _aws, ...metrics } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
      expect(_aws).toBeDefined();
      return { metrics, said: log.filter((line) => !line.startsWith('{')), ...(failure === undefined ? {} : { failure }) };
    },
    close: async () => {
      await Promise.all([api.close(), aws.close()]);
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
