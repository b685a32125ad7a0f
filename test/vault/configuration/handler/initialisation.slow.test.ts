import { describeWithVault } from '../../../rehearsal/vault/available';
import { createRaftTrials, type RaftTrials } from './raft-trials';
import { cuts } from './scenarios/initialisation-cuts';
import { stops } from './scenarios/initialisation-stops';

jest.setTimeout(90_000);

describeWithVault('the initialisation of a real Vault with replicas', (command) => {
  let trials: RaftTrials | undefined;
  beforeAll(async () => {
    trials = await createRaftTrials(command());
  });
  afterAll(() => trials?.close());
  const all = () => trials as RaftTrials;

  test('of three ends when all vote, with a root token revoked and recovery keys that fit', () =>
    all().with(
      async (trial) => {
        expect((await trial.run({ timeoutMs: 90_000 })).error).toBeUndefined();
        const { kept, rootToken } = await trial.outcome();
        expect([kept.recovery_keys.length, kept.recovery_threshold, rootToken]).toEqual([5, 3, { works: false, labelled: false }]);
      },
      { size: 'three' },
    ));

  describe('by a run', () => cuts(all));
  describe('stops at', () => stops(all, command));

  test('says nothing secret', () => {
    const { said, secrets } = all().heard;
    expect([said.length > 100, secrets.size > 100]).toEqual([true, true]);
    expect(all().heard.leaks()).toEqual([]);
  });
});
