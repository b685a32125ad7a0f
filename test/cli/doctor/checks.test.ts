import { App } from 'cdk8s';
import { VaultNetworkPolicyChart } from '../../../cdk8s/vault-network-policy';
import { glooServiceAccounts } from '../../../lib/identity/names';
import { checksOf } from '../../../cli/doctor/checks';
import { judgeAudit } from '../../../cli/doctor/checks/audit';
import { judgeIdentity } from '../../../cli/doctor/checks/aws-identity';
import { judgeCertificate } from '../../../cli/doctor/checks/certificates';
import { judgeEndpoint, judgeVersion } from '../../../cli/doctor/checks/cluster';
import { judgeDrift } from '../../../cli/doctor/checks/drift';
import { judgeForeign } from '../../../cli/doctor/checks/foreign';
import { judgeDeployment } from '../../../cli/doctor/checks/gloo-deployments';
import { judgeRelease } from '../../../cli/doctor/checks/helm-releases';
import { judgeHop } from '../../../cli/doctor/checks/gloo-login';
import { judgeEnforcement, judgePolicy } from '../../../cli/doctor/checks/network-policy';
import { judgeKnownToken, judgeSearch } from '../../../cli/doctor/checks/root-token';
import { judgeAccount, wantedAccounts } from '../../../cli/doctor/checks/service-accounts';
import { judgePods, judgeRevisions, judgeVaultVersion, judgeVoters, type PodHealth } from '../../../cli/doctor/checks/vault-pods';
import type { Finding } from '../../../cli/doctor/finding';
import { loginsToProve } from '../../../lib/gloo/proof/logins';
import { HopFailure, HopSetback } from '../../../lib/gloo/proof/refused';
import { parseEnvironments } from '../../../lib/environment/parse';
import { environments } from '../../environments';
import { record } from '../helm/helm-secrets';

const all = parseEnvironments(environments);
const named = (name: string) => all.find((each) => each.name === name)!;
const [dev, existing, prod] = [named('dev'), named('existing'), named('prod')];
const NOW = new Date('2026-11-23T12:00:00Z');

const said = ({ status, found }: Finding) => `${status}: ${found}`;
const worded = (words: string | RegExp): unknown => (typeof words === 'string' ? words : expect.stringMatching(words));

const pod = (index: number, health: Partial<Exclude<PodHealth['health'], { unreachable: string }>> = {}): PodHealth => ({
  pod: `vault-${index}`,
  health: { initialized: true, sealed: false, standby: index > 0, version: '2.0.4', ...health },
});
const peers = (...servers: readonly (readonly [string, boolean])[]) => ({ data: { config: { servers: servers.map(([id, voter]) => ({ node_id: id, voter })) } } });

const policyDrift = {
  object: 'policy dev',
  path: 'sys/policies/acl/dev',
  words: 'dev/*, dev/ changed',
  differences: [
    { key: 'dev/*', wanted: ['read'], found: ['read', 'sudo'] },
    { key: 'dev/', wanted: ['list'], found: undefined },
  ],
};

test('which checks an environment has', () => {
  const ids = (environment: typeof dev) => checksOf(environment).map(({ id }) => id);
  expect(ids(dev)).toEqual([
    'aws-identity', 'cluster', 'kubernetes-version', 'helm-releases', 'vault-pods', 'vault-version', 'vault-revision', 'network-policy', 'network-policy-enforced', 'audit', 'root-token', 'drift', 'foreign',
    'service-accounts', 'login-gloo', 'login-discovery', 'gloo',
  ]);
  expect(ids(prod)).toEqual(expect.arrayContaining(['vault-voters', 'certificates']));
  expect(ids(prod)).not.toContain('login-discovery');
});

test("Vault's pods and what is deployed", () => {
  const pods = [{ name: 'vault-0', revision: 'a' }, { name: 'vault-1', revision: 'b' }, { name: 'vault-2' }];
  expect(said(judgeRevisions(prod, 'b', pods))).toBe('warning: vault-0: started from an older configuration than the deployed one, b');
  expect(judgeRevisions(prod, 'b', pods).mends).toEqual(["Restart Vault's pods one after the other, the leader last: npx gloo-vault roll -e prod"]);
  expect(judgeRevisions(dev, 'b', pods).mends).toEqual(['kubectl delete pod -n vault vault-0, which loses the secrets of a dev-mode Vault; then deploy with another vault.revision.']);
  expect(said(judgeRevisions(prod, 'b', pods.slice(1)))).toBe('ok: all 2 of b');
  expect(() => judgeRevisions(prod, undefined, pods)).toThrow("the StatefulSet's controller has not seen its last change yet");
});

