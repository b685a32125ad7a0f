import { lostKeys } from '../../../../../lib/vault/configuration/handler/initialise';
import { call } from '../../../../../rehearsal/http';
import { replicas } from '../../../../../rehearsal/steps/raft';
import { startRaftCluster } from '../../../../../rehearsal/vault/raft-cluster';
import type { VaultCommand } from '../../../../../rehearsal/vault/find-vault';
import { createCertificateAuthority } from '../../../../../rehearsal/certificate-authority';
import { DNS_NAMES, raftHcl } from '../../../../rehearsal/vault/raft-hcl';
import { writesOf, type RaftTrial } from '../raft-trial';
import { ahead, type RaftTrials } from '../raft-trials';

/** Of a run that is to wait 2 s: 20 s more are kept for the answer. */
const SHORT = 22_000;

const NOT_INITIALISED = { initialized: false, sealed: true };

/** What a first run meets that it cannot go on from, and what its words lead to. */
export function stops(trials: () => RaftTrials, command: () => VaultCommand): void {
  const cases: { readonly name: string; readonly action: () => Promise<unknown> }[] = [];
  const stop = (name: string, action: () => Promise<unknown>) => void cases.push({ name, action });
  const sealStatus = ({ world }: RaftTrial) => replicas(world).sealStatus(0);
  const keyOf = ({ world }: RaftTrial, name: string) => world.deployment.ofType('AWS::KMS::Key').find(({ logicalId }) => logicalId.startsWith(name))?.physicalId ?? '';

  /** `vault operator init` by somebody else. */
  const initialise = async (trial: RaftTrial): Promise<string> => {
    const raft = replicas(trial.world);
    const { text } = await call({ method: 'PUT', url: `${raft.nodes[0]?.address ?? ''}/v1/sys/init`, body: { recovery_shares: 1, recovery_threshold: 1 }, ca: raft.caPem, limit: 30_000 });
    await raft.waitForLeader(20_000);
    const { root_token: rootToken } = JSON.parse(text) as { root_token: string };
    trials().heard.secrets.add(rootToken);
    return rootToken;
  };

  const rights = { stack: 'Vault', resource: 'ConfigurationRights' } as const;
  const mend =
    "The function's execution role needs secretsmanager:GetSecretValue, PutSecretValue and UpdateSecretVersionStage on it and kms:Decrypt and GenerateDataKey on its key: check both policies, and that no permission boundary or SCP takes them away.";

  stop('a secret whose last version may not be forgotten', () =>
    trials().with(
      async (trial) => {
        const refused = await trial.refusal({ timeoutMs: 40_000 });
        expect(refused).toContain('could not be rid of its last version');
        expect(refused).toContain(mend);
        expect(await trial.knows(trial.made()?.rootToken ?? '')).toBe(false);
      },
      { breakage: { ...rights, from: '"secretsmanager:UpdateSecretVersionStage"', to: '"secretsmanager:DescribeSecret"' } },
    ));

  stop('replicas that do not come', () =>
    trials().with(
      async (trial) => {
        await Promise.all(replicas(trial.world).nodes.slice(1).map((node) => node.kill()));
        const refused = await trial.refusal({ timeoutMs: 40_000 });
        expect(refused).toMatch(/^Vault is configured, and 1 of 3 replicas vote in Raft \(vault-0\): until all do, the loss of one stops it\. A replica votes some 20 s after it has joined; .* \(gave up after \d+ attempts in \d+ s\)$/);
        expect((await trial.outcome()).rootToken).toEqual({ works: false, labelled: false });
      },
      { size: 'three' },
    ));

  stop('a Vault that somebody else initialised, and that is handed over as the message says', () =>
    trials().with(async (trial) => {
      const rootToken = await initialise(trial);
      const refused = await trial.refusal();
      expect(refused).toContain(lostKeys('empty', trial.secretArn, 'vault'));
      expect(writesOf(trial)).toEqual([]);
      expect(await trial.stored()).toBeUndefined();

      await trial.store(JSON.stringify({ state: 'initialised', root_token: rootToken }));
      const { error, log } = await trial.run();
      expect(error).toBeUndefined();
      expect(log).toContain('revoked the root token in the secret');
      expect(await trial.knows(rootToken)).toBe(false);
      expect((await trial.stored())?.text).toBe('{"state":"initialised"}');
      expect(await trial.stored('AWSPREVIOUS')).toBeUndefined();
      expect((await trial.run()).log.at(-1)).toBe('nothing to write');
    }));

  stop('a token in the secret that Vault does not take', () =>
    trials().with(async (trial) => {
      await initialise(trial);
      await trial.store('{"state":"initialised","root_token":"hvs.somebodyElsesTokenOfAnotherVault"}');
      trials().heard.secrets.add('hvs.somebodyElsesTokenOfAnotherVault');
      expect(await trial.refusal()).toContain(lostKeys('initialised', trial.secretArn, 'vault'));
      expect(writesOf(trial)).toEqual([]);
    }));

  stop('an empty volume where the secret has the keys of another', () =>
    trials().with(async (trial) => {
      await trial.run();
      const before = await trial.stored();
      await trial.emptyVolumes();
      expect(await trial.refusal()).toBe(
        'The secret holds the recovery keys of a Vault that was initialised before, and the first pod is not initialised: its volume is empty or another one. Nothing was changed. ' +
          'If the volume was lost, restore a snapshot (docs/production.md, "Restore"); if you mean to begin anew, give vault.raft.recovery.secret another secret, for these keys still open the old volumes and snapshots.',
      );
      expect(writesOf(trial)).toEqual([]);
      expect(await trial.stored()).toEqual(before);
      expect(await sealStatus(trial)).toMatchObject(NOT_INITIALISED);
    }));

  for (const text of ['correct-horse-battery-staple', '{"username":"admin","password":"hunter2-hunter2"}', '{"state":"initialised","recovery_keys":"hunter2-hunter2"}']) {
    stop(`a secret of another form: ${text}`, () =>
      trials().with(async (trial) => {
        await trial.store(text);
        const refused = await trial.refusal();
        expect(refused).toBe(
          `The secret ${trial.secretArn} does not hold recovery keys in this app's form (state, recovery_keys, root_token): it was written by something else. Give vault.raft.recovery.secret another secret, or none.`,
        );
        expect(trials().heard.said.join('\n')).not.toMatch(/battery|hunter2/);
        expect(await sealStatus(trial)).toMatchObject(NOT_INITIALISED);
        expect((await trial.stored())?.text).toBe(text);
      }),
    );
  }

  for (const [verb, breakage, done, cause] of [
    ['read', { ...rights, from: '"secretsmanager:GetSecretValue",', to: '' }, 'read', 'is not authorized to perform: secretsmanager:GetSecretValue on resource: '],
    ['written', { ...rights, from: '"secretsmanager:PutSecretValue",', to: '' }, 'written', 'is not authorized to perform: secretsmanager:PutSecretValue on resource: '],
    ['encrypted', { ...rights, from: '"kms:GenerateDataKey"', to: '"kms:DescribeKey"' }, 'written', 'AccessDeniedException Access to KMS is not allowed'],
  ] as const) {
    stop(`a secret that may not be ${verb}`, () =>
      trials().with(
        async (trial) => {
          const refused = await trial.refusal({ timeoutMs: SHORT });
          expect(refused).toContain(`The secret for Vault's recovery keys could not be ${done} (${trial.secretArn}): `);
          expect(refused).toContain(cause);
          expect(refused).toContain(mend);
          expect(await sealStatus(trial)).toMatchObject(NOT_INITIALISED);
        },
        { breakage },
      ),
    );
  }

  stop('a secret whose key is disabled', () =>
    trials().with(async (trial) => {
      for (const { physicalId } of trial.world.deployment.ofType('AWS::KMS::Key')) trial.world.aws.keys.disableKey(physicalId);
      const refused = await trial.refusal({ timeoutMs: SHORT });
      expect(refused).toContain('EncryptionFailure');
      expect(refused).toContain('Its KMS key has to be enabled: has somebody disabled it, or scheduled its deletion? aws kms describe-key shows its state.');
      expect(await sealStatus(trial)).toMatchObject(NOT_INITIALISED);
    }));

  stop('a key that refuses Vault while it is initialised: it got half-way, and starts over on empty volumes', () =>
    trials().with(async (trial) => {
      const { keys } = trial.world.aws;
      const key = keyOf(trial, 'RaftSealKey');
      const refused = await trial.refusal({ watch: { received: ({ what }) => void (what === 'PUT sys/init' && keys.disableKey(key)) } });
      expect(refused).toMatch(/^PUT sys\/init was answered with 400 .*is disabled\. Vault got half-way, and nobody was given its keys\. Mend what it says first\. .*kubectl delete pvc /);

      const next = await trial.refusal({ timeoutMs: SHORT });
      expect(next).toContain('is sealed: it unseals by KMS.');
      expect(next).toContain('they are lost, and nobody can get in. Nothing else is lost');
      expect(writesOf(trial)).toEqual([]);

      keys.enableKey(key);
      await trial.emptyVolumes();
      expect((await trial.run()).error).toBeUndefined();
    }));

  stop('a pod that KMS does not unseal', () =>
    trials().with(async (trial) => {
      await trial.run();
      const { keys } = trial.world.aws;
      keys.disableKey(keyOf(trial, 'RaftSealKey'));
      const [node] = replicas(trial.world).nodes;
      await node?.restart();
      expect(await trial.refusal({ timeoutMs: SHORT })).toMatch(
        /^Vault is initialised, and https:vault-0:8200 is sealed: it unseals by KMS\. If that lasts, its log says what KMS refuses: kubectl logs -n vault vault-0\. Its role needs kms:Decrypt on the key, and the key must be enabled\. \(gave up after \d+ attempts in \d+ s\)$/,
      );
    }));

  stop('a seal whose keys people would have to keep', () =>
    trials().with(async (trial) => {
      const ca = await createCertificateAuthority('shamir');
      const other = await startRaftCluster({ command: command(), size: 1, ca, seal: 'shamir', env: {}, configuration: raftHcl({ nodes: 1, storage: 'performance_multiplier = 1' }), dnsNames: DNS_NAMES });
      try {
        Object.assign(replicas(trial.world).nodes[0] ?? {}, { address: other.nodes[0]?.address });
        expect(await trial.refusal({ timeoutMs: SHORT })).toBe(
          'Vault\'s seal is "shamir", whose keys a person would have to keep and give again after every restart; this app initialises a Vault that KMS unseals. Check seal "awskms" in the chart\'s values (helm get values vault -n vault).',
        );
        expect(writesOf(trial)).toEqual([]);
        expect(await other.sealStatus(0)).toMatchObject(NOT_INITIALISED);
      } finally {
        await other.close();
      }
    }));

  const ended = ahead(cases, ({ action }) => action());
  test.each(cases.map(({ name }, index) => [name, index] as const))('%s', (_, index) => ended(index));
}
