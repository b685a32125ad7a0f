import { setTimeout as sleep } from 'node:timers/promises';
import { lostKeys } from '../../../../../lib/vault/configuration/handler/initialise';
import type { Passage } from '../checkpoint';
import { writesOf, type Outcome, type RaftTrial } from '../raft-trial';
import { ahead, type RaftTrials } from '../raft-trials';

/** All that a first run changes, in its order; those of a phase go out side by side. */
const WRITES = [
  'PutSecretValue 1',
  'PUT sys/init 1',
  'PutSecretValue 2',
  'PUT sys/policies/acl/vault-config-trial-1 1',
  'PUT sys/audit/stdout 1',
  'PUT sys/auth/aws 1',
  'PUT sys/mounts/dev 1',
  'PUT sys/policies/acl/dev 1',
  'PUT sys/policies/acl/vault-backup-trial-1 1',
  'PUT auth/aws/config/client 1',
  'PUT auth/aws/role/vault-backup-trial-1 1',
  'PUT auth/aws/role/vault-config-trial-1 1',
  'PUT auth/token/revoke-self 1',
  'PutSecretValue 3',
  'UpdateSecretVersionStage 1',
  'PUT auth/aws/role/dev-role-iam-trial-1 1',
];

/** Requests that change nothing, one of each kind: to be cut off there is to be cut off after the last change. */
const READS = ['GetSecretValue 1', 'GET auth/token/lookup-self 1', 'GetRole 1', 'PUT auth/aws/login 2', 'GetSecretValue 4'];

/** Changes that others of their phase stand for while they are under way. */
const REPRESENTED = ['PUT sys/policies/acl/dev 1', 'PUT sys/policies/acl/vault-backup-trial-1 1', 'PUT auth/aws/role/vault-backup-trial-1 1'];

interface Cut {
  readonly request: string;
  /** `lost`: it never comes to its end; `under way`: it may; `answered`: its answer never comes to the function. */
  readonly moment: 'lost' | 'under way' | 'answered';
}

/** What is between the answer of `sys/init` and its storing. */
const LOSING: readonly Cut[] = [
  { request: 'PUT sys/init 1', moment: 'under way' },
  { request: 'PUT sys/init 1', moment: 'answered' },
  { request: 'PutSecretValue 2', moment: 'lost' },
];
const isLosing = ({ request, moment }: Cut) => LOSING.some((losing) => losing.request === request && losing.moment === moment);

const CUTS: readonly Cut[] = [
  ...WRITES.flatMap((request): Cut[] => [
    // Whether a value that is under way gets there is a matter of microseconds.
    ...(request === 'PutSecretValue 2' || REPRESENTED.includes(request) ? [] : [{ request, moment: 'under way' } as const]),
    { request, moment: 'answered' },
  ]),
  ...READS.map((request) => ({ request, moment: 'answered' }) as const),
].filter((cut) => !isLosing(cut));

const nameOf = ({ what, time }: Passage) => `${what} ${time}`;