const GLOO = { name: 'gloo', namespace: 'gloo-system' };
test.each([
  [[record('gloo', 3, 'deployed'), record('gloo', 2, 'pending-upgrade')], 'ok: gloo revision 3 deployed'],
  [[record('gloo', 3, 'failed')], 'warning: gloo revision 3 failed'],
  [[record('gloo', 4, 'pending-upgrade', '2026-11-23T11:58:00Z')], 'warning: gloo-system/gloo, revision 4, pending-upgrade for 2 minutes: a deployment may be under way'],
  [[record('gloo', 4, 'pending-upgrade', '2026-11-23T11:28:00Z')], 'failure: gloo-system/gloo, revision 4, pending-upgrade for 32 minutes: Helm was killed, and refuses every deployment from now on'],
  [[], 'failure: there is no release gloo-system/gloo'],
])('Helm releases: case %#', (records, words) => {
  expect(said(judgeRelease('dev', GLOO, records, NOW))).toBe(words);
});

test('every failure and warning has a mend', () => {
  const findings: Finding[] = [
    judgeIdentity(dev, { arn: 'a', account: '999999999999' }),
    judgeRelease('dev', GLOO, [], NOW),
    judgeRelease('dev', GLOO, [record('gloo', 2, 'pending-upgrade', NOW.toISOString())], NOW),
    judgeEndpoint(dev, 'https://a', 'https://b'),
    judgeVersion('1.34', 'v1.35.2', NOW),
    judgePods(prod, [{ pod: 'vault-0', health: { unreachable: 'refused' } }]),
    judgeVaultVersion(prod, [pod(0, { version: '1.0.0' })]),
    judgeVoters(prod, peers(['vault-0', true])),
    judgeAudit(dev, {}),
    judgeKnownToken(dev, true),
    judgeSearch({ looked: 1000, all: 2000, roots: [] }),
    judgeDrift([policyDrift], 3, []),
    judgePolicy(dev, undefined),
    judgeEnforcement(dev, { spec: {} }),
    judgeCertificate('a/b', undefined, NOW),
    judgeAccount(wantedAccounts(dev)[0]!, undefined),
    judgeDeployment('gloo-system', 'gloo', undefined),
  ];
  for (const finding of findings) {
    expect(finding.status).not.toBe('ok');
    expect(finding.mends.join()).toMatch(/\w/);
  }
});

test('AWS identity', () => {
  const arn = 'arn:aws:sts::111122223333:assumed-role/Admin/me';
  expect(judgeIdentity(dev, { arn, account: '111122223333' })).toMatchObject({ status: 'ok' });
  expect(said(judgeIdentity(dev, { arn, account: '999922223333' }))).toBe(`failure: ${arn} is of account 999922223333, and dev is in 111122223333 (us-east-1)`);
});

test('the cluster that the kubeconfig leads to', () => {
  const endpoint = 'https://ABC.gr7.us-east-1.eks.amazonaws.com';
  expect(judgeEndpoint(dev, endpoint.toLowerCase(), endpoint)).toMatchObject({ status: 'ok' });
  expect(judgeEndpoint(dev, 'https://other.example', endpoint)).toMatchObject({
    status: 'failure',
    mends: ['Take the right context (--context NAME), or write one: aws eks update-kubeconfig --name gloo-ee-vault-integration --region us-east-1'],
  });
  expect(said(judgeEndpoint(dev, endpoint, new Error('x may not eks:DescribeCluster')))).toMatch(/^unknown: it leads to .*: x may not eks:DescribeCluster$/);
});

test.each<[string, string, Date, string | RegExp]>([
  ['1.35', 'v1.35.2-eks-1', NOW, 'ok: v1.35.2-eks-1, as the environment has it'],
  ['1.34', 'v1.35.2-eks-1', NOW, 'warning: the API server is v1.35.2-eks-1, and the environment says 1.34'],
  ['1.35', 'v1.35.2', new Date('2027-01-15'), 'warning: Kubernetes 1.35 leaves standard support on 2027-03-27; EKS then charges for extended support, until 2028-03-27.'],
  ['1.35', 'v1.35.2', new Date('2028-04-01'), /^warning: Kubernetes 1\.35 left extended support/],
  ['1.35', 'v1.99.0', NOW, 'warning: the API server is v1.99.0, and the environment says 1.35'],
])('Kubernetes: the environment says %s, the API server %s', (wanted, version, now, words) => {
  expect(said(judgeVersion(wanted, version, now))).toEqual(worded(words));
});

