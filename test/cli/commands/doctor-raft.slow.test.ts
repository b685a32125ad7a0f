import type { KubernetesObject } from '../../../rehearsal/kubernetes-objects';
import { logIn } from '../../../rehearsal/steps/gloo';
import type { Stage } from '../../../rehearsal/steps/step';
import type { RaftNode } from '../../../rehearsal/vault/raft-node';
import { environments } from '../../environments';
import { describeWithVault } from '../../rehearsal/vault/available';
import { Trial } from './doctor-trial';

const TIMEOUT = 120_000;
const SEAL_KEY = 'alias/vault-seal-gloo-prod';

describeWithVault('with replicas, doctor', (vault) => {
  let trial: Trial;
  let undo: () => unknown;

  beforeAll(async () => {
    trial = await Trial.of('prod', environments.prod!, vault());
  }, 240_000);
  afterAll(() => trial?.close());
  beforeEach(() => {
    undo = () => undefined;
  });
  afterEach(() => undo(), TIMEOUT);

  /** A node that does not lead. */
  async function standby(): Promise<{ readonly pod: string; readonly node: RaftNode }> {
    const raft = trial.world.vault.raft!;
    const index = ((await raft.waitForLeader(60_000)) + 1) % raft.nodes.length;
    return { pod: `vault-${index}`, node: raft.nodes[index]! };
  }

  test('is all green after the deployment, but for the version that was built here', async () => {
    await trial.expectToSay({});
    const { report } = await trial.report();
    expect(report.checks.filter(({ id }) => ['vault-pods', 'vault-voters', 'certificates'].includes(id)).map(({ found }) => found)).toEqual([
      expect.stringMatching(/^vault-0 \w+; vault-1 \w+; vault-2 \w+$/),
      '3 of 3: vault-0, vault-1, vault-2',
      'vault/vault-tls ends in 89 days; gloo-system/vault-client-tls ends in 89 days',
    ]);
  }, TIMEOUT);

  test('takes no login that is under way its token', async () => {
    const stage: Stage = { world: trial.world, assemblyDir: '', projectDir: '' };
    const lost: string[] = [];
    let logins = 0;
    let looking = true;
    const keepLoggingIn = async () => {
      while (looking) {
        const { client, token } = await logIn(stage, 'gloo');
        await client.renew(token).catch((error: unknown) => lost.push(String(error)));
        logins += 1;
      }
    };
    const gloos = Array.from({ length: 4 }, keepLoggingIn);
    for (let run = 0; run < 3; run += 1) await trial.expectToSay({});
    looking = false;
    await Promise.all(gloos);
    expect(lost).toEqual([]);
    expect(logins).toBeGreaterThan(50);
  }, TIMEOUT);

  test('names a pod that does not answer', async () => {
    const { pod, node } = await standby();
    undo = () => node.start();
    await node.kill();
    const { code, report, unwell } = await trial.report();
    expect(unwell['vault-pods']).toMatch(new RegExp(`^failure: ${pod} does not answer: `));
    expect(report.mends).toContain(`See why the pod does not run: kubectl describe pod -n vault ${pod}`);
    expect(code).toBe(1);
  }, TIMEOUT);

  test('names a pod that is sealed', async () => {
    const { pod, node } = await standby();
    const { keys } = trial.world.aws;
    undo = async () => {
      keys.enableKey(SEAL_KEY);
      await node.restart();
    };
    keys.disableKey(SEAL_KEY);
    await node.restart();
    const { code, unwell } = await trial.report();
    expect(unwell['vault-pods']).toBe(`failure: ${pod} is sealed`);
    expect(code).toBe(1);
  }, TIMEOUT);

  const ends =
    (days: number, ready = 'True') =>
    (object: KubernetesObject): KubernetesObject => ({
      ...object,
      status: { conditions: [{ type: 'Ready', status: ready, message: 'Issuing certificate as Secret does not exist' }], notAfter: new Date(Date.now() + days * 86_400_000 + 60_000).toISOString() },
    });
  test.each([
    ['near its end', ends(3), /^failure: vault\/vault-tls ends in 3 days, on \d{4}-\d\d-\d\d$/, 1],
    ['not renewed', ends(20), /^warning: vault\/vault-tls ends in 20 days, on \S+, and should have been renewed 30 days before$/, 0],
    ['at its end', ends(-2), /^failure: vault\/vault-tls ended on /, 1],
    ['not ready', ends(60, 'False'), /^failure: vault\/vault-tls is not ready \(Issuing certificate as Secret does not exist\); it ends on /, 1],
  ])('names a certificate %s', async (_, to, words, ended) => {
    undo = trial.world.clusterObjects.change('Certificate', 'vault', 'vault-tls', to);
    const { code, unwell } = await trial.report();
    expect(unwell.certificates).toMatch(words);
    expect(code).toBe(ended);
  }, TIMEOUT);
});
