import { vaultLogin } from '../../../../../lib/vault/client/aws';
import type { VaultConfigurationProperties } from '../../../../../lib/vault/configuration/properties';
import { call } from '../../../../../rehearsal/http';
import { contents } from '../../../../../rehearsal/vault/contents';
import type { RehearsedVault } from '../rehearsed-vault';

const PODS = 'pods.amazonaws.com';
const SECRET = 'gloo/gloo.solo.io/v1/Secret/gloo-system/tls';

type Guest = NonNullable<VaultConfigurationProperties['guests']>[number];

const guest = (name: string): Guest => ({ cluster: name, account: '111122223333', mountPath: name, maxVersions: '0', policy: name, roles: [`dev-role-iam-${name}`], session: { maxTtl: '900', period: '0' } });
const elsewhere: Guest = { ...guest('elsewhere'), account: '444455556666', session: { maxTtl: '0', period: '900' } };

interface Answer {
  readonly status: number;
  readonly body: { readonly auth?: { readonly client_token: string; readonly token_policies: string[] }; readonly errors?: string[] };
}

/** Gloos of other clusters that come, change their roles and go, while the others read. */
export function guestClusters(vault: () => RehearsedVault): void {
  let shared: (...guests: readonly Guest[]) => VaultConfigurationProperties;
  beforeAll(async () => {
    const { world, reset, configure, props } = vault();
    await reset();
    await configure();
    const resources = ['payments', 'orders'].map((name) => `arn:aws:iam::111122223333:role/dev-role-iam-${name}`);
    // As the templates of an owner have it.
    for (const role of ['vault-server-trial', 'vault-config-trial']) world.iam.addPolicy(role, [{ Effect: 'Allow', Action: 'iam:GetRole', Resource: resources }]);
    world.iam.addRole('dev-role-iam-payments', PODS, []);
    // Whom a role trusts is no matter of Vault's.
    world.iam.changeTrust('dev-role-iam-trial', [{ Effect: 'Allow', Principal: { Service: PODS }, Action: 'sts:AssumeRole' }]);
    shared = (...guests) => ({ ...props(), guests: [...guests] });
  });

  const ask = async (method: string, path: string, token?: string, body?: unknown): Promise<Answer> => {
    const { status, text } = await call({ method, url: `${(await vault().world.vault.place()).address}/v1/${path}`, headers: token === undefined ? {} : { 'x-vault-token': token }, limit: 10_000, ...(body === undefined ? {} : { body }) });
    return { status, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
  };
  const logIn = async (name: string, role = name): Promise<Answer> => {
    const { authMethod } = vault().props();
    const credentials = vault().world.aws.issueSession(`dev-role-iam-${name}`, 'gloo', PODS);
    return ask('PUT', `auth/${authMethod.mountPath}/login`, undefined, await vaultLogin(credentials, { ...authMethod, role: `dev-role-iam-${role}` }));
  };
  const tokenOf = async (name: string) => (await logIn(name)).body.auth?.client_token;

  test('named in an Update have mounts, policies and roles; one whose IAM role is not there yet holds nobody up', async () => {
    const { configure, props } = vault();
    const log = await configure({ props: shared(guest('payments'), guest('orders'), elsewhere), previous: props() });
    expect(log).toContain("passed over role dev-role-iam-orders of a guest: IAM has no such role; once the guest's Identity stack has made it, deploy this with another vault.revision");
    expect(log.filter((line) => line.startsWith('made ')).map((line) => line.split(' (')[0])).toEqual(
      expect.arrayContaining(['made secrets engine payments', 'made policy payments', 'made role dev-role-iam-payments', 'made secrets engine orders', 'made policy orders', 'made secrets engine elsewhere', 'made policy elsewhere', 'made role dev-role-iam-elsewhere']),
    );
    expect(log.join()).not.toContain('made role dev-role-iam-orders');
  });

  test('and once it is there, the next run binds it, and the one after that writes nothing', async () => {
    const { configure, world } = vault();
    world.iam.addRole('dev-role-iam-orders', PODS, []);
    const props = shared(guest('payments'), guest('orders'), elsewhere);
    expect((await configure({ props })).filter((line) => /^(made|changed) /.test(line))).toEqual(['made role dev-role-iam-orders (auth/aws/role/dev-role-iam-orders)']);
    expect(await configure({ props })).toContain('nothing to write');
  });

  test('are bound by unique id in the account of Vault, and by ARN in another', async () => {
    const { observer, world } = vault();
    expect(await observer.read('auth/aws/role/dev-role-iam-payments')).toMatchObject({ resolve_aws_unique_ids: true, bound_iam_principal_id: [world.iam.role('dev-role-iam-payments').id], token_policies: ['payments'] });
    expect(await observer.read('auth/aws/role/dev-role-iam-elsewhere')).toMatchObject({ resolve_aws_unique_ids: false, bound_iam_principal_arn: ['arn:aws:iam::444455556666:role/dev-role-iam-elsewhere'], token_policies: ['elsewhere'], token_period: 900 });
  });

  describe.each([
    ['payments', 'orders', 'trial'],
    ['orders', 'payments', 'trial'],
    ['trial', 'payments', 'orders'],
  ])('the Gloo of %s', (name, ...others) => {
    const mountOf = (each: string) => (each === 'trial' ? 'dev' : each);

    test('reads its own secrets', async () => {
      await vault().observer.write(`${mountOf(name)}/data/${SECRET}`, { data: { of: name } });
      const token = await tokenOf(name);
      expect(await ask('GET', `${mountOf(name)}/metadata/gloo/gloo.solo.io/v1/Secret/gloo-system?list=true`, token)).toMatchObject({ status: 200, body: { data: { keys: ['tls'] } } });
      expect(await ask('GET', `${mountOf(name)}/data/${SECRET}`, token)).toMatchObject({ status: 200, body: { data: { data: { of: name } } } });
    });

    test.each(others)("is refused at every door of %s", async (other) => {
      const token = await tokenOf(name);
      const mount = mountOf(other);
      const tries: [string, string, unknown?][] = [
        ['GET', `${mount}/metadata/gloo/gloo.solo.io/v1/Secret/gloo-system?list=true`],
        ['GET', `${mount}/metadata/${SECRET}`],
        ['GET', `${mount}/data/${SECRET}`],
        ['PUT', `${mount}/data/${SECRET}`, { data: { of: name } }],
        ['DELETE', `${mount}/data/${SECRET}`],
        ['DELETE', `${mount}/metadata/${SECRET}`],
        ['GET', `${mount}/config`],
      ];
      for (const [method, path, body] of tries) expect([method, path, (await ask(method, path, token, body)).status]).toEqual([method, path, 403]);
      expect(await logIn(name, other)).toMatchObject({ status: 400, body: { errors: [expect.stringContaining('does not belong to the role')] } });
    });
  });

  test('whose role was made again under its name are refused until the next run, and nobody else is', async () => {
    const { configure, world } = vault();
    world.iam.recreateRole('dev-role-iam-payments');
    expect((await logIn('payments')).status).toBe(400);
    expect((await logIn('orders')).status).toBe(200);
    const log = await configure({ props: shared(guest('payments'), guest('orders'), elsewhere) });
    expect(log.filter((line) => line.startsWith('changed '))).toEqual(['changed role dev-role-iam-payments (auth/aws/role/dev-role-iam-payments): bound_iam_principal_id']);
    expect((await logIn('payments')).status).toBe(200);
  });

  test('that leave take role and policy along, at once, and what they wrote stays for their return', async () => {
    const { configure, observer } = vault();
    const [all, fewer] = [shared(guest('payments'), guest('orders'), elsewhere), shared(guest('payments'))];
    const token = await tokenOf('orders');
    await configure({ props: fewer, previous: all });
    expect((await logIn('orders')).status).toBe(400);
    expect((await ask('GET', `orders/data/${SECRET}`, token)).status).toBe(403);
    expect(JSON.stringify(await contents(observer))).not.toMatch(/role-iam-(orders|elsewhere)|acl\/(orders|elsewhere)/);
    expect(await configure({ props: fewer })).toContain('nothing to write');
    await configure({ props: all, previous: fewer });
    expect(await ask('GET', `orders/data/${SECRET}`, await tokenOf('orders'))).toMatchObject({ status: 200, body: { data: { data: { of: 'orders' } } } });
  });

  test('that move to another account are bound by its ARN alone, and none of what they had is lost', async () => {
    const { configure, observer } = vault();
    const [before, after] = [shared(guest('payments')), shared({ ...guest('payments'), account: '444455556666' })];
    await configure({ props: before, previous: shared(guest('payments'), guest('orders'), elsewhere) });
    await expect(configure({ props: after, previous: before })).rejects.toThrow('the mount "payments/" exists, and by its description it is not that of payments (444455556666)');
    await observer.write('sys/mounts/payments/tune', { description: 'Secrets of Gloo in payments (444455556666)' });
    await configure({ props: after, previous: before });
    expect(await observer.read('auth/aws/role/dev-role-iam-payments')).toMatchObject({ resolve_aws_unique_ids: false, bound_iam_principal_arn: ['arn:aws:iam::444455556666:role/dev-role-iam-payments'] });
    expect(await observer.read(`payments/data/${SECRET}`)).toMatchObject({ data: { of: 'payments' } });
    expect(await configure({ props: after })).toContain('nothing to write');
    expect((await logIn('payments')).status).toBe(400);
  });

  test('never get what another one has left behind', async () => {
    const { refusal, observer, configure } = vault();
    const [heir, previous] = [{ ...guest('orders'), cluster: 'heir' }, shared({ ...guest('payments'), account: '444455556666' })];
    expect(await refusal({ props: shared(heir), previous })).toContain(
      `Vault holds what this configuration must not change: the mount "orders/" exists, and by its description it is not that of heir (111122223333); choose another vault.kv.mountPath for that guest, or let it have what is in there: vault secrets tune -description='Secrets of Gloo in heir (111122223333)' orders. Nothing was written.`,
    );
    expect(await observer.read('auth/aws/role/dev-role-iam-orders')).toBeUndefined();
    await observer.write('sys/mounts/orders/tune', { description: 'Secrets of Gloo in heir (111122223333)' });
    await configure({ props: shared(heir), previous });
    expect((await logIn('orders')).status).toBe(200);
  });

  test('all go with the setting, and the own Gloo reads on', async () => {
    const { configure, observer, props } = vault();
    const token = await tokenOf('trial');
    await configure({ props: props(), previous: shared({ ...guest('orders'), cluster: 'heir' }) });
    expect(JSON.stringify(await contents(observer))).not.toMatch(/role-iam-(payments|orders|elsewhere)/);
    expect((await ask('GET', `dev/data/${SECRET}`, token)).status).toBe(200);
    expect(await configure()).toContain('nothing to write');
  });
}
