import { names } from '../../../lib/identity/names';
import { call } from '../../../rehearsal/http';
import type { KubernetesObject } from '../../../rehearsal/kubernetes-objects';
import { Observer } from '../../../rehearsal/observer';
import { addPerson } from '../../../rehearsal/person';
import { DOCTOR_PERMISSIONS } from '../../../rehearsal/steps/doctor';
import { environments } from '../../environments';
import { describeWithVault } from '../../rehearsal/vault/available';
import { BUILT_HERE, Trial, type Said } from './doctor-trial';

const TIMEOUT = 120_000;
const ROLE = names.authRole('gloo-ee-vault-integration', 1);

const client = (serverId: string) => ({ iam_server_id_header_value: serverId, sts_endpoint: 'https://sts.us-east-1.amazonaws.com', sts_region: 'us-east-1' });

describeWithVault('in dev mode, doctor', (vault) => {
  let trial: Trial;
  let observer: Observer;
  /** A root token that somebody made before the known one was revoked: an orphan, which survives that. */
  let left: string;
  let undo: () => unknown;

  const asRoot = async (token: string, path: string, body: object) => {
    const { address } = await trial.world.vault.place();
    return call({ method: 'POST', url: `${address}/v1/${path}`, headers: { 'x-vault-token': token }, body, limit: 10_000 });
  };

  beforeAll(async () => {
    trial = await Trial.of('dev', environments.dev!, vault(), async (world) => {
      observer = await Observer.of(() => world.vault.place(), 'root');
      const { address } = await world.vault.place();
      const { text } = await call({ method: 'POST', url: `${address}/v1/auth/token/create-orphan`, headers: { 'x-vault-token': 'root' }, body: { policies: ['root'], display_name: 'by hand' }, limit: 10_000 });
      left = (JSON.parse(text) as { auth: { client_token: string } }).auth.client_token;
    });
  }, TIMEOUT);
  afterAll(() => trial?.close());
  beforeEach(() => {
    undo = () => undefined;
  });
  afterEach(() => undo());

  test('finds a root token that somebody left, and does not show it', async () => {
    await trial.expectToSay({ 'root-token': 'failure: a token with the policy root: token-by-hand' });
    const { report } = await trial.report();
    expect(report.mends[0]).toMatch(/^Revoke the root token "token-by-hand" when nobody works with it: vault token revoke -accessor \S+$/);
    expect(JSON.stringify(report)).not.toContain(left);
  }, TIMEOUT);

  test('finds the known root token back', async () => {
    await asRoot(left, 'auth/token/create-orphan', { id: 'root', policies: ['root'] });
    await trial.expectToSay({
      'root-token': /^failure: the root token that everybody knows \("root"\) works: the pod was started again, or its configuration never ended; 2 tokens with the policy root: /,
    });
    await asRoot(left, 'auth/token/revoke', { token: 'root' });
    await asRoot(left, 'auth/token/revoke-self', {});
  }, TIMEOUT);

  test('is all green after the deployment, but for the version that was built here', async () => {
    const { code, stdout, stderr } = await trial.run([]);
    expect(stdout.replace(/127\.0\.0\.1:\d+/, 'HOST').replace(/runs 1\.21\.\d+/, 'runs BUILT').replace(/among \d+ tokens/, 'among N tokens').replace(/vault-[0-9a-f]{10}/, 'REVISION')).toMatchInlineSnapshot(`
"✔ AWS identity: arn:aws:sts::111122223333:assumed-role/Admin/operator, account of dev
✔ Kubeconfig leads to the cluster: https://HOST is gloo-ee-vault-integration
✔ Kubernetes version: v1.35.2-eks-rehearsal, as the environment has it
✔ Helm releases are settled: vault revision 1 deployed; gloo revision 1 deployed
✔ Vault is unsealed: vault-0 active
⚠ Vault's version: chart 0.34.1 deploys 2.0.4, and vault-0 runs BUILT
✔ Vault's pods run what is deployed: all 1 of REVISION
✔ Vault's NetworkPolicy: as the templates have it, in vault
✔ NetworkPolicy is enforced: by the VPC CNI (aws-eks-nodeagent)
✔ Audit log: stdout/, to the pod's output
✔ No root token is left: the dev mode's known one is refused; none among N tokens
✔ Vault is configured as deployed: 11 objects as the environment has them
✔ What others made in Vault: policies observer; none of it is touched
✔ Service accounts name their roles: gloo-system/gloo; gloo-system/discovery; vault/vault
✔ Gloo logs in as gloo-system/gloo: service account token, web identity, login, renewal, list, capabilities, revocation
✔ Gloo logs in as gloo-system/discovery: service account token, web identity, login, renewal, list, capabilities, revocation
✔ Gloo runs: gloo 1 of 1; discovery 1 of 1

dev: 1 warning, 16 ok.

What to do:
 1. kubectl delete pod -n vault vault-0, which loses the secrets of a dev-mode Vault; then deploy with another vault.revision.
"
`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }, TIMEOUT);

  test('leaves no token and writes nothing', async () => {
    const before = await observer.list('auth/token/accessors');
    const from = trial.world.vault.auditEntries().length;
    await trial.expectToSay({});
    expect(await observer.list('auth/token/accessors')).toEqual(before);
    const written = trial.world.vault.auditEntries().slice(from).filter(({ type, request }) => type === 'request' && request?.operation === 'update').map(({ request }) => request?.path ?? '');
    expect([...new Set(written)].sort()).toEqual(['auth/aws/login', 'auth/token/lookup-accessor', 'auth/token/renew-self', 'auth/token/revoke-self', 'sys/capabilities-self']);
  }, TIMEOUT);

  const faults: readonly { readonly what: string; readonly happen: () => Promise<unknown>; readonly mend?: () => Promise<unknown>; readonly said: Said }[] = [
    {
      what: "Gloo's policy",
      happen: () => observer.write('sys/policies/acl/dev', { policy: JSON.stringify({ path: { 'dev/*': { capabilities: ['read'] } } }) }),
      said: {
        drift: 'failure: policy dev: dev/*, dev/, sys/mounts changed',
        'login-gloo': /^failure: service account token, web identity, login, renewal came off; list: GET \S+ was answered by Vault with 403/,
        'login-discovery': /^failure: service account token, web identity, login, renewal came off; list: GET /,
      },
    },
    {
      what: 'the server id, by which nobody comes in, the operator neither',
      happen: () => observer.write('auth/aws/config/client', client('other.example.com')),
      mend: () => observer.write('auth/aws/config/client', client('vault.gloo.example.com')),
      said: {
        drift: /^unknown: Vault refused .* as "vault-operator-gloo-ee-vault-integration"/,
        audit: /^unknown: Vault refused /,
        foreign: /^unknown: Vault refused /,
        'root-token': /^unknown: whether another is left is not known: Vault refused/,
        'login-gloo': /^failure: service account token, web identity came off; login: PUT auth\/aws\/login was answered by Vault with 400/,
        'login-discovery': /^failure: service account token, web identity came off; login: PUT auth\/aws\/login was answered by Vault with 400/,
      },
    },
    {
      what: 'the role, made again in IAM',
      happen: () => Promise.resolve(trial.world.iam.recreateRole(ROLE)),
      said: {
        drift: `failure: role ${ROLE}: bound_iam_principal_id changed`,
        'login-gloo': /^failure: service account token, web identity came off; login: PUT auth\/aws\/login was answered by Vault with 400/,
        'login-discovery': /^failure: service account token, web identity came off; login: /,
      },
    },
    {
      what: 'the audit device',
      happen: () => observer.delete('sys/audit/stdout'),
      said: { audit: 'failure: no audit device "stdout": nobody can tell who read what', drift: 'failure: audit device stdout: absent' },
    },
  ];
  test.each(faults)('names what was changed in Vault: $what', async ({ happen, mend, said }) => {
    undo = mend ?? (() => trial.configure());
    await happen();
    await trial.expectToSay(said);
  }, TIMEOUT);

  test('names the condition of the trust policy that refuses', async () => {
    const { iam, issuer } = trial.world;
    const { trustPolicy } = iam.role(ROLE);
    undo = () => iam.changeTrust(ROLE, trustPolicy.Statement);
    const host = issuer.url.replace('https://', '');
    const condition = { StringEquals: { [`${host}:sub`]: 'system:serviceaccount:gloo-system:other', [`${host}:aud`]: 'sts.amazonaws.com' } };
    iam.changeTrust(ROLE, [{ Effect: 'Allow', Principal: { Federated: iam.findProvider(issuer.url)?.arn }, Action: 'sts:AssumeRoleWithWebIdentity', Condition: condition }]);
    await trial.expectToSay({
      'login-gloo': /^failure: service account token came off; web identity: STS refused \S+ with AccessDenied/,
      'login-discovery': /^failure: service account token came off; web identity: /,
    });
    expect((await trial.report()).report.mends[0]).toContain(':sub wants "system:serviceaccount:gloo-system:other", and the token has "system:serviceaccount:gloo-system:gloo"');
  }, TIMEOUT);

  const objects: readonly {
    readonly what: string;
    readonly of: readonly [kind: string, namespace: string, name: string];
    readonly to: (object: KubernetesObject) => KubernetesObject | undefined;
    readonly said: Said;
  }[] = [
    {
      what: 'NetworkPolicy is not enforced',
      of: ['DaemonSet', 'kube-system', 'aws-node'],
      to: (object) => ({ ...object, spec: { template: { spec: { containers: [{ name: 'aws-eks-nodeagent', args: ['--enable-network-policy=false'] }] } } } }),
      said: { 'network-policy-enforced': 'failure: the VPC CNI does not enforce it (--enable-network-policy=false): every pod reaches Vault' },
    },
    {
      what: 'another CNI',
      of: ['DaemonSet', 'kube-system', 'aws-node'],
      to: () => undefined,
      said: { 'network-policy-enforced': 'unknown: the cluster has no VPC CNI (DaemonSet aws-node), and of another CNI it is not known here' },
    },
    {
      what: 'the NetworkPolicy was opened',
      of: ['NetworkPolicy', 'vault', 'vault'],
      to: (object) => ({ ...object, spec: { ...(object.spec as object), ingress: [{}] } }),
      said: { 'network-policy': 'failure: it is not as the templates have it: ingress changed' },
    },
    {
      what: 'the NetworkPolicy is gone',
      of: ['NetworkPolicy', 'vault', 'vault'],
      to: () => undefined,
      said: { 'network-policy': 'failure: there is none in the namespace vault: every pod of the cluster reaches Vault' },
    },
    {
      what: 'a service account lost its role',
      of: ['ServiceAccount', 'gloo-system', 'gloo'],
      to: (object) => ({ ...object, metadata: { ...object.metadata, annotations: {} } }),
      said: { 'service-accounts': /^failure: gloo-system\/gloo has eks\.amazonaws\.com\/role-arn not at all, and needs "arn:aws:iam::111122223333:role\/dev-role-iam-/ },
    },
    {
      what: 'Gloo does not run',
      of: ['Deployment', 'gloo-system', 'gloo'],
      to: (object) => ({ ...object, status: { replicas: 1 } }),
      said: { gloo: 'failure: 0 of 1 replicas of gloo are available' },
    },
  ];
  test.each(objects)('names what is wrong in Kubernetes: $what', async ({ of, to, said }) => {
    undo = trial.world.clusterObjects.change(...of, to);
    await trial.expectToSay(said);
  }, TIMEOUT);

  test('who is no operator learns the rest', async () => {
    addPerson(trial.world.iam, { roleName: 'Other', path: '/' }, DOCTOR_PERMISSIONS);
    const { code, report, unwell } = await trial.report('Other');
    const why = 'arn:aws:sts::111122223333:assumed-role/Other/operator is no operator of "dev", and this needs a login to Vault';
    expect(unwell).toEqual({
      audit: `unknown: ${why}`,
      drift: `unknown: ${why}`,
      foreign: `unknown: ${why}`,
      'root-token': `unknown: whether another is left is not known: ${why}`,
      'vault-version': expect.stringMatching(BUILT_HERE) as string,
    });
    expect(report.mends).toContain(`Name your ARN in vault.operators of "dev", "arn:aws:iam::111122223333:role/Other" (with its path, if the role has one), and deploy: npx cdk deploy 'dev/Vault'`);
    expect(code).toBe(0);
  }, TIMEOUT);
});