test("Vault's pods", () => {
  expect(said(judgePods(prod, [pod(0), pod(1), pod(2)]))).toBe('ok: vault-0 active; vault-1 standby; vault-2 standby');
  expect(judgePods(prod, [pod(0), pod(1, { sealed: true }), pod(2)])).toEqual({
    status: 'failure',
    found: 'vault-1 is sealed',
    mends: ['See why KMS does not unseal it (key disabled, role, way out): kubectl logs -n vault vault-1 -c vault; aws kms describe-key'],
  });
  expect(said(judgePods(prod, [pod(0, { standby: true }), pod(1), { pod: 'vault-2', health: { unreachable: 'refused' } }]))).toBe('failure: vault-2 does not answer: refused; no pod is the leader');
  expect(said(judgePods(prod, [pod(0), pod(1, { standby: false })]))).toBe('failure: vault-0 and vault-1 both say that they lead');
  expect(said(judgePods(dev, [pod(0, { initialized: false, sealed: true })]))).toBe('failure: vault-0 is not initialised; no pod is the leader');
});

test("Vault's version", () => {
  expect(said(judgeVaultVersion(prod, [pod(0), pod(1)]))).toBe('ok: 2.0.4, that of chart 0.34.1');
  expect(said(judgeVaultVersion(prod, [pod(0), pod(1, { version: '2.0.3' })]))).toBe('warning: chart 0.34.1 deploys 2.0.4, and vault-1 runs 2.0.3');
  expect(() => judgeVaultVersion(prod, [{ pod: 'vault-0', health: { unreachable: 'x' } }])).toThrow('no pod answers');
});

test('voters', () => {
  expect(said(judgeVoters(prod, peers(['vault-1', true], ['vault-0', true], ['vault-2', true])))).toBe('ok: 3 of 3: vault-0, vault-1, vault-2');
  expect(said(judgeVoters(prod, peers(['vault-0', true], ['vault-1', false])))).toBe('failure: 1 of 3 replicas vote: vault-0');
  expect(said(judgeVoters(prod, peers(['0', true], ['1', true], ['2', true], ['3', true])))).toMatch(/^failure: 4 of 3 replicas vote, some of which are gone/);
});

test('audit', () => {
  expect(said(judgeAudit(dev, { 'stdout/': { type: 'file', options: { file_path: 'stdout' } } }))).toBe("ok: stdout/, to the pod's output");
  expect(said(judgeAudit(dev, { 'file/': { type: 'file' } }))).toBe('failure: no audit device "stdout", only file/: nobody can tell who read what');
  expect(said(judgeAudit(dev, { 'stdout/': { type: 'file', options: { file_path: '/dev/null' } } }))).toBe('failure: the audit device "stdout" writes to "/dev/null"');
  const without = { ...dev, vault: { ...dev.vault, audit: false } };
  expect(said(judgeAudit(without, {}))).toBe('ok: none, as the environment has it');
  expect(said(judgeAudit(without, { 'stdout/': { type: 'file' } }))).toBe('warning: the environment wants none, and there is stdout/');
});

test('root tokens', () => {
  expect(said(judgeSearch({ looked: 4, all: 4, roots: [] }))).toBe('ok: none among 4 tokens');
  expect(said(judgeSearch({ looked: 1000, all: 1200, roots: [] }))).toBe('warning: none among the first 1000 of 1200 tokens');
  expect(judgeSearch({ looked: 4, all: 4, roots: [{ accessor: 'abc', displayName: 'token' }] })).toEqual({
    status: 'failure',
    found: 'a token with the policy root: token',
    mends: ['Revoke the root token "token" when nobody works with it: vault token revoke -accessor abc'],
  });
});

test('drift, and a role whose id is not known', () => {
  expect(said(judgeDrift([], 10, []))).toBe('ok: 10 objects as the environment has them');
  expect(judgeDrift([policyDrift], 10, [])).toMatchObject({
    status: 'failure',
    found: 'policy dev: dev/*, dev/ changed',
    details: ['policy dev (sys/policies/acl/dev)', '  [~] dev/*: wanted ["read"], and there is ["read","sudo"]', '  [-] dev/: wanted ["list"], and there is nothing'],
  });
  expect(said(judgeDrift([], 10, ['iam:GetRole was refused']))).toBe("unknown: whether the unique id that Vault binds is still that of Gloo's role: iam:GetRole was refused");
});

