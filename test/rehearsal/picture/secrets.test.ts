import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startApiServer, type StandInApiServer } from '../../../rehearsal/api-server/api-server';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { GlooClient, type GlooRequest } from '../../../rehearsal/gloo/gloo-client';
import { pictureOf } from '../../../rehearsal/picture/model';
import { renderPage } from '../../../rehearsal/picture/page';
import { exchangesOf } from '../../../rehearsal/picture/traffic';
import { reportOf } from '../../../rehearsal/report';
import { ask } from '../api-server/client';
import { apiServerOptions, bearer, GOOD, PROXY } from '../api-server/fixture';
import { startFixture, type Fixture } from '../aws/fixture';

const random = (length: number) => Array.from({ length }, (_, index) => 'aZ3kQ9xLm0TbR7wYc5NfH1uVj8PdG2sE6i'[(index * 7 + length) % 34]).join('');
const SECRETS = {
  vaultToken: `hvs.CAESI${random(90)}`,
  recoveryKey: `${random(43)}=`,
  secretAccessKey: `${random(20)}/${random(19)}`,
  jwt: `eyJhbGciOiJSUzI1NiJ9.eyJ${random(60)}.${random(86)}`,
  accessor: random(24),
  /** Has no form by which it could be known. */
  password: 'correct horse battery staple',
};
const key = `-----BEGIN PRIVATE KEY-----\n${random(64)}\n-----END PRIVATE KEY-----`;
const everything = JSON.stringify({ ...SECRETS, key });

let backend: Server;
let api: StandInApiServer;
let fixture: Fixture;
const glooRequests: GlooRequest[] = [];
const origin = () => `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;

beforeAll(async () => {
  backend = createServer((_, response) => response.writeHead(403, { 'x-token': SECRETS.vaultToken }).end(everything)).listen(0, '127.0.0.1');
  await once(backend, 'listening');
  api = await startApiServer(apiServerOptions(await createCertificateAuthority('test'), origin));
  fixture = await startFixture({ Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'writer', AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] } } } });
});
afterAll(async () => {
  await Promise.all([api.close(), fixture.aws.close()]);
  backend.close();
});

/** Whatever forms a text may take on its way. */
const forms = (text: string) => [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), Buffer.from(text).toString('base64').replace(/=+$/, ''), Buffer.from(text).toString('hex')];

test('whatever secrets are sent and answered, in headers, bodies, paths and errors, the page has none', async () => {
  const began = Date.now();
  const presigned = bearer(`https://sts.eu-central-1.amazonaws.com/?X-Amz-Security-Token=${SECRETS.secretAccessKey}`);
  await ask(api, `${PROXY}/v1/secret/data/a`, { method: 'PUT', headers: { ...GOOD, 'x-vault-token': SECRETS.vaultToken }, body: everything });
  await ask(api, `${PROXY}/v1/auth/token/lookup/${SECRETS.vaultToken}?password=${encodeURIComponent(SECRETS.password)}`, { headers: GOOD });
  await ask(api, `${PROXY}/v1/sys/raft?key=${encodeURIComponent(key)}`, { headers: presigned });
  await fixture.ask('secretsmanager', 'PutSecretValue', { SecretId: 'recovery', SecretString: everything }, 'writer');
  const gloo = new GlooClient({ address: 'http://vault', aws: { iamServerIdHeader: SECRETS.password, mountPath: 'aws', region: 'us-east-1' }, pathPrefix: 'dev' }, origin, 10, { onRequest: (request) => void glooRequests.push(request) });
  await gloo.logIn({ accessKeyId: 'ASIA', secretAccessKey: SECRETS.secretAccessKey, sessionToken: SECRETS.jwt }).catch(() => undefined);
  await gloo.status({ token: SECRETS.vaultToken, leaseSeconds: 1, policies: [], renewable: false }, 'GET', `auth/token/lookup-accessor/${SECRETS.accessor}`);

  const exchanges = exchangesOf({ environment: { name: 'dev', cluster: { name: 'cluster' } }, apiServer: api, aws: fixture.aws, glooRequests });
  expect(exchanges).toHaveLength(6);
  const { vaultToken, jwt, recoveryKey, secretAccessKey } = SECRETS;
  const said = `Vault said: token ${vaultToken}; ${jwt}; keys ["${recoveryKey}"], AWS_SECRET_ACCESS_KEY=${secretAccessKey} ${key}`;
  const report = reportOf('dev', [{ title: 'First', began, ms: 1, evidence: { 1: said, beyond: said } }, { title: 'Second', began: Date.now() + 1, ms: 1, evidence: {}, error: said }]);
  const page = renderPage({ began: '', vault: '', apiServer: '', environments: [pictureOf(report, exchanges)], outstanding: [] });
  expect(page).toContain('PUT secret/data/a');
  expect(page).toContain('auth/token/lookup-accessor/•••');
  for (const [name, secret] of Object.entries({ ...SECRETS, key, body: random(64), presigned: presigned.authorization })) {
    for (const form of forms(secret)) expect({ name, found: page.includes(form) }).toEqual({ name, found: false });
  }
});
