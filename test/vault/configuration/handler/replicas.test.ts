import type { VaultAnswer } from '../../../../lib/vault/client/answers';
import type { VaultClient } from '../../../../lib/vault/client/vault-client';
import { requireVoters } from '../../../../lib/vault/configuration/handler/replicas';
import { trialRun } from './trial-run';

const peers = (...voters: boolean[]): VaultAnswer => ({ ok: true, body: { data: { config: { servers: voters.map((voter, index) => ({ node_id: `vault-${voters.length - 1 - index}`, voter })) } } } });

/** Vault that gives one answer after the other, the last one for ever. */
function vault(...answers: VaultAnswer[]): { client: VaultClient; asked: string[] } {
  const asked: string[] = [];
  const get = (path: string, token?: string) => {
    asked.push(`${path} ${token ?? ''}`);
    return Promise.resolve(answers[Math.min(asked.length, answers.length) - 1] as VaultAnswer);
  };
  return { client: { get } as Partial<VaultClient> as VaultClient, asked };
}
const session = { token: 't' };

test('as many voters as replicas are enough, asked for once', async () => {
  const { client, asked } = vault(peers(true, true, true));
  const { run, log } = trialRun();
  await requireVoters(run, client, session, 3);
  expect([asked, log]).toEqual([['sys/storage/raft/configuration t'], []]);
});

test('waits for replicas that have joined and do not vote yet', async () => {
  const { client, asked } = vault(peers(true), peers(true, false, false), peers(true, true, true));
  const { run, log } = trialRun({ starting: 5000 });
  await requireVoters(run, client, session, 3);
  expect(asked).toHaveLength(3);
  expect(log[0]).toContain('waiting: Vault is configured, and 1 of 3 replicas vote in Raft (vault-0)');
});

test('names those that vote where the others stay away', async () => {
  const { run } = trialRun();
  await expect(requireVoters(run, vault(peers(true, true, false)).client, session, 3)).rejects.toMatchObject({
    name: 'Setback',
    awaiting: 'starting',
    message:
      'Vault is configured, and 2 of 3 replicas vote in Raft (vault-1, vault-2): until all do, the loss of one stops it. ' +
      'A replica votes some 20 s after it has joined; what keeps one away (no node or volume in its zone, a certificate, KMS) says kubectl get pods and kubectl logs of its pod.',
  });
});

test('says which are too many, and goes on', async () => {
  const { run, log } = trialRun();
  await requireVoters(run, vault(peers(true, true, true)).client, session, 1);
  expect(log).toEqual(['Raft has 3 voters while there are 1 replicas: take those that are gone out (vault operator raft remove-peer)']);
});

test.each([{}, { data: null }, { data: { config: { servers: 7 } } }, { data: { config: { servers: [null] } } }])('%j does not say who votes', async (body) => {
  const { run } = trialRun();
  await expect(requireVoters(run, vault({ ok: true, body }).client, session, 1)).rejects.toThrow('GET sys/storage/raft/configuration was answered without the servers of Raft: something else answers for Vault.');
});

test('a refusal is no want of voters', async () => {
  const { run } = trialRun({ starting: 5000 });
  await expect(requireVoters(run, vault({ ok: false, status: 403, reason: 'permission denied' }).client, session, 3)).rejects.toThrow('GET sys/storage/raft/configuration was answered with 403 permission denied.');
});