function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Runs whose process is killed, or whose connection is cut, at one request or another. */
export function cuts(trials: () => RaftTrials): void {
  let complete: Outcome;
  beforeAll(async () => {
    complete = await trials().with(async (trial) => {
      const { error } = await trial.run();
      expect(error).toBeUndefined();
      expect(writesOf(trial).sort()).toEqual(WRITES.map((name) => name.replace(/ \d$/, '')).sort());
      const outcome = await trial.outcome();
      expect(outcome.rootToken).toEqual({ works: false, labelled: false });
      return outcome;
    });
  }, 60_000);

  /** Vault is at it: it has KMS encrypt what it made. Before that, a run that is cut off may have asked for nothing. */
  const keysAreMade = async ({ world: { aws } }: RaftTrial) => {
    while (!aws.requests.some(({ action }) => action === 'Encrypt')) await sleep(10);
  };

  /** Kills a run there. */
  const cutOff = async (trial: RaftTrial, cut: Cut) => {
    const { request, moment } = cut;
    const isHere = (passage: Passage) => nameOf(passage) === request;
    const due = () => (isLosing(cut) ? keysAreMade(trial) : Promise.resolve());
    const { error } = await trial.run({
      kill: (passage, at) => (isHere(passage) && (at === 'answered') === (moment === 'answered') ? due() : undefined),
      watch: { received: (passage) => (moment === 'lost' && isHere(passage) ? 'sever' : undefined) },
    });
    expect(error?.message).toContain('ended without an answer');
  };

  /** Vault is configured, nothing is left of the root token, the recovery keys fit, and another run has nothing to do. */
  const expectFinished = async (trial: RaftTrial) => {
    const { kept, vault, rootToken } = await trial.outcome();
    expect({ vault, rootToken }).toEqual({ vault: complete.vault, rootToken: complete.rootToken });
    expect(kept).toEqual({ ...complete.kept, recovery_keys: trial.made()?.recoveryKeys });
    const { error, log } = await trial.run();
    expect([error, log.at(-1)]).toEqual([undefined, 'nothing to write']);
    expect(writesOf(trial)).toEqual([]);
  };

  describe('that is killed is finished by the next', () => {
    const finished = ahead(CUTS, (cut) =>
      trials().with(async (trial) => {
        await cutOff(trial, cut);
        const { error } = await trial.run();
        expect(error).toBeUndefined();
        await expectFinished(trial);
      }),
    );
    test.each(CUTS.map((cut, index) => [cut.request, cut.moment, index] as const))('at %s, %s', (_, __, index) => finished(index));
  });

  describe('that is killed before the keys are stored', () => {
    // Whether a request that is under way gets there is a matter of microseconds too.
    const lost = LOSING.filter(({ moment }) => moment !== 'under way');
    const finished = ahead(lost, (cut) =>
      trials().with(async (trial) => {
        await cutOff(trial, cut);
        const marker = await trial.stored();
        const began = Date.now();
        const refused = await trial.refusal();
        expect(refused).toContain(lostKeys('initialising', trial.secretArn, 'vault'));
        expect(refused).toMatch(/kubectl delete pvc .* && kubectl delete pod /);
        expect(Date.now() - began).toBeLessThan(15_000);
        expect(writesOf(trial)).toEqual([]);
        expect(await trial.stored()).toEqual(marker);

        await trial.emptyVolumes();
        expect((await trial.run()).error).toBeUndefined();
        await expectFinished(trial);
      }),
    );
    test.each(lost.map((cut, index) => [cut.request, cut.moment, index] as const))('at %s, %s, makes the next say so, and one on empty volumes finish', (_, __, index) => finished(index));
  });

  describe('that loses its connection goes on by itself', () => {
    const severed: readonly Cut[] = [
      { request: 'PUT sys/init 1', moment: 'lost' },
      { request: 'PutSecretValue 2', moment: 'lost' },
      { request: 'PutSecretValue 2', moment: 'answered' },
      { request: 'PUT sys/audit/stdout 1', moment: 'answered' },
      { request: 'PUT auth/aws/role/vault-config-trial-1 1', moment: 'answered' },
      { request: 'PUT auth/token/revoke-self 1', moment: 'answered' },
      { request: 'PutSecretValue 3', moment: 'answered' },
      { request: 'UpdateSecretVersionStage 1', moment: 'answered' },
    ];
    const sever = ({ request, moment }: Cut) => {
      const at = (passage: Passage) => (nameOf(passage) === request ? 'sever' : undefined);
      return moment === 'lost' ? { received: at } : { answered: at };
    };
    const finished = ahead(severed, (cut) =>
      trials().with(async (trial) => {
        const { error, log } = await trial.run({ watch: sever(cut) });
        expect(error).toBeUndefined();
        expect(log.join('\n')).toMatch(/waiting: .* had no answer from /);
        await expectFinished(trial);
      }),
    );
    test.each(severed.map((cut, index) => [cut.request, cut.moment, index] as const))('at %s, %s', (_, __, index) => finished(index));

    test('but stops where it was the answer to sys/init', () =>
      trials().with(async (trial) => {
        expect(await trial.refusal({ watch: sever({ request: 'PUT sys/init 1', moment: 'answered' }) })).toContain(lostKeys('initialising', trial.secretArn, 'vault'));
        expect(writesOf(trial)).toEqual(['PutSecretValue', 'PUT sys/init']);
      }));
  });

  describe('beside another', () => {
    test('ends with one Vault and its keys', () =>
      trials().with(async (trial) => {
        const runs = await Promise.all([trial.run(), trial.run()]);
        expect(runs.map(({ error }) => error)).toEqual([undefined, undefined]);
        await expectFinished(trial);
      }));

    test('whose mark comes after the keys of the first, takes nothing away', () =>
      trials().with(async (trial) => {
        const marked = latch();
        const stored = latch();
        const watch = {
          received: async (passage: Passage) => {
            if (nameOf(passage) === 'PUT sys/init 1') await marked.opened;
            if (nameOf(passage) !== 'PutSecretValue 2') return;
            marked.open();
            await stored.opened;
          },
          answered: (passage: Passage) => {
            if (nameOf(passage) === 'PutSecretValue 3') stored.open();
          },
        };
        const runs = await Promise.all([trial.run({ watch }), trial.run({ watch })]);
        expect(runs.map(({ error }) => error)).toEqual([undefined, undefined]);
        expect(runs.flatMap(({ log }) => log).join('\n')).toContain('waiting: Vault was initialised by another run at the same time, and no leader answers yet.');
        await expectFinished(trial);
      }));
  });
}
