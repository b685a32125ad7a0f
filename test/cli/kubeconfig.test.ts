import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { openCluster } from '../../cli/kubeconfig';
import type { GlobalOptions } from '../../cli/options';
import { parseEnvironments } from '../../lib/environment/parse';
import { Mask } from '../../lib/vault/client/errors';
import { createCertificateAuthority } from '../../rehearsal/certificate-authority';
import { environments } from '../environments';
import { capturedIo } from './captured-io';

// It is compiled for jest, file by file, the first time.
beforeAll(() => import('@kubernetes/client-node'), 120_000);

const cwd = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
afterAll(() => rmSync(cwd, { recursive: true }));

const [dev, existing] = ['dev', 'existing'].map((name) => {
  const [environment] = parseEnvironments({ [name]: environments[name] });
  if (!environment) throw new Error('parseEnvironments made nothing of one environment.');
  return environment;
}) as [ReturnType<typeof parseEnvironments>[number], ReturnType<typeof parseEnvironments>[number]];
const SERVER = 'https://0A1B.gr7.us-east-1.eks.amazonaws.com';
const ARN = 'arn:aws:eks:us-east-1:111122223333:cluster/gloo-ee-vault-integration';

interface Written {
  readonly file?: string;
  readonly cluster?: object;
  readonly clusterName?: string;
  readonly user?: object;
  readonly context?: string;
  readonly current?: string;
}

function kubeconfig({ file = 'config', cluster = { server: SERVER }, clusterName = ARN, user = { token: 'kubernetes-token' }, context = 'dev', current = context }: Written): string {
  const config = { apiVersion: 'v1', kind: 'Config', clusters: [{ name: clusterName, cluster }], users: [{ name: 'me', user }], contexts: [{ name: context, context: { cluster: clusterName, user: 'me' } }], 'current-context': current };
  writeFileSync(join(cwd, file), JSON.stringify(config));
  return join(cwd, file);
}

async function open(written: Written, options: GlobalOptions = {}, { environment = dev, env = {} }: { environment?: typeof dev; env?: NodeJS.ProcessEnv } = {}) {
  const io = capturedIo({ cwd, env: { KUBECONFIG: kubeconfig(written), ...env } });
  const mask = new Mask();
  const access = await openCluster(io, mask, options, environment);
  access.http.close();
  return { ...access, said: io.written.stderr, mask };
}

test('the current context: its server and token, which is masked from now on', async () => {
  const { endpoint, headers, context, said, mask } = await open({});
  expect({ endpoint, headers, context, said }).toEqual({ endpoint: SERVER, headers: { authorization: 'Bearer kubernetes-token' }, context: 'dev', said: '' });
  expect(mask.apply('kubernetes-token')).toBe('***');
});

test('of several files the first one that has a name counts, as with kubectl, and one that is not there is passed over', async () => {
  const files = [kubeconfig({ file: 'first', context: 'first', user: { token: 'of-the-first' } }), 'nowhere', kubeconfig({ file: 'second', context: 'second', user: { token: 'of-the-second' } })];
  const io = capturedIo({ cwd, env: { KUBECONFIG: files.join(delimiter) } });
  const access = await openCluster(io, new Mask(), { context: 'second' }, dev);
  access.http.close();
  expect(access).toMatchObject({ context: 'second', headers: { authorization: 'Bearer of-the-first' } });
});

test('--kubeconfig goes before KUBECONFIG, and its path is relative to the working directory', async () => {
  kubeconfig({ file: 'other', context: 'other' });
  expect((await open({}, { kubeconfig: 'other' })).context).toBe('other');
});

describe('a command for the credentials', () => {
  const command = (script: string, env?: object[]) => ({ exec: { apiVersion: 'client.authentication.k8s.io/v1beta1', command: process.execPath, args: ['-e', script], ...(env ? { env } : {}) } });
  const printed = 'console.log(JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1beta1", kind: "ExecCredential", status: { token: "for-" + process.env.AWS_PROFILE } }))';

  test('gives the token, with the profile of the command line', async () => {
    expect((await open({ user: command(printed) }, { profile: 'team' })).headers).toEqual({ authorization: 'Bearer for-team' });
  });

  test('keeps the profile that it names itself', async () => {
    expect((await open({ user: command(printed, [{ name: 'AWS_PROFILE', value: 'own' }]) }, { profile: 'team' })).headers).toEqual({ authorization: 'Bearer for-own' });
  });

  test('that fails is named with its word and the mend', async () => {
    const script = 'console.error("\\nToken has expired and refresh failed\\nmore"); process.exit(255)';
    await expect(open({ user: command(script) })).rejects.toThrow(/^The command of the context "dev" for its credentials \([^ ]*\) failed: Token has expired and refresh failed\. Log in again, aws sso login say\.$/);
  });

  test('that is not there, without its arguments, which may be secret', async () => {
    await expect(open({ user: { exec: { command: 'no-such-aws', args: ['--oidc-client-secret=hunter2'] } } })).rejects.toThrow('The command of the context "dev" for its credentials (no-such-aws) is not installed, or not on PATH.');
  });
});

