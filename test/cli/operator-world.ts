import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../rehearsal/certificate-authority';
import { environments } from '../environments';
import { listening } from '../vault/client/listening';
import { capturedIo, type CapturedIo } from './captured-io';

export const TOKEN = 'hvs.CAESIOperatorTokenOfThisTest0123456789';
export const PERSON = 'arn:aws:sts::111122223333:assumed-role/Admin/me@example.org';

const EKS = 'arn:aws:eks:us-east-1:111122223333:cluster/gloo-ee-vault-integration';

type Answer = readonly [status: number, body: object];

/** A cluster whose API server leads to a Vault that answers as it is told, and STS that knows one person. */
export interface OperatorWorld {
  /** Environments `dev` and `existing` in a file, a kubeconfig of their cluster, credentials. Another one for each command. */
  io(): CapturedIo;
  /** What Vault, or the API server in front of it, answers to a login. */
  login: Answer;
  /** Answers of any other path below `v1/`, 404 else. */
  readonly answers: Map<string, Answer>;
  /** `PUT auth/aws/login`, … in the order they came. */
  readonly asked: string[];
  /** Who the caller is to STS, or its error code. */
  caller: string;
  /** Called when a login has come, before it is answered. */
  onLogin: () => void;
}

export const granted: Answer = [200, { auth: { client_token: TOKEN, accessor: 'accessor-1', token_policies: ['default', 'vault-operator-gloo-ee-vault-integration'], lease_duration: 1800 } }];
const PROXY = '/api/v1/namespaces/vault/services/http:vault:8200/proxy/v1/';

/** For the tests of one file. */
export function operatorWorld(): OperatorWorld {
  const cwd = mkdtempSync(join(tmpdir(), 'operator-'));
  const saved = { ...process.env };
  let server: Server;
  let kubeconfig = '';
  let sts = '';
  const world: OperatorWorld = {
    io: () => capturedIo({ cwd, env: { KUBECONFIG: kubeconfig, AWS_ENDPOINT_URL_STS: sts } }),
    login: granted,
    answers: new Map(),
    asked: [],
    caller: PERSON,
    onLogin: () => undefined,
  };
  beforeAll(async () => {
    // They are compiled for jest, file by file, the first time.
    await Promise.all([import('@kubernetes/client-node'), import('@aws-sdk/credential-providers')]);
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'ASIAEXAMPLEKEY123456', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', AWS_SESSION_TOKEN: 'session-token-of-this-test' });
    const ca = await createCertificateAuthority('operator test');
    server = createServer(await ca.issue(['127.0.0.1']), (request, response) => {
      const path = request.url?.replace(PROXY, '') ?? '';
      world.asked.push(`${request.method} ${path}`);
      if (path === 'auth/aws/login') world.onLogin();
      const [status, body] = path === 'auth/aws/login' ? world.login : (world.answers.get(path) ?? [404, { errors: [] }]);
      request.resume().on('end', () => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const cluster = { server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, 'certificate-authority-data': Buffer.from(ca.caPem).toString('base64') };
    kubeconfig = join(cwd, 'kubeconfig');
    writeFileSync(kubeconfig, JSON.stringify({ clusters: [{ name: EKS, cluster }], users: [{ name: 'u', user: { token: 'kubernetes-token' } }], contexts: [{ name: 'me', context: { cluster: EKS, user: 'u' } }], 'current-context': 'me' }));
    mkdirSync(join(cwd, 'environments'));
    const { dev } = environments;
    writeFileSync(join(cwd, 'environments', 'named.json'), JSON.stringify({ dev }));
    writeFileSync(join(cwd, 'environments', 'nobody.json'), JSON.stringify({ dev: { ...dev, vault: {} } }));
  }, 120_000);
  beforeEach(async () => {
    Object.assign(world, { login: granted, caller: PERSON, onLogin: () => undefined });
    world.answers.clear();
    world.answers.set('auth/token/revoke-self', [204, {}]);
    world.asked.length = 0;
    sts = await listening((_, response) => {
      if (world.caller.startsWith('arn:')) response.end(`<GetCallerIdentityResult><Arn>${world.caller}</Arn></GetCallerIdentityResult>`);
      else response.writeHead(403).end(`<ErrorResponse><Error><Code>${world.caller}</Code><Message>no</Message></Error></ErrorResponse>`);
    });
  });
  afterAll(() => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
      if (saved[name] === undefined) delete process.env[name];
      else process.env[name] = saved[name];
    }
    server.close();
    server.closeAllConnections();
    rmSync(cwd, { recursive: true });
  });
  return world;
}