test('a Vault that holds what is wanted, by another deployment', () => {
  const object = { object: 'policy vault-config-trial', path: 'sys/policies/acl/vault-config-trial', words: 'x' };
  const [mine, theirs] = [
    { key: 'deployment/aaaaaaaaaaaa', wanted: ['deny'], found: undefined },
    { key: 'deployment/bbbbbbbbbbbb', wanted: undefined, found: ['deny'] },
  ];
  expect(judgeDrift([{ ...object, differences: [mine, theirs] }], 10, []).found).toBe(
    'Vault holds what this checkout wants, and was configured by another (deployment/bbbbbbbbbbbb, and this one is deployment/aaaaaaaaaaaa)',
  );
  expect(judgeDrift([{ ...object, differences: [mine] }], 10, []).found).toContain('(without a mark, and');
  expect(judgeDrift([{ ...object, words: 'the rest', differences: [mine, theirs, { key: 'sys/auth', wanted: ['read'], found: undefined }] }], 10, []).found).toBe('policy vault-config-trial: the rest');
});

test('what others made', () => {
  const roles = ['dev-role-iam-gloo-ee-vault-integration', 'vault-config-gloo-ee-vault-integration'];
  const none = { policies: ['default', 'root', 'dev', 'vault-config-gloo-ee-vault-integration'], mounts: { 'dev/': 'kv', 'sys/': 'system', 'cubbyhole/': 'cubbyhole', 'identity/': 'identity', 'secret/': 'kv' }, authMethods: { 'token/': 'token', 'aws/': 'aws' }, roles };
  expect(said(judgeForeign(dev, none))).toBe('ok: nothing');
  const [capitals] = parseEnvironments({ dev: { ...environments.dev!, cluster: { create: { name: 'Platform' } } } });
  expect(said(judgeForeign(capitals!, { ...none, policies: ['dev', 'vault-config-platform'], roles: ['dev-role-iam-platform'] }))).toBe('ok: nothing');
  const more = { policies: [...none.policies, 'team'], mounts: { ...none.mounts, 'team/': 'kv' }, authMethods: { ...none.authMethods, 'userpass/': 'userpass' }, roles: [...roles, 'ci'] };
  expect(said(judgeForeign(dev, more))).toBe('ok: policies team; mounts team/ (kv); auth methods userpass/ (userpass); roles in auth/aws ci; none of it is touched');
  expect(said(judgeForeign(prod, { policies: [], mounts: { 'secret/': 'kv' }, authMethods: {}, roles: [] }))).toBe('ok: mounts secret/ (kv); none of it is touched');
});

describe('hops', () => {
  const [login] = loginsToProve(dev, 'arn:aws:iam::111122223333:role/r');

  test('one that failed, after those that came off', () => {
    expect(judgeHop(['service account token', 'revocation'], new HopFailure('web identity', login!, 'STS refused', 'Mend it.'))).toEqual({
      status: 'failure',
      found: 'service account token came off; web identity: STS refused',
      mends: ['Mend it.'],
    });
  });

  test("the operator's own lack of a right says nothing of Gloo", () => {
    const setback = (hop: 'service account token' | 'login') => judgeHop([], new HopSetback(hop, login!, 'settling', 'the API server answered 403', 'Have the right.')).status;
    expect([setback('service account token'), setback('login')]).toEqual(['unknown', 'failure']);
  });

  test('what is no hop is thrown on', () => expect(() => judgeHop([], new Error('x'))).toThrow('x'));
});