test('a client certificate and an authority of the kubeconfig', async () => {
  const ca = await createCertificateAuthority('kubeconfig test');
  const { cert, key } = await ca.issueClient('me', ['admins']);
  const server = createServer({ ...(await ca.issue(['127.0.0.1'])), ca: ca.caPem, requestCert: true, rejectUnauthorized: true }, (request, response) =>
    response.end((request.socket as TLSSocket).getPeerCertificate().subject.CN),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const io = capturedIo({ cwd, env: { KUBECONFIG: kubeconfig({ cluster: { server: url, 'certificate-authority-data': base64(ca.caPem) }, user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } }) } });
  const { http, endpoint, headers } = await openCluster(io, new Mask(), {}, dev);
  const answer = await http.send({ method: 'GET', url: endpoint, headers }).finally(() => {
    http.close();
    server.close();
  });
  expect(answer).toMatchObject({ status: 200, body: 'me' });
});

test.each<[string, Written, GlobalOptions, string]>([
  ['an unknown context', {}, { context: 'prd' }, '--context "prd": the kubeconfig has no such context; it has dev.'],
  ['a current context that is gone', { current: 'gone' }, {}, 'The current context "gone": the kubeconfig has no such context; it has dev.'],
  ['no current context', { current: '' }, {}, 'The kubeconfig has no current context; name one: --context dev.'],
  ['a proxy', { cluster: { server: SERVER, 'proxy-url': 'http://proxy:3128' } }, {}, 'The context "dev" goes through the proxy-url http://proxy:3128, which is not supported here'],
  ['no kubeconfig', {}, { kubeconfig: 'nowhere' }, 'There is no kubeconfig at nowhere; this makes one: aws eks update-kubeconfig --name gloo-ee-vault-integration --region us-east-1'],
])('%s is refused', async (_, written, options, said) => {
  await expect(open(written, options)).rejects.toThrow(said);
});

describe('a context of another cluster', () => {
  test('than the imported one is refused', async () => {
    await expect(open({}, {}, { environment: existing })).rejects.toThrow(`The context "dev" leads to ${SERVER}, and the cluster of "existing" is at https://5E6A1F0C9B7D4823A1C0E9F86B7D2A34.gr7.us-east-1.eks.amazonaws.com, so nothing was sent there: give --context or --environment, or make a context (aws eks update-kubeconfig --name platform --region us-east-1).`);
  });

  test('is told by the name in the certificate, where a tunnel leads to it', async () => {
    const cluster = { server: 'https://localhost:8443', 'tls-server-name': '5e6a1f0c9b7d4823a1c0e9f86b7d2a34.gr7.us-east-1.eks.amazonaws.com' };
    await expect(open({ cluster, clusterName: 'tunnel' }, {}, { environment: existing })).resolves.toMatchObject({ said: '' });
  });

  const token = (...args: string[]) => ({ exec: { apiVersion: 'client.authentication.k8s.io/v1beta1', command: process.execPath, args: ['-e', 'console.log(`{"status":{}}`)', '--', ...args] } });
  const OTHER = 'is of the cluster "other", and the cluster of "dev" is called "gloo-ee-vault-integration"';

  test.each<[Written, string]>([
    [{ clusterName: 'arn:aws:eks:us-east-1:111122223333:cluster/other' }, OTHER],
    [{ clusterName: 'other.us-east-1.eksctl.io' }, OTHER],
    [{ clusterName: ARN.replace('111122223333', '999999999999') }, 'is of the account 999999999999, and "dev" is in 111122223333'],
    [{ clusterName: ARN.replace('us-east-1', 'eu-west-1') }, 'is of the region eu-west-1, and "dev" is in us-east-1'],
    [{ clusterName: 'c', user: token('--cluster-name', 'other') }, OTHER],
    [{ clusterName: 'c', user: token('--cluster-name=other') }, OTHER],
    [{ clusterName: 'c', user: token('--region', 'eu-west-1', '-i', 'gloo-ee-vault-integration') }, 'is of the region eu-west-1, and "dev" is in us-east-1'],
  ])('than the one that is made is refused, where the kubeconfig names it: %j', async (written, said) => {
    const attempt = open(written);
    await expect(attempt).rejects.toThrow(`The context "dev" ${said}, so nothing was sent there: give --context or --environment, or make a context (aws eks update-kubeconfig --name gloo-ee-vault-integration --region us-east-1).`);
    await expect(attempt).rejects.toMatchObject({ name: 'WrongUse' });
  });

  test('gets a word where nothing tells which it is', async () => {
    expect((await open({ clusterName: 'whatever' })).said).toBe(`The context "dev" does not say which cluster of EKS it is of: make sure that ${SERVER} is "gloo-ee-vault-integration", that of "dev".\n`);
    expect((await open({ clusterName: 'c', user: token('--cluster-name', 'gloo-ee-vault-integration') })).said).toBe('');
  });
});

test.each([
  [{}, ''],
  [{ HTTPS_PROXY: 'http://proxy:3128' }, 'proxies are not supported here'],
  [{ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'localhost, .eks.amazonaws.com' }, ''],
])('with %j it says: %s', async (env, said) => {
  const found = (await open({}, {}, { env })).said;
  expect(found === '' ? '' : found).toEqual(said === '' ? '' : expect.stringContaining(said));
});

test('an API server that is not verified gets a word', async () => {
  expect((await open({ cluster: { server: SERVER, 'insecure-skip-tls-verify': true } })).said).toContain('does not verify the API server');
});
