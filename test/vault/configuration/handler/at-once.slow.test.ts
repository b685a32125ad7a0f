import { setTimeout as sleep } from 'node:timers/promises';
import { repair, type Outcome } from '../../../../lib/vault/configuration/handler/drift';
import { deploymentDigest, marksIn } from '../../../../lib/vault/configuration/handler/mark';
import type { VaultConfigurationProperties } from '../../../../lib/vault/configuration/properties';
import { contents, type Contents } from '../../../../rehearsal/vault/contents';
import { describeRehearsed, type PropertyChange, type RehearsedVault } from './rehearsed-vault';

type Properties = VaultConfigurationProperties;

const ROUNDS = 24;
/** Milliseconds between two starts, at the most: about as long as a run takes. */
const LATEST = 250;
const PATIENCE = { starting: 15_000, settling: 15_000, passing: 30_000 };
/** Or, where the other one has changed the way in and come to its end, it came in no more, and wrote nothing. */
const GAVE_WAY = /Another deployment has begun after this one|Vault lets this function in by no way that it knows/;
const ROLE = 'auth/aws/role/dev-role-iam-trial';
const CLIENT = { sts_endpoint: 'https://sts.us-east-1.amazonaws.com', sts_region: 'us-east-1' };

/** Numbers from 0 to 1, the same every time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

describeRehearsed('runs at the same time on a real Vault', (vault) => {
  /** What is changed by a deployment: rights and session alone, the way in itself, and what has to be removed again. */
  const changes: readonly PropertyChange[] = [
    { policy: { paths: { 'dev/*': ['read'] } }, session: { maxTtl: '60' } },
    { authMethod: { serverIdHeader: 'vault.example.org' }, session: { maxTtl: '120' } },
    { roles: [{ name: 'gateway' }], policy: { name: 'gloo' } },
  ];
  /** By digest, what Vault holds that was configured so by one run, alone. */
  const wanted = new Map<string, Contents>();
  let base: Properties;
  let others: readonly Properties[];
  beforeAll(async () => {
    const { reset, configure, props } = vault();
    base = props();
    others = changes.map((change) => props(change));
    for (const each of [base, ...others]) {
      await reset();
      await configure({ props: each });
      wanted.set(deploymentDigest(each), await contents(vault().observer));
    }
  });

  const deploy = (to: Properties, from: Properties, delay: number) => sleep(delay).then(() => vault().configure({ props: to, previous: from, patience: PATIENCE }));
  const schedule = (of: Properties, delay: number): Promise<Outcome> => sleep(delay).then(async () => (await vault().run((run) => repair(run, of), { patience: PATIENCE })).result);
  const configured = async (before: Properties) => {
    await vault().reset();
    await vault().configure({ props: before });
  };

  /** Something that a schedule finds, and may be half-way through when a deployment comes. */
  async function drift({ observer }: RehearsedVault, by: Properties, which: number): Promise<void> {
    const header = { iam_server_id_header_value: by.authMethod.serverIdHeader };
    const drifts: readonly (() => Promise<void>)[] = [
      () => observer.write(`auth/aws/role/${by.roles[0]?.name ?? ''}`, { token_policies: ['default'] }),
      () => observer.write(`sys/policies/acl/${by.policy.name}`, { policy: '{"path":{"dev/*":{"capabilities":["read"]}}}' }),
      () => observer.write('auth/aws/config/client', { ...CLIENT, ...header, access_key: 'AKIAEXAMPLE', secret_key: 'x' }),
      () => observer.write('auth/aws/role/vault-config-trial', { token_max_ttl: 60 }),
      () => observer.write('sys/policies/acl/vault-config-trial', { policy: '{"path":{"sys/policies/acl/vault-config-trial":{"capabilities":["read","update"]}}}' }),
      () => observer.delete(ROLE),
    ];
    await drifts[which % drifts.length]?.();
  }

  /** Whole, with nobody locked out and no root token left, as the mark says. */
  async function demandWhole(round: string, digests: readonly string[]): Promise<Properties> {
    const { observer, configure, run } = vault();
    const marks = marksIn((await observer.read('sys/policies/acl/vault-config-trial'))?.policy);
    expect([round, marks.length, digests.includes(marks[0] ?? '')]).toEqual([round, 1, true]);
    const props = [base, ...others].find((each) => deploymentDigest(each) === marks[0]) ?? base;
    expect({ round, ...(await contents(observer)) }).toMatchObject({ round, ...relevant(wanted.get(marks[0] ?? '')) });
    expect([round, await observer.knows('root')]).toEqual([round, false]);
    expect([round, await configure({ props })]).toEqual([round, expect.arrayContaining(['nothing to write'])]);
    expect([round, (await run((each) => repair(each, props))).result]).toEqual([round, { findings: [] }]);
    return props;
  }

  test(`${ROUNDS} times a deployment beside the schedule of the one before, in a Vault that has drifted`, async () => {
    const random = seeded(6);
    let overtaken = 0;
    for (let number = 0; number < ROUNDS; number += 1) {
      const to = others[number % others.length] ?? base;
      const [first, second] = [random() * LATEST, random() * LATEST];
      const round = `round ${number}: deployment after ${Math.round(first)} ms, schedule after ${Math.round(second)} ms`;
      await configured(base);
      await drift(vault(), base, number);
      const [, scheduled] = await Promise.all([deploy(to, base, first), schedule(base, second)]);
      if (scheduled.unfinished !== undefined) overtaken += 1;
      await demandWhole(round, [deploymentDigest(to)]);
    }
    expect(overtaken).toBeGreaterThan(0);
  }, 120_000);

  test(`${ROUNDS / 2} times the same in a Vault that was started anew`, async () => {
    const random = seeded(66);
    for (let number = 0; number < ROUNDS / 2; number += 1) {
      const to = others[number % others.length] ?? base;
      const [first, second] = [random() * LATEST, random() * LATEST];
      const round = `round ${number}: deployment after ${Math.round(first)} ms, schedule after ${Math.round(second)} ms`;
      await vault().restart();
      await Promise.all([deploy(to, base, first), schedule(base, second)]);
      await demandWhole(round, [deploymentDigest(to)]);
    }
  }, 120_000);

  test(`${ROUNDS} times two deployments: the one whose mark stands came to its end, and the other one came before it, gave way or came in no more`, async () => {
    const random = seeded(666);
    const ends = new Map<string, number>();
    for (let number = 0; number < ROUNDS; number += 1) {
      const [one, other] = [others[number % others.length] ?? base, others[(number + 1) % others.length] ?? base];
      const [first, second] = [random() * LATEST, random() * LATEST];
      const round = `round ${number}: one after ${Math.round(first)} ms, the other after ${Math.round(second)} ms`;
      await configured(base);
      const ended = await Promise.allSettled([deploy(one, base, first), deploy(other, base, second)]);
      const refusals = ended.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
      expect([round, refusals]).toEqual([round, refusals.map(() => expect.stringMatching(GAVE_WAY) as string)]);
      expect([round, refusals.length <= 1]).toEqual([round, true]);
      const holds = await demandWhole(round, [one, other].map(deploymentDigest));
      expect([round, ended[holds === one ? 0 : 1]?.status]).toEqual([round, 'fulfilled']);
      ends.set(`${refusals.length} gave way`, (ends.get(`${refusals.length} gave way`) ?? 0) + 1);
    }
    expect([...ends.keys()].sort()).toEqual(['0 gave way', '1 gave way']);
  }, 120_000);
});

/** What one deployment leaves that began from another's: mounts and roles of nobody's stay. */
function relevant(all: Contents | undefined): Partial<Contents> {
  const { policies = {}, auth = {}, audit = [], engines = [], methods = [] } = all ?? {};
  return { policies, auth, audit, engines, methods };
}
