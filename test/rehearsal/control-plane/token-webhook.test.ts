import { AccessEntries } from '../../../rehearsal/api-server/access-entries';
import { TokenAuthenticator } from '../../../rehearsal/api-server/token-authenticator';
import { createCertificateAuthority, type CertificateAuthority } from '../../../rehearsal/certificate-authority';
import { startTokenWebhook, type TokenWebhook } from '../../../rehearsal/control-plane/token-webhook';
import { call } from '../../../rehearsal/http';

const ROLE = 'arn:aws:iam::111122223333:role/configurator';
let ca: CertificateAuthority;
let webhook: TokenWebhook;
const asked: unknown[] = [];

beforeAll(async () => {
  ca = await createCertificateAuthority('webhook');
  const entries = new AccessEntries([{ principalArn: ROLE, kubernetesGroups: ['vault-configurators'] }]);
  const authenticate = (url: string, headers: object) => {
    asked.push({ url, headers });
    return Promise.resolve({ roleArn: url.endsWith('good') ? ROLE : `${ROLE}-other` });
  };
  webhook = await startTokenWebhook(ca, new TokenAuthenticator({ clusterName: 'c', authenticate, entries }));
});
afterAll(() => webhook.close());

const tokenOf = (url: string) => `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
const ask = async (body: unknown) => {
  const { clusters } = webhook.kubeconfig as { clusters: { cluster: { server: string; 'certificate-authority-data': string } }[] };
  const { server, 'certificate-authority-data': trusted } = clusters[0]!.cluster;
  const { status, text } = await call({ method: 'POST', url: server, body, ca: Buffer.from(trusted, 'base64').toString(), limit: 5000 });
  return { status, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text };
};
const review = (token: string, audiences?: string[]) => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, ...(audiences ? { audiences } : {}) } });

test('a token of a role with an access entry is its user and groups, asked of STS with the cluster’s name', async () => {
  await expect(ask(review(tokenOf('https://sts.example.com/?good'), ['https://issuer']))).resolves.toEqual({
    status: 200,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      status: {
        authenticated: true,
        user: { username: 'arn:aws:sts::111122223333:assumed-role/configurator/session', groups: ['vault-configurators', 'system:authenticated'] },
        audiences: ['https://issuer'],
      },
    },
  });
  expect(asked).toEqual([{ url: 'https://sts.example.com/?good', headers: { 'x-k8s-aws-id': 'c' } }]);
});

test('another token is not authenticated, and why is given once, for a request that came before', async () => {
  const before = Date.now();
  const words = `no access entry is in effect for ${ROLE}-other`;
  await expect(ask(review(tokenOf('https://sts.example.com/?other')))).resolves.toMatchObject({ status: 200, body: { status: { authenticated: false, error: words } } });
  expect(webhook.refusalAfter(Date.now() + 10_000)).toBeUndefined();
  expect(webhook.refusalAfter(before)).toBe(words);
  expect(webhook.refusalAfter(before)).toBeUndefined();
});

test('what is no TokenReview is an error', async () => {
  await expect(ask({ kind: 'Pod' })).resolves.toMatchObject({ status: 500 });
});
