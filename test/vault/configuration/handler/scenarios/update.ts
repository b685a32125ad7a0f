import { contents, type Contents } from '../../../../../rehearsal/vault/contents';
import type { PropertyChange, RehearsedVault } from '../rehearsed-vault';

/** Every property changed and changed back, against a Vault that keeps its state from one test to the next. */
export function updates(vault: () => RehearsedVault): void {
  let base: Contents;
  beforeAll(async () => {
    const { configure, observer, reset } = vault();
    await reset();
    await configure();
    await observer.write('dev/data/gloo/gloo.solo.io/v1/Secret/gloo-system/api-key', { data: { metadata: { name: 'api-key' } } });
    base = await contents(observer);
  });
  beforeEach(() => vault().gate.open());

  const now = () => contents(vault().observer);
  const roles = (at: Contents) => Object.keys(at.auth).filter((path) => path.includes('/role/'));

  interface Case {
    readonly change: PropertyChange;
    /** What is different afterwards. */
    readonly shows: (at: Contents) => unknown;
    readonly value: unknown;
    /** Mounts that are there besides from now on. */
    readonly mounts?: Partial<Pick<Contents, 'methods' | 'engines'>>;
  }
  const role = 'auth/aws/role/dev-role-iam-trial';
  const cases: Record<string, Case> = {
    'auth mount path': { change: { authMethod: { mountPath: 'iam/eks' } }, shows: roles, value: ['auth/iam/eks/role/dev-role-iam-trial', 'auth/iam/eks/role/vault-config-trial'] },
    'server id header': { change: { authMethod: { serverIdHeader: 'vault.example.org' } }, shows: (at) => at.auth['auth/aws/config/client']?.iam_server_id_header_value, value: 'vault.example.org' },
    'STS endpoint': { change: { authMethod: { stsEndpoint: 'https://sts.amazonaws.com' } }, shows: (at) => at.auth['auth/aws/config/client']?.sts_endpoint, value: 'https://sts.amazonaws.com' },
    'versions of a secret': { change: { secretsEngine: { maxVersions: '3' } }, shows: (at) => at.engines, value: ['dev: kv 2, 3 versions'] },
    'KV mount path': { change: { secretsEngine: { mountPath: 'kv/gloo' } }, shows: (at) => at.engines, value: ['dev: kv 2', 'kv/gloo: kv 2'] },
    'policy name': { change: { policy: { name: 'gloo' } }, shows: (at) => [Object.keys(at.policies), at.auth[role]?.token_policies], value: [['gloo', 'vault-config-trial'], ['gloo']] },
    'policy paths': { change: { policy: { paths: { 'dev/*': ['read'] } } }, shows: (at) => at.policies.dev, value: { 'dev/*': { capabilities: ['read'] } } },
    'role name': { change: { roles: [{ name: 'gateway' }] }, shows: roles, value: ['auth/aws/role/gateway', 'auth/aws/role/vault-config-trial'] },
    "second role of Gloo's": { change: { roles: [{}, { name: 'second' }] }, shows: roles, value: [role, 'auth/aws/role/second', 'auth/aws/role/vault-config-trial'] },
    'longest session': { change: { session: { maxTtl: '600' } }, shows: (at) => [at.auth[role]?.token_max_ttl, at.auth[role]?.token_period], value: [600, 0] },
    'session by period': { change: { session: { maxTtl: '0', period: '900' } }, shows: (at) => [at.auth[role]?.token_max_ttl, at.auth[role]?.token_period], value: [0, 900] },
    'audit device, turned off,': { change: { auditDevice: 'none' }, shows: (at) => at.audit, value: [] },
    'provisioner name': { change: { provisioner: { name: 'configurator' } }, shows: (at) => [Object.keys(at.policies), roles(at)], value: [['configurator', 'dev'], ['auth/aws/role/configurator', role]] },
  };

  test.each(Object.entries(cases))('of the %s leaves nothing of the former behind, and its rollback nothing of the new', async (_, { change, shows, value }) => {
    const { props, configure, observer } = vault();
    const [before, after] = [props(), props(change)];
    await configure({ props: after, previous: before });
    const updated = await now();
    expect(shows(updated)).toEqual(value);
    expect(Object.keys(updated.policies).sort()).toEqual([after.policy.name, after.provisioner.name].sort());
    expect(roles(updated)).toEqual([...after.roles.map(({ name }) => name), after.provisioner.name].sort().map((name) => `auth/${after.authMethod.mountPath}/role/${name}`));
    expect(await configure({ props: after })).toContain('nothing to write');

    await configure({ props: before, previous: after });
    const { audit, policies, auth } = await now();
    expect({ audit, policies }).toEqual({ audit: base.audit, policies: base.policies });
    expect(auth).toMatchObject(base.auth);
    expect(roles({ ...base, auth })).toEqual(roles(base));
    expect(await observer.list('dev/metadata/gloo/gloo.solo.io/v1/Secret/gloo-system')).toEqual(['api-key']);
  });

  test('of the principal binds the other one by ARN and unique id', async () => {
    const { world, props, configure } = vault();
    const other = world.iam.role('vault-config-trial');
    const anything = jest.spyOn(world.iam, 'authorize').mockReturnValue({ allowed: true });
    const after = props({ roles: [{ principalArn: other.arn }] });
    await configure({ props: after, previous: props() });
    expect((await now()).auth[role]).toMatchObject({ bound_iam_principal_arn: [other.arn], bound_iam_principal_id: [other.id] });
    anything.mockRestore();
    await configure({ previous: after });
    expect((await now()).auth).toMatchObject(base.auth);
  });

  test('that fails when the role that Gloo has left is gone from IAM already can be rolled back', async () => {
    const { world, props, configure, refusal } = vault();
    const anything = jest.spyOn(world.iam, 'authorize').mockReturnValue({ allowed: true });
    const both = props({ roles: [{ name: 'left', principalArn: 'arn:aws:iam::111122223333:role/left' }, {}] });
    expect(await configure({ props: both, previous: props() })).toContain('passed over role left: IAM has no more such role, and Gloo logs in by another');
    await configure({ previous: both });
    expect(roles(await now())).toEqual(roles(base));
    expect(await refusal({ props: props({ roles: [{ name: 'absent', principalArn: 'arn:aws:iam::111122223333:role/absent' }] }), previous: props() })).toContain('iam:GetRole of absent was answered with NoSuchEntity');
    anything.mockRestore();
    await configure();
  });

  const region = { stsRegion: 'eu-west-1' };
  const refused: Record<string, PropertyChange[]> = {
    'a region that does not match the endpoint': [{ authMethod: region }],
    'such a region and another session': [{ authMethod: region }, { session: { maxTtl: '600' } }],
    'such a region and another provisioner': [{ authMethod: region }, { provisioner: { name: 'configurator' } }],
    'a provisioner that the function is not': [{ provisioner: { principalArn: 'arn:aws:iam::111122223333:role/dev-role-iam-trial' } }],
  };
  test.each(Object.entries(refused))('to %s, which refuses the login, is taken back', async (_, changes) => {
    const { props, configure, refusal } = vault();
    const [before, after] = [props(), props(...changes)];
    const message = await refusal({ props: after, previous: before });
    expect(message).toContain(`Vault took the configuration, but refused the login that the next run needs (auth/aws/login as "${after.provisioner.name}": `);
    expect(message).toContain('What the login rests on was put back.');
    expect((await now()).auth['auth/aws/config/client']).toEqual(base.auth['auth/aws/config/client']);

    await configure({ props: before, previous: after });
    expect(await now()).toMatchObject({ audit: base.audit, policies: base.policies, auth: base.auth });
    expect(roles(await now())).toEqual(roles(base));
  });

  test('that was rolled back cleans up after one that failed half-way', async () => {
    const { props, configure, refusal, gate } = vault();
    const after = props({ roles: [{ name: 'gateway' }], policy: { name: 'gloo' }, authMethod: { mountPath: 'half-way' } });
    gate.cutAfter(18);
    await refusal({ props: after, previous: props() });
    expect(Object.keys((await now()).policies)).toContain('gloo');
    gate.open();
    await configure({ previous: after });
    expect(roles(await now())).toEqual(roles(base));
    expect((await now()).policies).toEqual(base.policies);
  });

  test('of nothing writes nothing', async () => {
    const { props, configure, gate } = vault();
    gate.open();
    expect(await configure({ previous: props() })).toContain('nothing to write');
    expect(gate.seen().filter((each) => !each.startsWith('GET '))).toEqual(['PUT auth/aws/login']);
  });
}
