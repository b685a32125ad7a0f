import { contents } from '../../../../../rehearsal/vault/contents';
import type { RehearsedVault } from '../rehearsed-vault';
import { devVault } from '../../../../../rehearsal/vault-under-test';

const SECRET = 'dev/data/gloo/gloo.solo.io/v1/Secret/gloo-system/api-key';

/** What a Delete takes along, and what it is not stopped by. */
export function deletions(vault: () => RehearsedVault): void {
  beforeEach(() => vault().reset());
  const left = 'left Vault as it is, so that the stack can be deleted: ';

  test('takes out roles and policies, its own last, and leaves mounts, secrets, audit and what others made', async () => {
    const { configure, unconfigure, observer, gate } = vault();
    await configure();
    await observer.write(SECRET, { data: { metadata: {} } });
    await observer.write('sys/policies/acl/operators', { policy: '{"path":{}}' });
    await observer.write('auth/aws/role/operators', { auth_type: 'iam', bound_iam_principal_arn: 'arn:aws:iam::111122223333:role/operators', resolve_aws_unique_ids: false });
    gate.open();
    await unconfigure();
    expect(gate.seen()).toEqual([
      'PUT auth/aws/login',
      'DELETE auth/aws/role/dev-role-iam-trial',
      'DELETE sys/policies/acl/dev',
      'DELETE auth/aws/role/vault-config-trial',
      'DELETE sys/policies/acl/vault-config-trial',
    ]);
    expect(await contents(observer)).toMatchObject({ audit: ['stdout'], engines: ['dev: kv 2'], methods: ['aws: aws'], policies: { operators: {} } });
    expect(Object.keys((await contents(observer)).policies)).toEqual(['operators']);
    expect(await observer.list('auth/aws/role')).toEqual(['operators']);
    expect(await observer.read(SECRET)).toMatchObject({ data: { metadata: {} } });

    const [said] = await unconfigure();
    expect(said).toContain(`${left}Vault lets this function in by no way that it knows`);
  });

  test('for something never created changes nothing', async () => {
    const { unconfigure, observer } = vault();
    const before = await contents(observer);
    await unconfigure();
    expect(await contents(observer)).toEqual(before);
    expect(await observer.knows('root')).toBe(true);
  });

  test('that was cut off leaves at most its own policy, and never fails', async () => {
    const { configure, unconfigure, observer, gate, reset } = vault();
    for (let requests = 1; requests <= 4; requests++) {
      await reset();
      await configure();
      gate.cutAfter(requests);
      expect((await unconfigure()).at(-1)).toContain(left);
      gate.open();
      await unconfigure();
      expect(await observer.list('auth/aws/role')).toEqual([]);
      expect(Object.keys((await contents(observer)).policies)).toEqual(requests === 4 ? ['vault-config-trial'] : []);
    }
  });

  test('does not wait for a Vault that is sealed, frozen, gone or without a Service', async () => {
    const { configure, unconfigure, world, gate, restart, observer, props } = vault();
    await configure();
    gate.leadTo('http://127.0.0.1:1');
    expect(await unconfigure()).toEqual([expect.stringContaining(`${left}PUT auth/aws/login: the API server answered 503`)]);
    gate.open();
    gate.api.failNext(1, { status: 404, body: { kind: 'Status', apiVersion: 'v1', message: 'services "vault" not found' } });
    expect(await unconfigure()).toEqual([expect.stringContaining(`${left}PUT auth/aws/login: the API server answered 404`)]);
    expect(await unconfigure({ props: props({ cluster: { endpoint: 'https://127.0.0.1:1' } }) })).toEqual([expect.stringContaining(`${left}PUT auth/aws/login had no answer`)]);
    await devVault(world).pause();
    expect(await unconfigure({ requestTimeout: 200 })).toEqual([expect.stringContaining(`${left}PUT auth/aws/login had no answer from the API server: no answer within 200 ms`)]);
    await devVault(world).resume();
    await observer.write('sys/seal', {});
    expect(await unconfigure()).toEqual([expect.stringContaining(`${left}PUT auth/aws/login was answered with 503 (Vault is sealed)`)]);
    await restart();
  });

  test('does not need an access entry, a mount or an AWS that answers', async () => {
    const { configure, unconfigure, gate, observer, world } = vault();
    await configure();
    gate.api.delayAccessEntries(60_000);
    expect((await unconfigure()).at(-1)).toContain(`${left}PUT auth/aws/login: the API server answered 401`);
    gate.api.delayAccessEntries(0);
    gate.open();
    gate.before(1, () => world.aws.throttleNext('sts', 1));
    expect((await unconfigure()).at(-1)).toContain(`${left}PUT auth/aws/login was answered with 400`);
    await observer.delete('sys/auth/aws');
    expect((await unconfigure()).at(-1)).toContain(`${left}Vault lets this function in by no way that it knows`);
  });
}
