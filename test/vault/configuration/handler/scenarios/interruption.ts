import { contents, type Contents } from '../../../../../rehearsal/vault/contents';
import type { PropertyChange, RunOptions, RehearsedVault } from '../rehearsed-vault';

/** Long enough for whatever passes, and no test waits for it in vain. */
const patience = { starting: 15_000, settling: 15_000, passing: 15_000 };

/** Runs that are cut off, run side by side, or lose Vault under them. */
export function interruptions(vault: () => RehearsedVault): void {
  beforeEach(() => vault().reset());
  const now = () => contents(vault().observer);
  const everything: PropertyChange = {
    auditDevice: 'none',
    authMethod: { mountPath: 'iam', serverIdHeader: 'vault.example.org' },
    secretsEngine: { mountPath: 'secrets' },
    policy: { name: 'gloo' },
    roles: [{ name: 'gateway' }],
    session: { maxTtl: '0', period: '900' },
    provisioner: { name: 'configurator' },
  };

  /** Ends a run after so many requests, and runs it again. @returns false where it needed no more than those. */
  async function cutAndFinish(requests: number, options: RunOptions = {}): Promise<boolean> {
    const { configure, gate } = vault();
    gate.open();
    gate.cutAfter(requests);
    const cut = await configure(options).then(
      () => false,
      () => true,
    );
    gate.open();
    await configure(options);
    return cut;
  }

  test('is finished by the next, after whichever request of a Create it was cut off', async () => {
    const { configure, reset } = vault();
    await configure();
    const complete = await now();
    let requests = 0;
    do {
      await reset();
      requests += 1;
      if (!(await cutAndFinish(requests))) break;
      expect({ requests, ...(await now()) }).toEqual({ requests, ...complete });
      expect({ requests, root: await vault().observer.knows('root') }).toEqual({ requests, root: false });
    } while (requests < 50);
    expect(requests).toBe(18);
  }, 60_000);

  test('is finished by the next, after whichever request of an Update of everything, or of its rollback, it was cut off', async () => {
    const { configure, props } = vault();
    const [one, other] = [props(), props(everything)];
    await configure();
    await configure({ props: other, previous: one });
    const otherwise = await now();
    await configure({ props: one, previous: other });
    const complete = await now();
    let requests = 0;
    let cut = true;
    do {
      requests += 1;
      const [to, from, wanted] = requests % 2 === 1 ? [other, one, otherwise] : [one, other, complete];
      cut = await cutAndFinish(requests, { props: to, previous: from });
      expect({ requests, ...(await now()) }).toEqual({ requests, ...wanted });
    } while (cut && requests < 60);
    expect(requests).toBeGreaterThan(20);
    expect(cut).toBe(false);
  }, 60_000);

  const complete = async (): Promise<Contents> => {
    await vault().configure();
    const all = await now();
    await vault().reset();
    return all;
  };

  test('is one of three at the same time', async () => {
    const wanted = await complete();
    const { configure, observer } = vault();
    await Promise.all([configure({ patience }), configure({ patience }), configure({ patience })]);
    expect(await now()).toEqual(wanted);
    expect(await observer.knows('root')).toBe(false);
  });

  test('is one of two equal Updates at the same time', async () => {
    const { configure, props } = vault();
    await configure();
    const options = { props: props(everything), previous: props(), patience };
    await configure(options);
    const wanted = await now();
    await configure({ props: props(), previous: props(everything) });
    await Promise.all([configure(options), configure(options)]);
    expect(await now()).toEqual(wanted);
  });

  test('starts anew where Vault lost its memory between two runs', async () => {
    const wanted = await complete();
    const { configure, restart } = vault();
    await configure();
    await restart();
    await configure({ patience });
    expect(await now()).toEqual(wanted);
    expect(await vault().observer.knows('root')).toBe(false);
  });

  test.each([
    ['the first configuration, between a mount and what it holds', 'PUT auth/aws/config/client', false],
    ['the first configuration, before the login that proves it', 'PUT auth/aws/login', false],
    ['an Update', 'PUT auth/aws/role/dev-role-iam-trial', true],
  ])('starts anew where Vault lost its memory during %s', async (_, request, update) => {
    const { configure, gate, restart, reset, props } = vault();
    const start = async () => {
      await reset();
      if (update) await configure({ props: props({ policy: { paths: { 'dev/*': ['read'] } }, session: { maxTtl: '60' } }) });
      gate.open();
    };
    await start();
    await configure();
    const wanted = await now();
    const position = gate.seen().lastIndexOf(request) + 1;
    await start();
    gate.before(position, restart);
    await configure({ patience });
    expect(await now()).toEqual(wanted);
    expect(await vault().observer.knows('root')).toBe(false);
  });

  test('waits for an access entry that is not in effect yet', async () => {
    const { configure, gate } = vault();
    gate.api.delayAccessEntries(300);
    const log = await configure({ patience: { settling: 5000 } });
    expect(log[0]).toContain('waiting: GET sys/seal-status: the API server answered 401 (Unauthorized). It does not know the caller');
    expect(log).toContain('revoked the dev root token');
  });

  test('binds an IAM role that was made again', async () => {
    const { configure, world } = vault();
    await configure();
    const { id } = world.iam.recreateRole('dev-role-iam-trial');
    expect(await configure()).toContain('changed role dev-role-iam-trial (auth/aws/role/dev-role-iam-trial): bound_iam_principal_id');
    expect((await now()).auth['auth/aws/role/dev-role-iam-trial']?.bound_iam_principal_id).toEqual([id]);
    world.iam.recreateRole('vault-config-trial');
    expect(await configure()).toContain('nothing to write');
  });
}