describe('NetworkPolicy', () => {
  const manifest = (environment: typeof dev, blocks: readonly string[]): { spec: { ingress: unknown[] } } => {
    const { vault, gloo } = environment;
    const [policy] = new VaultNetworkPolicyChart(new App(), 'policy', {
      namespace: vault.namespace,
      glooNamespace: gloo.namespace,
      glooPods: glooServiceAccounts(gloo),
      controlPlaneCidrs: blocks,
      limitEgress: vault.raft !== undefined,
    }).toJson() as { spec: { ingress: unknown[] } }[];
    return policy!;
  };
  const everybody = ({ spec }: { spec: { ingress: unknown[] } }) => ({ spec: { ...spec, ingress: [...spec.ingress, {}] } });

  test.each([['dev', dev], ['prod', prod]])("the address blocks of a new cluster's control plane are EKS's: %s", (_, environment) => {
    expect(judgePolicy(environment, manifest(environment, ['10.0.6.0/27', '10.0.6.32/27']))).toMatchObject({ status: 'ok' });
    expect(said(judgePolicy(environment, everybody(manifest(environment, ['10.0.6.0/27', '10.0.6.32/27']))))).toBe('failure: it is not as the templates have it: ingress changed');
    expect(said(judgePolicy(environment, { spec: {} }))).toMatch(/^failure: it is not as the templates have it: podSelector, policyTypes, ingress/);
  });

  test.each(['0.0.0.0/0', '10.0.0.0/8', '10.0.0.0/16', '10.0.6.0/26', '192.168.0.0/27'])('but %s is none of them', (block) => {
    for (const environment of [dev, prod]) expect(said(judgePolicy(environment, manifest(environment, ['10.0.6.0/27', block])))).toMatch(/^failure: .*ingress/);
  });

  test('nor is a rule for another port, and without any block the API server is kept out', () => {
    const policy = manifest(dev, ['10.0.6.0/27']);
    const rules = policy.spec.ingress;
    const anyPort = { from: [{ ipBlock: { cidr: '10.0.6.0/27' } }] };
    expect(said(judgePolicy(dev, { spec: { ...policy.spec, ingress: [...rules, anyPort] } }))).toMatch(/ingress changed$/);
    expect(said(judgePolicy(dev, manifest(dev, [])))).toBe('failure: it is not as the templates have it: ingress changed');
  });

  test("those of an imported cluster's are the environment's", () => {
    expect(judgePolicy(existing, manifest(existing, ['10.20.0.0/28', '10.20.0.16/28']))).toMatchObject({ status: 'ok' });
    expect(said(judgePolicy(existing, manifest(existing, ['10.20.0.0/16'])))).toBe('failure: it is not as the templates have it: ingress changed');
  });

  test('enforced by the VPC CNI alone', () => {
    const daemonSet = (args: string[]) => ({ spec: { template: { spec: { containers: [{ name: 'aws-node' }, { name: 'aws-eks-nodeagent', args }] } } } });
    expect(judgeEnforcement(dev, daemonSet(['--enable-network-policy=true']))).toMatchObject({ status: 'ok' });
    expect(said(judgeEnforcement(dev, daemonSet([])))).toBe('failure: the VPC CNI does not enforce it (no --enable-network-policy=true): every pod reaches Vault');
    expect(said(judgeEnforcement(dev, { spec: {} }))).toMatch(/no container aws-eks-nodeagent/);
    expect(judgeEnforcement(dev, undefined)).toMatchObject({ status: 'unknown' });
  });
});

test.each<[number, string, string | RegExp]>([
  [90, 'True', 'ok: vault/vault-tls ends in 90 days'],
  [29, 'True', 'ok: vault/vault-tls ends in 29 days'],
  [28, 'True', 'warning: vault/vault-tls ends in 28 days, on 2026-12-21, and should have been renewed 30 days before'],
  [6, 'True', 'failure: vault/vault-tls ends in 6 days, on 2026-11-29'],
  [-1, 'True', 'failure: vault/vault-tls ended on 2026-11-22'],
  [90, 'False', /^failure: vault\/vault-tls is not ready \(why\); it ends on /],
])('a certificate of %s days, ready %s', (days, ready, words) => {
  const certificate = { status: { notAfter: new Date(NOW.getTime() + days * 86_400_000).toISOString(), conditions: [{ type: 'Ready', status: ready, message: 'why' }] } };
  expect(said(judgeCertificate('vault/vault-tls', certificate, NOW))).toEqual(worded(words));
});

test('a certificate that was never issued', () => {
  const certificate = { status: { conditions: [{ type: 'Ready', status: 'False', message: 'no issuer' }] } };
  expect(said(judgeCertificate('vault/vault-tls', certificate, NOW))).toBe('failure: vault/vault-tls has not been issued (no issuer)');
});

test('service accounts', () => {
  const [gloo] = wantedAccounts(prod);
  expect(wantedAccounts(dev).map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(['gloo-system/gloo', 'gloo-system/discovery', 'vault/vault']);
  expect(said(judgeAccount(gloo!, { metadata: { annotations: { ...gloo!.annotations, other: 'x' } } }))).toBe('ok: gloo-system/gloo');
  expect(said(judgeAccount(gloo!, { metadata: { annotations: { ...gloo!.annotations, 'eks.amazonaws.com/role-arn': 'arn:other' } } }))).toBe(
    'failure: gloo-system/gloo has eks.amazonaws.com/role-arn "arn:other", and needs "arn:aws:iam::111122223333:role/dev-role-iam-gloo-prod"',
  );
});

test("Gloo's deployment", () => {
  const of = (replicas: number, availableReplicas?: number) => said(judgeDeployment('gloo-system', 'gloo', { spec: { replicas }, status: { availableReplicas } }));
  expect([of(2, 2), of(2, 1), of(1), of(0, 0)]).toEqual(['ok: gloo 2 of 2', 'failure: 1 of 2 replicas of gloo are available', 'failure: 0 of 1 replicas of gloo are available', 'failure: gloo is scaled to 0']);
});
