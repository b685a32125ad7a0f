import { devVault } from '../../../../../rehearsal/vault-under-test';
import type { ConfigurationRequest, World } from '../../../../../rehearsal/world';
import type { Invocation } from '../../../../../rehearsal/lambda/invoke';
import { contents } from '../../../../../rehearsal/vault/contents';
import type { RehearsedVault } from '../rehearsed-vault';

/** What index.ts keeps of the Lambda's time for its last attempt and its answer. */
const TIME_TO_ANSWER = 20_000;

/** The function's very bytes from cdk.out, invoked as CloudFormation would. */
export function invocations(vault: () => RehearsedVault): void {
  beforeEach(() => vault().reset());

  /** @param patience milliseconds that the function may wait for anything. */
  async function invoke(event: ConfigurationRequest, patience = 5000, signal?: AbortSignal): Promise<Invocation> {
    const ended = await vault().world.configure(event, { timeoutMs: TIME_TO_ANSWER + patience, ...(signal ? { signal } : {}) });
    vault().heard(JSON.stringify(ended), ...ended.log);
    return ended;
  }
  const without = (properties: World['configurationProperties'], ...keys: string[]) => Object.fromEntries(Object.entries(properties).filter(([key]) => !keys.includes(key)));

  test('configures in 18 requests, and again in nine reads and a login, by the API server\'s count and by Vault\'s', async () => {
    const { world } = vault();
    const requests = () => world.apiServer.requests.length;
    const audited = () => world.vault.auditEntries().filter(({ type }) => type === 'request');
    const start = requests();
    expect(await invoke({ RequestType: 'Create' })).toMatchObject({ result: { PhysicalResourceId: 'trial/vault' } });
    expect(requests() - start).toBeLessThanOrEqual(18);
    await world.vault.waitForAudit(({ request, type }) => type === 'request' && request.path === 'auth/aws/role/dev-role-iam-trial', 2000);

    const [before, auditedBefore] = [requests(), audited().length];
    expect((await invoke({ RequestType: 'Create' })).log).toEqual([expect.stringMatching(/^Vault \S+ is unsealed$/), 'nothing to write']);
    expect(world.apiServer.requests.slice(before).map(({ verb }) => verb).sort()).toEqual([...Array<string>(9).fill('get'), 'update']);
    // Vault audits no seal status.
    expect(audited().slice(auditedBefore).map(({ request }) => request.operation).sort()).toEqual([...Array<string>(8).fill('read'), 'update']);
  });

  test('is killed, and the next run finishes its work', async () => {
    const { world, observer, reset } = vault();
    await invoke({ RequestType: 'Create' });
    const wanted = await contents(observer);
    // Not while an audit device is made: Vault itself does not mend what that leaves.
    for (const request of [3, 9, 15]) {
      await reset();
      const controller = new AbortController();
      const start = world.apiServer.requests.length;
      // Looks in every turn of the event loop: before the request that it waits for is answered, and the next one sent.
      const watch = () => {
        if (world.apiServer.requests.length >= start + request) controller.abort();
        if (!controller.signal.aborted) setImmediate(watch);
      };
      watch();
      const killed = await invoke({ RequestType: 'Create' }, 5000, controller.signal);
      controller.abort();
      expect(killed.error?.name).toBe('Runtime.ExitError');
      expect((await invoke({ RequestType: 'Create' })).error).toBeUndefined();
      expect(await contents(observer)).toEqual(wanted);
      expect(await observer.knows('root')).toBe(false);
    }
  });

  test('refuses an event without properties, or with some of another commit, in one line without a stack', async () => {
    const { world } = vault();
    const refusal = (faults: string) => ({
      error: {
        name: 'Error',
        stack: '',
        message: `The event's properties do not describe a Vault configuration: ${faults}. They are written by the VaultConfiguration construct: deploy the construct and its handler from one commit.`,
      },
    });
    expect(await invoke(JSON.parse('{"RequestType":"Create","ResourceProperties":null}') as ConfigurationRequest)).toMatchObject(refusal('ResourceProperties (expected object)'));
    expect(await invoke({ RequestType: 'Update', ResourceProperties: without(world.configurationProperties, 'provisioner') })).toMatchObject(refusal('provisioner (expected object)'));
  });

  test('passes over earlier properties that it does not know', async () => {
    const ended = await invoke({ RequestType: 'Update', OldResourceProperties: { vaultAddress: 'http://vault:8200' }, PhysicalResourceId: 'trial/vault' });
    expect(ended.error).toBeUndefined();
    expect(ended.log[0]).toContain("passed over earlier properties: The event's properties do not describe a Vault configuration: cluster (");
  });

  test('updates, rolls back and deletes', async () => {
    const { world, observer } = vault();
    const before = world.configurationProperties;
    const after = { ...before, roles: [{ ...(before.roles as object[])[0], name: 'gateway' }] };
    await invoke({ RequestType: 'Create' });
    const update = { RequestType: 'Update', PhysicalResourceId: 'trial/vault' } as const;
    expect((await invoke({ ...update, ResourceProperties: after, OldResourceProperties: before })).result).toEqual({ PhysicalResourceId: 'trial/vault' });
    expect(await observer.list('auth/aws/role')).toEqual(['gateway', 'vault-config-trial']);
    await invoke({ ...update, ResourceProperties: before, OldResourceProperties: after });
    expect(await observer.list('auth/aws/role')).toEqual(['dev-role-iam-trial', 'vault-config-trial']);
    for (const PhysicalResourceId of ['trial/vault', 'trial/vault', 'something-else']) {
      expect(await invoke({ RequestType: 'Delete', PhysicalResourceId }, 500)).toMatchObject({ result: { PhysicalResourceId } });
    }
    expect(await observer.list('auth/aws/role')).toEqual([]);
    expect((await invoke({ RequestType: 'Delete', ResourceProperties: {} })).result).toEqual({ PhysicalResourceId: 'never-created' });
  });

  test('ends with one message before its time is up, whatever hangs', async () => {
    const { world } = vault();
    await devVault(world).pause();
    const [create, removal] = await Promise.all([invoke({ RequestType: 'Create' }, 600), invoke({ RequestType: 'Delete', PhysicalResourceId: 'trial/vault' }, 600)]);
    await devVault(world).resume();
    expect(create.error?.message).toContain('GET sys/seal-status had no answer from the API server: no answer within 1000 ms (ETIMEDOUT).');
    expect(removal.result).toEqual({ PhysicalResourceId: 'trial/vault' });
    world.apiServer.delayAccessEntries(60_000);
    const refused = await invoke({ RequestType: 'Create' }, 2000);
    world.apiServer.delayAccessEntries(0);
    // How often it tried depends on the machine: in retry.test.ts.
    expect(refused.error?.message).toMatch(/^GET sys\/seal-status: the API server answered 401 \(Unauthorized\)\.[^\n]*$/);
    expect(refused.error?.stack).toBe('');
    expect(refused.log.at(-1)).toBe(refused.error?.message);
  });
}
